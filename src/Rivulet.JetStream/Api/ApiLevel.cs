using System.Buffers.Text;

namespace Rivulet.JetStream.Api;

/// <summary>The API level that this server announces, and the one that a request or a stored asset may require.</summary>
internal static class ApiLevel
{
    /// <summary>Level of this server.</summary>
    public const int Current = 5;

    /// <summary>Whether a request with these headers asks for no more than this server offers.</summary>
    public static bool IsSupported(ReadOnlySpan<byte> headers)
    {
        if (headers.IsEmpty || !TryGetRequired(headers, out ReadOnlySpan<byte> value))
            return true;
        return Utf8Parser.TryParse(value, out int level, out int used) && used == value.Length && level <= Current;
    }

    private static bool TryGetRequired(ReadOnlySpan<byte> headers, out ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> name = "\r\nNats-Required-Api-Level:"u8;
        int at = headers.IndexOf(name);
        value = at < 0 ? default : headers[(at + name.Length)..];
        int end = value.IndexOf((byte)'\r');
        value = (end < 0 ? value : value[..end]).Trim((byte)' ');
        return at >= 0;
    }
}

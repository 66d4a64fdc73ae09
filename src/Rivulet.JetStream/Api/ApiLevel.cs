using System.Buffers.Text;
using Rivulet.Protocol;

namespace Rivulet.JetStream.Api;

/// <summary>The API level that this server announces, and the one that a request or a stored asset may require.</summary>
internal static class ApiLevel
{
    /// <summary>Level of this server.</summary>
    public const int Current = 5;

    /// <summary>Version of the reference server whose protocol this one presents.</summary>
    public const string ServerVersion = "2.15.1";

    /// <summary>Whether a request with these headers asks for no more than this server offers.</summary>
    public static bool IsSupported(ReadOnlySpan<byte> headers)
    {
        if (headers.IsEmpty)
            return true;
        if (!new HeaderBlock(headers).TryGet("Nats-Required-Api-Level"u8, out ReadOnlySpan<byte> value) || value.IsEmpty)
            return true;
        return Utf8Parser.TryParse(value, out int level, out int used) && used == value.Length && level <= Current;
    }
}

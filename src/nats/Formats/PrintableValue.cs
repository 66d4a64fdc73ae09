using System.Text;

namespace Rivulet.Cli.Formats;

/// <summary>Stored bytes shown as text: as they are when plain ASCII without control characters, else in base64.</summary>
internal static class PrintableValue
{
    private const int ShortLength = 40;
    private const int ShortEnd = 15;

    public static string Of(ReadOnlySpan<byte> value)
    {
        return value.ContainsAnyExceptInRange((byte)' ', (byte)'~')
            ? Convert.ToBase64String(value)
            : Encoding.ASCII.GetString(value);
    }

    /// <summary>The same, with the middle left out when longer than 40 characters.</summary>
    public static string Short(ReadOnlySpan<byte> value)
    {
        var text = Of(value);
        return text.Length <= ShortLength ? text : string.Concat(text.AsSpan(0, ShortEnd), "...", text.AsSpan(text.Length - ShortEnd));
    }
}

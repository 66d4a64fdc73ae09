using System.Buffers.Text;

namespace Rivulet.Server.Routing;

/// <summary>Sizes as text, for the message lines that the server makes by itself.</summary>
internal static class SizeDigits
{
    /// <summary>The most digits of a size.</summary>
    public const int Max = 10;

    /// <summary>Writes a size and returns the part of <paramref name="into"/> that holds it.</summary>
    public static ReadOnlySpan<byte> Format(int size, Span<byte> into)
    {
        Utf8Formatter.TryFormat(size, into, out int length);
        return into[..length];
    }
}

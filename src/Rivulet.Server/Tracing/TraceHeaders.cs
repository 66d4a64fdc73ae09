using System.Buffers;
using Rivulet.Protocol;

namespace Rivulet.Server.Tracing;

/// <summary>The headers that ask for a message to be traced.</summary>
internal static class TraceHeaders
{
    private const int FlagsDigits = 2;
    private const int SampledFlag = 1;

    /// <summary>The name of the header that says where the trace goes.</summary>
    public static ReadOnlySpan<byte> Destination => "Nats-Trace-Dest"u8;

    /// <summary>Where the trace of a message goes that is not to be traced any further: no subject.</summary>
    public static ReadOnlySpan<byte> Disabled => "trace disabled"u8;

    private static ReadOnlySpan<byte> Only => "Nats-Trace-Only"u8;

    private static ReadOnlySpan<byte> LineEnd => "\r\n"u8;

    /// <summary>Whether a block may ask for a trace. Cheap, for the many that do not; says yes where <see cref="Find"/> may say no.</summary>
    /// <param name="block">The block.</param>
    /// <param name="isSampling">Whether the account traces messages that another system samples.</param>
    public static bool MayAsk(ReadOnlySpan<byte> block, bool isSampling)
    {
        return block.IndexOf(Destination) >= 0 || isSampling;
    }

    /// <summary>Where the trace goes that a block asks for; empty for nowhere.</summary>
    /// <param name="block">The block.</param>
    /// <param name="account">Where the account wants traces of messages that another system samples; null for nowhere.</param>
    public static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> block, byte[]? account)
    {
        var headers = new HeaderBlock(block);
        if (headers.TryGet(Destination, out var destination))
            return Subject.IsValidLiteral(destination) ? destination : default;
        return account is not null && IsSampled(headers) ? account : default;
    }

    /// <summary>Whether a message is to be traced, and not to be delivered.</summary>
    public static bool IsTraceOnly(ReadOnlySpan<byte> block)
    {
        if (!new HeaderBlock(block).TryGet(Only, out var value))
            return false;
        return value.SequenceEqual("1"u8) || IsText(value, "true"u8) || IsText(value, "on"u8);
    }

    /// <summary>A copy of a block in which traces go elsewhere, or nowhere.</summary>
    /// <param name="block">The block.</param>
    /// <param name="destination">Where they go.</param>
    public static byte[] WithDestination(ReadOnlySpan<byte> block, ReadOnlySpan<byte> destination)
    {
        if (!new HeaderBlock(block).TryGet(Destination, out _))
            return block.ToArray();
        var edited = new ArrayBufferWriter<byte>(block.Length + destination.Length);
        edited.Write("NATS/1.0\r\n"u8);
        var pairs = new HeaderBlock(block).Pairs;
        bool isSet = false;
        while (!pairs.IsEmpty)
        {
            int length = pairs.IndexOf(LineEnd) + LineEnd.Length;
            var line = pairs[..length];
            pairs = pairs[length..];
            if (!IsDestination(line))
                edited.Write(line);
            else if (!isSet)
                Write(edited, destination);
            isSet |= IsDestination(line);
        }

        edited.Write(LineEnd);
        return edited.WrittenSpan.ToArray();
    }

    private static bool IsDestination(ReadOnlySpan<byte> line)
    {
        return line.StartsWith(Destination) && line.Length > Destination.Length && line[Destination.Length] == (byte)':';
    }

    private static void Write(ArrayBufferWriter<byte> into, ReadOnlySpan<byte> destination)
    {
        into.Write(Destination);
        into.Write(": "u8);
        into.Write(destination);
        into.Write(LineEnd);
    }

    private static bool IsText(ReadOnlySpan<byte> value, ReadOnlySpan<byte> lowerCase)
    {
        return System.Text.Ascii.EqualsIgnoreCase(value, lowerCase);
    }

    // traceparent: four fields of hexadecimal digits, the last of them flags.
    private static bool IsSampled(HeaderBlock headers)
    {
        foreach (var field in headers)
        {
            if (!IsText(field.Name, "traceparent"u8))
                continue;
            var value = field.Value;
            return value.Count((byte)'-') == 3
                && value[(value.LastIndexOf((byte)'-') + 1)..] is { Length: FlagsDigits } flags
                && System.Buffers.Text.Utf8Parser.TryParse(flags, out byte bits, out int read, 'x')
                && read == FlagsDigits
                && (bits & SampledFlag) != 0;
        }

        return false;
    }
}

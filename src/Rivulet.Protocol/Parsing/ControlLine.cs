using System.Runtime.CompilerServices;

namespace Rivulet.Protocol;

/// <summary>What both parsers know about control lines: names, blanks, line ends, numbers.</summary>
internal static class ControlLine
{
    /// <summary>Sizes have at most this many digits, so no number here can overflow.</summary>
    private const int DigitsMax = 9;

    /// <summary>What stands between arguments.</summary>
    public static ReadOnlySpan<byte> Blanks => " \t"u8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsBlank(byte value) => value is (byte)' ' or (byte)'\t';

    /// <summary>
    /// Compares what is there of a name, case aside: a wrong byte condemns the operation before its line is complete.
    /// </summary>
    /// <param name="rest">The operation from its first byte; may be incomplete.</param>
    /// <param name="name">The only name the first bytes still allow, in small letters.</param>
    /// <param name="blankAfter">Whether a blank must follow the name.</param>
    public static NameMatch MatchName(ReadOnlySpan<byte> rest, ReadOnlySpan<byte> name, bool blankAfter)
    {
        int available = Math.Min(rest.Length, name.Length);
        for (int i = 0; i < available; i++)
        {
            byte expected = name[i];
            byte found = rest[i];
            bool same = found == expected || (char.IsAsciiLetterLower((char)expected) && (found | 0x20) == expected);
            if (!same)
                return NameMatch.Different;
        }

        if (rest.Length <= name.Length)
            return rest.Length < name.Length || blankAfter ? NameMatch.Incomplete : NameMatch.Same;
        return blankAfter && !IsBlank(rest[name.Length]) ? NameMatch.Different : NameMatch.Same;
    }

    /// <summary>Finds the arguments between the name and the line end.</summary>
    /// <param name="rest">The operation from its first byte; may be incomplete.</param>
    /// <param name="nameLength">The number of bytes of the name.</param>
    /// <param name="maxControlLine">The most bytes of arguments, and the most blanks before them.</param>
    /// <param name="arguments">The arguments without leading blanks and line end.</param>
    /// <param name="lineLength">The number of bytes of the whole line.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LineStatus TakeArguments(
        ReadOnlySpan<byte> rest, int nameLength, int maxControlLine, out ReadOnlySpan<byte> arguments, out int lineLength)
    {
        int start = nameLength;
        while (start < rest.Length && IsBlank(rest[start]))
            start++;
        ReadOnlySpan<byte> afterBlanks = rest[start..];
        // Two more than allowed: a CR that may belong to the line end, and the byte that shows the line is too long.
        // Every answer below is the same however the line was cut into reads.
        int window = (int)Math.Min(afterBlanks.Length, maxControlLine + 2L);
        int newline = afterBlanks[..window].IndexOf((byte)'\n');
        arguments = newline < 0 ? afterBlanks[..window] : afterBlanks[..newline];
        lineLength = start + newline + 1;
        if (arguments.Length > 0 && arguments[^1] == '\r')
            arguments = arguments[..^1];
        if (arguments.Length > maxControlLine || start - nameLength > maxControlLine)
            return LineStatus.TooLong;
        return newline < 0 ? LineStatus.Incomplete : LineStatus.Complete;
    }

    /// <summary>Reads a size: one to nine decimal digits and nothing else; false for anything else.</summary>
    public static bool TryParseSize(ReadOnlySpan<byte> digits, out int size)
    {
        size = 0;
        if (digits.Length is 0 or > DigitsMax)
            return false;
        int value = 0;
        foreach (byte digit in digits)
        {
            uint number = (uint)(digit - '0');
            if (number > 9)
                return false;
            value = value * 10 + (int)number;
        }

        size = value;
        return true;
    }

    /// <summary>
    /// Cuts off the body of a message: <paramref name="size"/> bytes after the line, then CR LF.
    /// </summary>
    /// <param name="rest">The operation from its first byte; may be incomplete.</param>
    /// <param name="lineLength">The number of bytes of its control line.</param>
    /// <param name="size">The number of bytes of its body.</param>
    /// <param name="body">The body without its line end.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static BodyStatus TakeBody(ReadOnlySpan<byte> rest, int lineLength, int size, out ReadOnlySpan<byte> body)
    {
        int end = lineLength + size;
        body = default;
        if (rest.Length > end && rest[end] != '\r')
            return BodyStatus.NotTerminated;
        if (rest.Length < end + 2)
            return BodyStatus.Incomplete;
        if (rest[end + 1] != '\n')
            return BodyStatus.NotTerminated;
        body = rest.Slice(lineLength, size);
        return BodyStatus.Complete;
    }
}

/// <summary>What is known of an operation name.</summary>
internal enum NameMatch
{
    /// <summary>It is not that name.</summary>
    Different,

    /// <summary>It may become that name.</summary>
    Incomplete,

    /// <summary>It is that name, with its blank where one must follow.</summary>
    Same,
}

/// <summary>What is known of a control line.</summary>
internal enum LineStatus
{
    /// <summary>Its end has not come yet.</summary>
    Incomplete,

    /// <summary>It is all there.</summary>
    Complete,

    /// <summary>It is longer than allowed, complete or not.</summary>
    TooLong,
}

/// <summary>What is known of a message body.</summary>
internal enum BodyStatus
{
    /// <summary>Its end has not come yet.</summary>
    Incomplete,

    /// <summary>It is all there.</summary>
    Complete,

    /// <summary>Something other than CR LF follows it.</summary>
    NotTerminated,
}

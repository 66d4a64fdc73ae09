using System.Runtime.CompilerServices;

namespace Rivulet.Protocol;

/// <summary>The arguments of a control line, cut at runs of blanks; no operation has more than five.</summary>
internal ref struct ArgumentList
{
    public ReadOnlySpan<byte> First;
    public ReadOnlySpan<byte> Second;
    public ReadOnlySpan<byte> Third;
    public ReadOnlySpan<byte> Fourth;
    public ReadOnlySpan<byte> Fifth;

    /// <summary>How many there are; 6 stands for any number above five.</summary>
    public int Count;

    /// <summary>Cuts a line at blanks.</summary>
    /// <remarks>
    /// Perf: the lines of PUB and MSG come by here. A compiler that sees no profile inlines neither a look at a set of
    /// separators nor the loop around it.
    /// </remarks>
    public static ArgumentList SplitAtBlanks(ReadOnlySpan<byte> line)
    {
        var list = default(ArgumentList);
        while (list.Count < 6 && TakeAtBlank(ref line, out ReadOnlySpan<byte> argument))
            list.Add(argument);
        return list;
    }

    /// <summary>Cuts a line at the given separators.</summary>
    public static ArgumentList Split(ReadOnlySpan<byte> line, ReadOnlySpan<byte> separators)
    {
        var list = default(ArgumentList);
        while (list.Count < 6 && Take(ref line, separators, out ReadOnlySpan<byte> argument))
            list.Add(argument);
        return list;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Add(ReadOnlySpan<byte> argument)
    {
        switch (++Count)
        {
            case 1:
                First = argument;
                break;
            case 2:
                Second = argument;
                break;
            case 3:
                Third = argument;
                break;
            case 4:
                Fourth = argument;
                break;
            case 5:
                Fifth = argument;
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TakeAtBlank(scoped ref ReadOnlySpan<byte> line, out ReadOnlySpan<byte> argument)
    {
        int start = 0;
        while (start < line.Length && ControlLine.IsBlank(line[start]))
            start++;
        ReadOnlySpan<byte> rest = line[start..];
        int end = rest.IndexOfAny((byte)' ', (byte)'\t');
        argument = end < 0 ? rest : rest[..end];
        line = end < 0 ? default : rest[(end + 1)..];
        return !argument.IsEmpty;
    }

    private static bool Take(scoped ref ReadOnlySpan<byte> line, ReadOnlySpan<byte> separators, out ReadOnlySpan<byte> argument)
    {
        // Perf: nearly always the next byte starts the argument.
        if (!line.IsEmpty && separators.Contains(line[0]))
            line = line.TrimStart(separators);
        if (line.IsEmpty)
        {
            argument = default;
            return false;
        }

        int end = line.IndexOfAny(separators);
        argument = end < 0 ? line : line[..end];
        line = end < 0 ? default : line[(end + 1)..];
        return true;
    }
}

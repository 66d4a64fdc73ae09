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

    /// <summary>Cuts a line at the given separators.</summary>
    public static ArgumentList Split(ReadOnlySpan<byte> line, ReadOnlySpan<byte> separators)
    {
        var list = default(ArgumentList);
        while (list.Count < 6 && Take(ref line, separators, out ReadOnlySpan<byte> argument))
        {
            list.Count++;
            switch (list.Count)
            {
                case 1:
                    list.First = argument;
                    break;
                case 2:
                    list.Second = argument;
                    break;
                case 3:
                    list.Third = argument;
                    break;
                case 4:
                    list.Fourth = argument;
                    break;
                case 5:
                    list.Fifth = argument;
                    break;
            }
        }

        return list;
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

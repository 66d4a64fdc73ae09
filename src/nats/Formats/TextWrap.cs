using System.Text;

namespace Rivulet.Cli.Formats;

/// <summary>
/// Breaks a paragraph into lines of even length: of all ways to break it, the one with the least sum of squares of the
/// room left over at line ends, the last line not counted. A break after punctuation is preferred to one amid a phrase,
/// and among equals the one that breaks earlier.
/// </summary>
internal static class TextWrap
{
    private const long OverfullCost = 1_000_000;
    private const long MidPhraseCost = 64;

    /// <summary>Lines of at most <paramref name="widthMax"/> characters; a longer word has a line to itself.</summary>
    public static List<string> Paragraph(string text, int widthMax)
    {
        var words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var lines = new List<string>();
        if (text.Length <= widthMax || words.Length < 2)
        {
            lines.Add(string.Join(' ', words));
            return lines;
        }

        var breaks = BestBreaks(words, widthMax);
        for (var start = 0; start < words.Length; start = breaks[start])
        {
            lines.Add(string.Join(' ', words, start, breaks[start] - start));
        }

        return lines;
    }

    /// <summary>For each word, where the line that starts with it best ends (the index of the next line's first word).</summary>
    private static int[] BestBreaks(string[] words, int widthMax)
    {
        var cost = new long[words.Length + 1];
        var next = new int[words.Length + 1];
        for (var start = words.Length - 1; start >= 0; start--)
        {
            cost[start] = long.MaxValue;
            var width = -1;
            for (var end = start + 1; end <= words.Length; end++)
            {
                width += words[end - 1].Length + 1;
                if (width > widthMax && end > start + 1)
                {
                    break;
                }

                var candidate = LineCost(words, end, width, widthMax) + cost[end];
                if (candidate < cost[start])
                {
                    cost[start] = candidate;
                    next[start] = end;
                }
            }
        }

        return next;
    }

    private static long LineCost(string[] words, int end, int width, int widthMax)
    {
        if (width > widthMax)
        {
            return (width - widthMax) * OverfullCost;
        }

        if (end == words.Length)
        {
            return 0;
        }

        long room = widthMax - width;
        return (room * room) + (words[end - 1][^1] is '.' or ',' or ':' or ';' or ')' ? 0 : MidPhraseCost);
    }

    /// <summary>
    /// Several paragraphs, divided by empty lines. Lines that start with a space are kept as they are, two spaces
    /// further in.
    /// </summary>
    public static string Text(string text, int widthMax)
    {
        var wrapped = new StringBuilder(text.Length + 64);
        var paragraph = new StringBuilder();
        foreach (var line in text.AsSpan().TrimEnd().EnumerateLines())
        {
            if (line.Length > 0 && line[0] != ' ')
            {
                paragraph.Append(paragraph.Length == 0 ? "" : " ").Append(line);
                continue;
            }

            Flush(wrapped, paragraph, widthMax);
            wrapped.Append(line.IsEmpty ? "" : "  ").Append(line).Append('\n');
        }

        Flush(wrapped, paragraph, widthMax);
        return wrapped.ToString();
    }

    private static void Flush(StringBuilder wrapped, StringBuilder paragraph, int widthMax)
    {
        if (paragraph.Length == 0)
        {
            return;
        }

        foreach (var line in Paragraph(paragraph.ToString(), widthMax))
        {
            wrapped.Append(line).Append('\n');
        }

        paragraph.Clear();
    }
}

using System.Text.RegularExpressions;

namespace Rivulet.Architecture.Tests.Configuration;

/// <summary>The page that says what becomes of each key of a configuration file, as tables of Markdown.</summary>
internal static partial class KeyPage
{
    private const string Whole = "Blocks that go with the key that they stand under";

    /// <summary>Its rows, but for those of blocks that are refused as a whole.</summary>
    public static IReadOnlyList<KeyRow> Rows { get; } =
    [
        .. from row in Read()
           where row.Block != Whole
           select new KeyRow(row.Block, Names(row.Cells[0]), row.Cells[1], row.Cells[2]),
    ];

    /// <summary>The blocks that are refused as a whole, with the names of their keys.</summary>
    public static IReadOnlyDictionary<string, string[]> WholeBlocks { get; } =
        Read().Where(row => row.Block == Whole).ToDictionary(row => row.Cells[0], row => Names(row.Cells[2]));

    /// <summary>What stands between back quotes.</summary>
    public static string[] Names(string cell) => [.. Quoted().Matches(cell).Select(match => match.Groups[1].Value)];

    private static IEnumerable<(string Block, string[] Cells)> Read()
    {
        string block = "";
        foreach (string line in File.ReadLines(Repository.PathOf("docs/internals/configuration-keys.md")))
        {
            if (line.StartsWith("## ", StringComparison.Ordinal))
            {
                block = line[3..];
            }
            else if (line.StartsWith('|') && !line.StartsWith("|-", StringComparison.Ordinal)
                && !line.StartsWith("| Key |", StringComparison.Ordinal) && !line.StartsWith("| Block |", StringComparison.Ordinal))
            {
                yield return (block, [.. line.Trim('|').Split('|').Select(cell => cell.Trim())]);
            }
        }
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();
}

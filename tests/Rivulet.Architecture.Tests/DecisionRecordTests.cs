using System.Text.RegularExpressions;

namespace Rivulet.Architecture.Tests;

/// <summary>Decisions are records of one shape, numbered, and listed in their index.</summary>
public partial class DecisionRecordTests
{
    private static IEnumerable<string> Records => Repository.Files("*.md", "docs/adr").Where(path => FileName().IsMatch(Path.GetFileName(path)));

    public static TheoryData<string> RecordNames => [.. Records.Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Fact]
    public void Files_of_the_folder_are_numbered_records()
    {
        Assert.NotEmpty(Records);
        Assert.Equal(Records.Order(), Repository.Files("*", "docs/adr").Order());
        Assert.Equal(Records.Count(), Records.Select(path => Path.GetFileName(path)[..4]).Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(RecordNames))]
    public void A_record_has_title_context_decision_and_consequence(string name)
    {
        string[] lines = File.ReadAllLines(Repository.PathOf($"docs/adr/{name}"));
        Assert.Matches($"^# {name[..4]}[:.] .+", lines[0]);
        IEnumerable<string> parts = lines.Where(line => line.StartsWith("## ", StringComparison.Ordinal)).Select(line => line[3..].TrimEnd('s'));
        Assert.Equal(["Context", "Decision", "Consequence"], parts.Where(part => part is "Context" or "Decision" or "Consequence"));
    }

    [Theory]
    [MemberData(nameof(RecordNames))]
    public void A_record_is_listed_in_the_index(string name) =>
        Assert.Contains($"(adr/{name})", File.ReadAllText(Repository.PathOf("docs/README.md")), StringComparison.Ordinal);

    [GeneratedRegex(@"^\d{4}-[a-z0-9-]+\.md$")]
    private static partial Regex FileName();
}

using System.Text.RegularExpressions;

namespace Rivulet.Architecture.Tests;

/// <summary>What the Markdown files point at is there, and what every release needs is kept.</summary>
public partial class DocumentationTests
{
    [Fact]
    public void Relative_links_lead_to_files_and_headings_that_are_there()
    {
        List<string> broken = [];
        foreach (string path in Repository.Files("*.md"))
        {
            string text = Fences().Replace(File.ReadAllText(path), "");
            foreach (Match link in Links().Matches(text))
            {
                string target = link.Groups["target"].Value;
                if (!target.Contains("://", StringComparison.Ordinal) && !target.StartsWith("mailto:", StringComparison.Ordinal)
                    && !Resolves(path, target))
                {
                    broken.Add($"{Repository.RelativePath(path)}: {target}");
                }
            }
        }

        Assert.Empty(broken);
    }

    [Fact]
    public void The_changelog_has_a_place_for_what_is_not_released()
    {
        string[] lines = File.ReadAllLines(Repository.PathOf("CHANGELOG.md"));
        string first = lines.First(line => line.StartsWith("## ", StringComparison.Ordinal));
        Assert.Equal("## [Unreleased]", first);
    }

    [Theory]
    [InlineData("README.md")]
    [InlineData("CONTRIBUTING.md")]
    [InlineData("CHANGELOG.md")]
    [InlineData("LICENSE")]
    [InlineData("docs/README.md")]
    public void The_files_a_newcomer_looks_for_are_there(string path) => Assert.True(File.Exists(Repository.PathOf(path)), path);

    private static bool Resolves(string from, string target)
    {
        string[] parts = target.Split('#', 2);
        string file = parts[0].Length == 0 ? from : Path.GetFullPath(Uri.UnescapeDataString(parts[0]), Path.GetDirectoryName(from)!);
        if (!File.Exists(file))
        {
            return Directory.Exists(file) && parts.Length == 1;
        }

        return parts.Length == 1 || !file.EndsWith(".md", StringComparison.Ordinal) || HasHeading(file, parts[1]);
    }

    // The anchor that viewers derive from a heading: lower case, spaces to hyphens, other signs dropped.
    private static bool HasHeading(string file, string anchor) =>
        File.ReadLines(file).Where(line => line.StartsWith('#')).Any(line =>
            NotInAnchors().Replace(line.TrimStart('#').Trim().ToLowerInvariant(), "").Replace(' ', '-') == anchor);

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)[^)]*\)")]
    private static partial Regex Links();

    [GeneratedRegex(@"^```.*?^```|`[^`\n]*`", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fences();

    [GeneratedRegex(@"[^\p{L}\p{N} _-]")]
    private static partial Regex NotInAnchors();
}

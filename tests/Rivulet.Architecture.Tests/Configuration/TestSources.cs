using System.Text.RegularExpressions;

namespace Rivulet.Architecture.Tests.Configuration;

/// <summary>The text of the tests, to find those that a page names.</summary>
internal static partial class TestSources
{
    private static readonly Dictionary<string, string> s_classes = Repository.Files("*.cs", "tests")
        .GroupBy(path => Path.GetFileNameWithoutExtension(path))
        .ToDictionary(group => group.Key, group => string.Join('\n', group.Select(File.ReadAllText)));

    /// <summary>
    /// The text of what is named: <c>Class.Method</c> with its attributes, a <c>Class</c>, or <c>script.txt: Title</c> of a conformance
    /// script with its configuration file. Null if there is no such thing, or if it is no test.
    /// </summary>
    public static string? Find(string name)
    {
        int colon = name.IndexOf(": ", StringComparison.Ordinal);
        if (colon > 0)
        {
            return FindScript(name[..colon], name[(colon + 2)..]);
        }

        string[] parts = name.Split('.');
        if (!s_classes.TryGetValue(parts[0], out string? source))
        {
            return null;
        }

        return parts.Length == 1
            ? source
            : Methods().Split(source).Skip(1).FirstOrDefault(part => Regex.IsMatch(part, $@"^    public .* {Regex.Escape(parts[1])}\(", RegexOptions.Multiline));
    }

    private static string? FindScript(string file, string title)
    {
        string folder = Repository.PathOf("tests/Rivulet.Conformance.Tests/Scripts");
        string path = Path.Combine(folder, file);
        string? script = !File.Exists(path)
            ? null
            : File.ReadAllText(path).Split("\n=== ").FirstOrDefault(part => part.StartsWith(title + "\n", StringComparison.Ordinal));
        Match configuration = Configuration().Match(script ?? "");
        return configuration.Success ? script + File.ReadAllText(Path.Combine(folder, configuration.Groups[1].Value)) : script;
    }

    [GeneratedRegex(@"\n    (?=\[(?:Fact|Theory))")]
    private static partial Regex Methods();

    [GeneratedRegex(@"^server: .*file (\S+)", RegexOptions.Multiline)]
    private static partial Regex Configuration();
}

using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using Rivulet.Conformance.Tests.Recording;

namespace Rivulet.Conformance.Tests;

/// <summary>
/// Every error of the JetStream API comes about in a test: in a recording, which our server has to answer alike, or where
/// <c>Errors/elsewhere.txt</c> says. Errors that a single server never gives stand there with the reason.
/// </summary>
public partial class ErrorIndexTests
{
    [Fact]
    public void Every_error_comes_about_in_a_test()
    {
        HashSet<int> recorded = Recorded();
        Dictionary<int, (string Kind, string Text)> elsewhere = Elsewhere();
        int[] unknown = [.. Table().Where(code => !recorded.Contains(code) && !elsewhere.ContainsKey(code))];
        Assert.True(unknown.Length == 0, $"no test gives {string.Join(' ', unknown)}, and Errors/elsewhere.txt does not say why");
        Console.WriteLine($"Errors: {recorded.Count} in recordings, "
            + string.Join(", ", elsewhere.Values.GroupBy(each => each.Kind).Select(each => $"{each.Count()} {each.Key}")));
    }

    [Fact]
    public void What_stands_elsewhere_is_true()
    {
        HashSet<int> recorded = Recorded();
        HashSet<int> table = Table();
        var wrong = new List<string>();
        foreach ((int code, (string kind, string text)) in Elsewhere())
        {
            if (!table.Contains(code))
                wrong.Add($"{code} is no error");
            if (recorded.Contains(code))
                wrong.Add($"{code} is in a recording");
            if (kind == "test" && !File.ReadAllText(Path.Combine(Root(), text)).Contains(code.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal))
                wrong.Add($"{text} does not know {code}");
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void What_never_comes_about_is_in_no_test()
    {
        string[] sources = [.. Directory.EnumerateFiles(Path.Combine(Root(), "tests"), "*Tests.cs", SearchOption.AllDirectories).Select(File.ReadAllText)];
        int[] wrong =
        [
            .. Elsewhere().Where(each => each.Value.Kind == "never").Select(each => each.Key)
                .Where(code => Array.Exists(sources, text => Regex.IsMatch(text, $@"\b{code}\b"))),
        ];
        Assert.True(wrong.Length == 0, $"a test knows {string.Join(' ', wrong)}, of which Errors/elsewhere.txt says that no single server gives it");
    }

    private static HashSet<int> Recorded() =>
    [
        .. RecordingFile.All.SelectMany(dialogue => dialogue.Steps).SelectMany(step => step.Answers)
            .SelectMany(answer => Code().Matches(answer)).Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)),
    ];

    private static Dictionary<int, (string Kind, string Text)> Elsewhere()
    {
        var read = new Dictionary<int, (string, string)>();
        foreach (string line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Errors", "elsewhere.txt")))
        {
            if (line.Length == 0 || line[0] == '#')
                continue;
            string[] parts = line.Split(' ', 3);
            if (parts.Length != 3 || parts[1] is not ("test" or "never"))
                throw new FormatException($"'{line}' is not: code test file, or code never reason");
            read.Add(int.Parse(parts[0], CultureInfo.InvariantCulture), (parts[1], parts[2]));
        }

        return read;
    }

    private static HashSet<int> Table()
    {
        string path = Path.Combine(Root(), "src/Rivulet.JetStream/Api/Errors/jetstream-errors.json");
        using var table = JsonDocument.Parse(File.ReadAllText(path));
        return [.. table.RootElement.EnumerateArray().Select(each => each.GetProperty("error_code").GetInt32())];
    }

    private static string Root([CallerFilePath] string path = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "../.."));

    [GeneratedRegex("\"err_code\":(\\d+)")]
    private static partial Regex Code();
}

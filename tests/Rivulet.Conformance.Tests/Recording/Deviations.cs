using System.Text.RegularExpressions;

namespace Rivulet.Conformance.Tests.Recording;

/// <summary>Where our answers differ from the recorded ones on purpose: <c>Recordings/deviations.txt</c>, with the reasons.</summary>
internal static class Deviations
{
    private static readonly List<(Regex Request, Regex Difference)> All = [.. Read()];

    /// <summary>Whether a difference is meant.</summary>
    public static bool Allow(string request, AnswerDifference difference) =>
        All.Exists(each => each.Request.IsMatch(request) && each.Difference.IsMatch(difference.ToString()));

    private static IEnumerable<(Regex Request, Regex Difference)> Read()
    {
        string path = Path.Combine(AppContext.BaseDirectory, "Recordings", "deviations.txt");
        foreach (string line in File.ReadLines(path).Where(line => line.Length > 0 && line[0] != '#'))
        {
            string[] parts = line.Split(" :: ");
            if (parts.Length != 3 || parts[2].Length == 0)
                throw new FormatException($"'{line}' is not: request :: difference :: reason");
            yield return (new Regex(parts[0], RegexOptions.CultureInvariant), new Regex(parts[1], RegexOptions.CultureInvariant));
        }
    }
}

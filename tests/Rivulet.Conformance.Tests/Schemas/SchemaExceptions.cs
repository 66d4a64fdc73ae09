using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace Rivulet.Conformance.Tests.Schemas;

/// <summary>Where texts do not match their schemas on purpose, with the reasons: a file of <c>Schemas</c>.</summary>
internal sealed class SchemaExceptions
{
    private readonly List<(string Line, Regex Violation)> _all;
    private readonly ConcurrentDictionary<string, bool> _used = [];

    private SchemaExceptions(string file)
    {
        _all = [.. Read(file)];
    }

    /// <summary>Of requests and answers.</summary>
    public static SchemaExceptions OfAnswers { get; } = new("exceptions.txt");

    /// <summary>Of events.</summary>
    public static SchemaExceptions OfEvents { get; } = new("event-exceptions.txt");

    /// <summary>Those that allowed nothing so far.</summary>
    public IEnumerable<string> Unused => _all.Select(each => each.Line).Except(_used.Keys);

    /// <summary>Whether a violation is meant.</summary>
    public bool Allow(SchemaViolation violation)
    {
        foreach ((string line, Regex expression) in _all)
        {
            if (!expression.IsMatch(violation.ToString()))
                continue;
            _used[line] = true;
            return true;
        }

        return false;
    }

    private static IEnumerable<(string Line, Regex Violation)> Read(string file)
    {
        string path = Path.Combine(AppContext.BaseDirectory, "Schemas", file);
        foreach (string line in File.ReadLines(path).Where(line => line.Length > 0 && line[0] != '#'))
        {
            string[] parts = line.Split(" :: ");
            if (parts.Length != 2 || parts[1].Length == 0)
                throw new FormatException($"'{line}' is not: violation :: reason");
            yield return (line, new Regex(parts[0], RegexOptions.CultureInvariant));
        }
    }
}

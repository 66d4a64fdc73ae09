using System.Text;
using System.Text.RegularExpressions;

namespace Rivulet.Fuzz.Tests;

/// <summary>
/// The grammar of control lines once more, on strings and by the letter, shared by the two slow parsers. Slow, plain, and
/// independent of the product's code.
/// </summary>
internal static partial class SlowOperation
{
    /// <summary>What was found at the start of a text.</summary>
    /// <param name="Name">The operation's name, or null if the text is incomplete or wrong.</param>
    /// <param name="Arguments">Without leading blanks and line end.</param>
    /// <param name="Rest">What follows the line.</param>
    /// <param name="Violation">What is wrong, or null.</param>
    public sealed record Line(string? Name, string Arguments, string Rest, string? Violation)
    {
        public static Line Incomplete { get; } = new(null, "", "", null);

        public static Line Wrong(string violation) => new(null, "", "", violation);
    }

    /// <summary>Reads one control line.</summary>
    /// <param name="text">The bytes as Latin-1.</param>
    /// <param name="names">The names known; a blank after one says that a blank must follow.</param>
    /// <param name="maxControlLine">The limit for arguments and for blanks before them.</param>
    public static Line Read(string text, string[] names, int maxControlLine)
    {
        string[] candidates = [.. names.Where(n => CouldBe(text, n.TrimEnd()))];
        if (candidates.Length != 1)
            return candidates.Length == 0 ? Line.Wrong("UnknownOperation") : Line.Incomplete;
        string name = candidates[0];
        bool needsBlank = name.EndsWith(' ');
        name = name.TrimEnd();
        if (text.Length < name.Length || (text.Length == name.Length && needsBlank))
            return Line.Incomplete;
        string after = text[name.Length..];
        if (needsBlank && after[0] is not (' ' or '\t'))
            return Line.Wrong("UnknownOperation");
        string arguments = after.TrimStart(' ', '\t');
        if (after.Length - arguments.Length > maxControlLine)
            return Line.Wrong("ControlLineTooLong");
        bool complete = arguments.Contains('\n', StringComparison.Ordinal);
        string rest = complete ? arguments[(arguments.IndexOf('\n', StringComparison.Ordinal) + 1)..] : "";
        arguments = arguments.Split('\n')[0];
        if (arguments.EndsWith('\r'))
            arguments = arguments[..^1];
        if (arguments.Length > maxControlLine)
            return Line.Wrong("ControlLineTooLong");
        return complete ? new Line(name, arguments, rest, null) : Line.Incomplete;
    }

    public static string[] Split(string arguments, params char[] separators)
    {
        return arguments.Split(separators, StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>A size, or null if it is not one to nine digits.</summary>
    public static int? Size(string digits)
    {
        return Digits().IsMatch(digits) ? int.Parse(digits, System.Globalization.CultureInfo.InvariantCulture) : null;
    }

    /// <summary>The state of a body and its line end: null if incomplete, else whether it is right.</summary>
    public static bool? IsTerminated(string rest, int size)
    {
        string end = rest.Length <= size ? "" : rest[size..Math.Min(rest.Length, size + 2)];
        if (end.Length == 2)
            return end == "\r\n";
        return end is "" or "\r" ? null : false;
    }

    public static string Show(string text)
    {
        return Rivulet.Protocol.Tests.Support.Readable.Text(Encoding.Latin1.GetBytes(text));
    }

    private static bool CouldBe(string text, string name)
    {
        int shorter = Math.Min(text.Length, name.Length);
        return string.Equals(Upper(text[..shorter]), name[..shorter], StringComparison.Ordinal);
    }

    private static string Upper(string text)
    {
        return string.Concat(text.Select(c => c is >= 'a' and <= 'z' ? (char)(c - 32) : c));
    }

    [GeneratedRegex(@"\A[0-9]{1,9}\z")]
    private static partial Regex Digits();
}

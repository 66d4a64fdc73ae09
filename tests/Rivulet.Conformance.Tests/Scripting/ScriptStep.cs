namespace Rivulet.Conformance.Tests.Scripting;

/// <summary>One line of a script.</summary>
/// <param name="Number">Its line number in the file.</param>
/// <param name="Connection">The letter that names the connection.</param>
/// <param name="Action">What to do or to expect.</param>
/// <param name="Text">What comes after the action, as written.</param>
internal sealed record ScriptStep(int Number, char Connection, string Action, string Text)
{
    // Longer ones first: "<<" also starts with "<".
    private static readonly string[] Signs = [">>", ">", "<<", "<", "~"];

    private static readonly string[] Words = ["open", "msg", "pub", "sync", "closed", "close", "repeat"];

    public static ScriptStep Parse(string line, int number)
    {
        char connection = line[0];
        string rest = line[1..];
        if (char.IsAsciiLetterUpper(connection))
        {
            foreach (string sign in Signs)
            {
                if (rest.StartsWith(sign, StringComparison.Ordinal))
                    return new ScriptStep(number, connection, sign, WithoutFirstBlank(rest[sign.Length..]));
            }

            string[] parts = rest.TrimStart().Split(' ', 2);
            if (Words.Contains(parts[0]))
                return new ScriptStep(number, connection, parts[0], parts.Length == 2 ? parts[1] : "");
        }

        throw new FormatException($"line {number} is not a step: {line}");
    }

    public override string ToString() => $"line {Number}: {Connection}{Action} {Text}";

    private static string WithoutFirstBlank(string text) => text.StartsWith(' ') ? text[1..] : text;
}

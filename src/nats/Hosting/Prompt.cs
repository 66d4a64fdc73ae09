using System.Globalization;

namespace Rivulet.Cli.Hosting;

/// <summary>Questions to the user. They need a terminal on both sides; without one they fail rather than guess.</summary>
internal sealed class Prompt(CliHost host)
{
    public const string NoTerminal = "cannot ask for confirmation without a terminal";

    /// <summary>A yes-or-no question whose default is no.</summary>
    /// <exception cref="CliException">There is no terminal, or it was closed before an answer.</exception>
    public bool Confirm(string question)
    {
        if (!host.IsInteractive)
        {
            throw new CliException(NoTerminal);
        }

        using var input = new StreamReader(host.OpenInput());
        while (true)
        {
            Ask($"? {question} (y/N) ");
            var answer = input.ReadLine() ?? throw new CliException("EOF");
            switch (answer.Trim().ToUpperInvariant())
            {
                case "Y" or "YES":
                    return true;
                case "" or "N" or "NO":
                    return false;
                default:
                    host.Output.WriteLine($"X Sorry, your reply was invalid: {Formats.Quoting.Quote(answer)} is not a valid answer, please try again.");
                    break;
            }
        }
    }

    /// <summary>Lets the user pick one of several names, by number or by name.</summary>
    /// <exception cref="CliException">There is no terminal, or it was closed before an answer.</exception>
    public string Select(string question, IReadOnlyList<string> names)
    {
        if (!host.IsInteractive)
        {
            throw new CliException("cannot prompt for user input without a terminal");
        }

        for (var i = 0; i < names.Count; i++)
        {
            host.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {i + 1}) {names[i]}"));
        }

        using var input = new StreamReader(host.OpenInput());
        while (true)
        {
            Ask($"? {question} ");
            var answer = (input.ReadLine() ?? throw new CliException("EOF")).Trim();
            if (names.Contains(answer))
            {
                return answer;
            }

            if (int.TryParse(answer, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= names.Count)
            {
                return names[number - 1];
            }
        }
    }

    private void Ask(string text)
    {
        host.Output.Write(text);
        host.Output.Flush();
    }
}

using System.Text;

namespace Rivulet.Cli.CommandLine;

/// <summary>
/// Writes the help of a command:
/// <code>
/// usage: nats kv get [&lt;flags&gt;] &lt;bucket&gt; &lt;key&gt;
///
/// Help text
///
/// Args: | Subcommands: | Flags: | Command Aliases: | Global Flags:
///   name  text in a second column, wrapped to the width
/// </code>
/// </summary>
internal sealed class HelpWriter(CommandSpec root, int width)
{
    private const int Indent = 2;
    private const int Gap = 2;
    private readonly StringBuilder _text = new();

    /// <param name="line">Names the command to describe; the root describes the program.</param>
    /// <param name="withGlobalFlags">False replaces the global flags by a pointer to <c>--help</c>.</param>
    public string Write(ParsedCommandLine line, bool withGlobalFlags)
    {
        var command = line.Command;
        var isRoot = command == root;
        _text.Append("usage: ").Append(root.Name).Append(isRoot ? "" : " ").Append(line.Path);
        AppendUsage(command);
        _text.Append("\n\n").Append(Formats.TextWrap.Text(command.Help, width)).Append('\n');
        if (command.Details is not null)
        {
            _text.Append(Formats.TextWrap.Text(command.Details, width)).Append('\n');
        }

        AppendArguments(command);
        AppendCommands(command, line.Path);
        if (!isRoot)
        {
            AppendFlags("Flags:", command.Flags);
            if (command.Aliases.Length > 0)
            {
                _text.Append("Command Aliases: ").AppendJoin(", ", command.Aliases).Append('\n');
            }

            _text.Append('\n');
        }

        if (withGlobalFlags)
        {
            AppendFlags("Global Flags:", root.Flags);
        }
        else
        {
            _text.Append("Pass --help to see global flags applicable to this command.\n");
        }

        return _text.ToString();
    }

    private void AppendUsage(CommandSpec command)
    {
        if (command.Flags.Length > 0)
        {
            _text.Append(" [<flags>]");
        }

        foreach (var argument in command.Arguments)
        {
            _text.Append(argument.IsRequired ? " <" : " [<").Append(argument.Name).Append('>')
                .Append(argument.IsRepeatable ? "..." : "").Append(argument.IsRequired ? "" : "]");
        }

        if (command.Commands.Length > 0)
        {
            _text.Append(" <command> [<args> ...]");
        }
    }

    private void AppendArguments(CommandSpec command)
    {
        var rows = new List<(string, string)>();
        foreach (var argument in command.Arguments)
        {
            rows.Add((argument.IsRequired ? $"<{argument.Name}>" : $"[<{argument.Name}>]", argument.Help));
        }

        AppendColumns("Args:", rows);
    }

    private void AppendCommands(CommandSpec command, string path)
    {
        var rows = new List<(string, string)>();
        foreach (var sub in command.Commands)
        {
            if (!sub.IsHidden)
            {
                rows.Add(($"{path} {sub.Name}".TrimStart(), FirstLine(sub.Help)));
            }
        }

        AppendColumns(command == root ? "Commands:" : "Subcommands:", rows);
    }

    private void AppendFlags(string title, FlagSpec[] flags)
    {
        var anyShort = Array.Exists(flags, flag => flag.Short != '\0');
        var rows = new List<(string, string)>();
        foreach (var flag in flags)
        {
            if (!flag.IsHidden)
            {
                rows.Add((FlagForm(flag, anyShort), flag.ShownHelp));
            }
        }

        AppendColumns(title, rows);
    }

    private static string FlagForm(FlagSpec flag, bool anyShort)
    {
        var lead = flag.Short != '\0' ? $"-{flag.Short}, --" : anyShort ? "    --" : "--";
        return lead + (flag.IsNegatable ? "[no-]" : "") + flag.Name
            + (flag.IsBoolean ? "" : "=" + flag.ShownPlaceHolder) + (flag.IsRepeatable ? " ..." : "");
    }

    /// <summary>A title and rows in two columns. A first column that is too long has its text on the lines below it.</summary>
    private void AppendColumns(string title, List<(string First, string Second)> rows)
    {
        if (rows.Count == 0)
        {
            return;
        }

        _text.Append(title).Append('\n');
        var firstMax = Math.Max(30, (int)(width * 0.75 / 2));
        var firstWidth = 0;
        foreach (var (first, _) in rows)
        {
            firstWidth = first.Length < firstMax ? Math.Max(firstWidth, first.Length) : firstWidth;
        }

        var secondStart = Indent + firstWidth + Gap;
        foreach (var (first, second) in rows)
        {
            AppendRow(first, Formats.TextWrap.Paragraph(second, width - secondStart), firstWidth, isLong: first.Length >= firstMax);
        }

        _text.Append('\n');
    }

    private void AppendRow(string first, List<string> second, int firstWidth, bool isLong)
    {
        var secondStart = Indent + firstWidth + Gap;
        _text.Append(' ', Indent).Append(first).Append(' ', Math.Max(0, firstWidth - first.Length) + Gap);
        if (isLong)
        {
            _text.Append('\n').Append(' ', secondStart);
        }

        _text.Append(second[0]).Append('\n');
        for (var i = 1; i < second.Count; i++)
        {
            _text.Append(' ', secondStart).Append(second[i]).Append('\n');
        }
    }

    private static string FirstLine(string help)
    {
        var end = help.IndexOf('\n', StringComparison.Ordinal);
        return end < 0 ? help : help[..end];
    }
}

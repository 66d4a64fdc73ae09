namespace Rivulet.Cli.CommandLine;

/// <summary>
/// Reads a command line against the tree of commands: <c>nats [flags] command [sub] [arguments] [flags]</c>. A command's
/// flags are known once the command is named; global ones everywhere. Used once, by one thread.
/// </summary>
/// <remarks>
/// The parser stops at the first thing it does not understand and keeps the error in the result, so that a bad value
/// ahead of it can be told first and the help of the command so far can be shown.
/// </remarks>
internal sealed class CommandLineParser
{
    private readonly ParsedCommandLine _parsed;
    private readonly List<FlagSpec> _flags;
    private readonly LinkedList<string> _rest;
    private int _argument;
    private bool _argumentsOnly;

    private CommandLineParser(CommandSpec root, IEnumerable<string> arguments, Func<string, string?> environment)
    {
        _parsed = new ParsedCommandLine(root, environment);
        _flags = [.. root.Flags];
        _rest = new LinkedList<string>(arguments);
    }

    public static ParsedCommandLine Parse(CommandSpec root, IEnumerable<string> arguments, Func<string, string?> environment)
    {
        var parser = new CommandLineParser(root, arguments, environment);
        try
        {
            parser.Run();
        }
        catch (UsageException error)
        {
            parser._parsed.Error = error;
        }

        return parser._parsed;
    }

    private void Run()
    {
        while (_rest.First is { } node)
        {
            var text = node.Value;
            _rest.RemoveFirst();
            if (_argumentsOnly || text.Length < 2 || text[0] != '-')
            {
                TakeWord(text);
            }
            else if (text == "--")
            {
                _argumentsOnly = true;
            }
            else if (text[1] == '-')
            {
                TakeLong(text);
            }
            else
            {
                TakeShort(text);
            }
        }
    }

    private void TakeWord(string text)
    {
        var command = _parsed.Command;
        if (command.Commands.Length > 0)
        {
            var found = command.Find(text) ?? throw new UsageException($"expected command but got {Formats.Quoting.Quote(text)}, use --help for full help including flags and arguments");
            _parsed.Select(found);
            _flags.AddRange(found.Flags);
            return;
        }

        if (_argument >= command.Arguments.Length)
        {
            throw new UsageException($"unexpected argument {text}");
        }

        var argument = command.Arguments[_argument];
        _parsed.Add(argument, text);
        if (!argument.IsRepeatable)
        {
            _argument++;
        }
    }

    private void TakeLong(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        var shown = equals < 0 ? text : text[..equals];
        var name = shown.AsSpan(2);
        var negated = false;
        var flag = FindLong(name);
        if (flag is null && name.StartsWith("no-"))
        {
            flag = FindLong(name[3..]);
            negated = true;
        }

        if (flag is null || (negated && !flag.IsNegatable))
        {
            throw new UsageException($"unknown long flag '{shown}'");
        }

        if (equals >= 0)
        {
            _rest.AddFirst(text[(equals + 1)..]);
        }

        TakeValue(flag, shown, negated ? "false" : "true", isAttached: equals >= 0);
    }

    private void TakeShort(string text)
    {
        var letter = text[1];
        var flag = _flags.Find(candidate => candidate.Short == letter)
            ?? throw new UsageException($"unknown short flag '-{letter}'");
        if (text.Length > 2)
        {
            // A flag with a value takes the rest of the word; one without leaves it to be read as more short flags.
            _rest.AddFirst(flag.IsBoolean ? "-" + text[2..] : text[2..]);
        }

        TakeValue(flag, $"-{letter}", "true", isAttached: text.Length > 2);
    }

    private void TakeValue(FlagSpec flag, string shown, string ifBoolean, bool isAttached)
    {
        if (flag.IsBoolean)
        {
            _parsed.Add(flag, ifBoolean);
            return;
        }

        var value = _rest.First?.Value;
        if (value is null || (!isAttached && value.Length > 1 && value[0] == '-'))
        {
            throw new UsageException($"expected argument for flag '{shown}'");
        }

        _rest.RemoveFirst();
        _parsed.Add(flag, value);
    }

    private FlagSpec? FindLong(ReadOnlySpan<char> name)
    {
        foreach (var flag in _flags)
        {
            if (name.SequenceEqual(flag.Name))
            {
                return flag;
            }
        }

        return null;
    }
}

namespace Rivulet.Cli.CommandLine;

/// <summary>
/// What one command line said: the command it selected and the texts given to flags and arguments, in order. Filled by
/// <see cref="CommandLineParser"/>; read by commands through typed accessors once <see cref="Complete"/> has checked it.
/// </summary>
internal sealed class ParsedCommandLine(CommandSpec root, Func<string, string?> environment)
{
    private readonly List<(ValueSpec Spec, string Text)> _given = [];

    /// <summary>The root until a command is named.</summary>
    public CommandSpec Command { get; private set; } = root;

    /// <summary>Names of the command and its groups, <c>kv add</c>; empty for the root.</summary>
    public string Path { get; private set; } = "";

    /// <summary>What stopped the parser; null when it reached the end.</summary>
    public UsageException? Error { get; set; }

    internal void Select(CommandSpec command)
    {
        Command = command;
        Path = Path.Length == 0 ? command.Name : $"{Path} {command.Name}";
    }

    internal void Add(ValueSpec spec, string text) => _given.Add((spec, text));

    /// <summary>True when the command line itself has the flag or argument; defaults and environment do not count.</summary>
    public bool Has(ValueSpec spec)
    {
        foreach (var (given, _) in _given)
        {
            if (given == spec)
            {
                return true;
            }
        }

        return false;
    }

    public T? Get<T>(Flag<T> flag) => TextOf(flag) is { } text ? flag.Convert(text) : default;

    public T? Get<T>(Argument<T> argument) => TextOf(argument) is { } text ? argument.Convert(text) : default;

    /// <summary>Every text given to a repeatable flag or argument, in order.</summary>
    public List<string> GetAll(ValueSpec spec)
    {
        var texts = new List<string>();
        foreach (var (given, text) in _given)
        {
            if (given == spec)
            {
                texts.Add(text);
            }
        }

        return texts;
    }

    private string? TextOf(ValueSpec spec)
    {
        for (var i = _given.Count - 1; i >= 0; i--)
        {
            if (_given[i].Spec == spec)
            {
                return _given[i].Text;
            }
        }

        return EnvironmentText(spec as FlagSpec) ?? spec.Default;
    }

    private string? EnvironmentText(FlagSpec? flag)
    {
        return flag?.EnvironmentVariable is { } variable && environment(variable) is { Length: > 0 } text ? text : null;
    }

    /// <summary>Checks the texts that the environment gives to flags which the command line does not have.</summary>
    /// <exception cref="CliException">A text is refused.</exception>
    public void CheckEnvironment(IEnumerable<FlagSpec> flags)
    {
        foreach (var flag in flags)
        {
            if (!Has(flag) && EnvironmentText(flag) is { } text)
            {
                flag.Check(text);
            }
        }
    }

    /// <summary>Runs the validators of what was given, flags before arguments.</summary>
    /// <exception cref="CliException">A text is refused; the message starts with the flag's name.</exception>
    public void Validate()
    {
        foreach (var (spec, text) in _given)
        {
            try
            {
                spec.Validator?.Invoke(text);
            }
            catch (CliException refused)
            {
                throw new CliException($"{spec.Name}: {refused.Message}", refused);
            }
        }
    }

    /// <summary>Checks every text that was given, and that no flag is given twice which takes one value.</summary>
    /// <exception cref="CliException">A text is refused.</exception>
    /// <exception cref="UsageException">A flag is given twice, or a group without a command of it.</exception>
    public void Complete()
    {
        for (var i = 0; i < _given.Count; i++)
        {
            var (spec, text) = _given[i];
            if (spec is FlagSpec { IsRepeatable: false } && _given.FindIndex(0, i, given => given.Spec == spec) >= 0)
            {
                throw new UsageException($"flag '{spec.Name}' cannot be repeated");
            }

            spec.Check(text);
        }
    }

    /// <exception cref="UsageException">The first required argument that is missing.</exception>
    public void RequireArguments()
    {
        foreach (var argument in Command.Arguments)
        {
            if (argument.IsRequired && !Has(argument))
            {
                throw new UsageException($"required argument '{argument.Name}' not provided");
            }
        }
    }
}

namespace Rivulet.Cli.CommandLine;

/// <summary>
/// What flags and arguments share: a name, a line of help, and how their text becomes a value. Specifications are
/// constant once built; what a command line gave them is in <see cref="ParsedCommandLine"/>.
/// </summary>
internal abstract class ValueSpec(string name, string help)
{
    public string Name { get; } = name;

    public string Help { get; } = help;

    /// <summary>Text that stands in when the command line gives none; null for none.</summary>
    public string? Default { get; init; }

    /// <summary>True when the flag may be given, or the argument go on, several times.</summary>
    public bool IsRepeatable { get; init; }

    /// <summary>Refuses a text before any value is set; null accepts all.</summary>
    public Action<string>? Validator { get; init; }

    /// <summary>Throws when the text cannot become a value.</summary>
    /// <exception cref="CliException">The text is refused; the message says why.</exception>
    public abstract void Check(string text);
}

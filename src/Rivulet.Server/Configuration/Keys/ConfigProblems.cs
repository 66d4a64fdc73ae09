using Rivulet.Server.Configuration.Language;

namespace Rivulet.Server.Configuration.Keys;

/// <summary>Everything wrong with a configuration that could be parsed: it is told all at once.</summary>
internal sealed class ConfigProblems
{
    private readonly List<string> _errors = [];
    private readonly List<string> _warnings = [];
    private readonly List<string> _notes = [];

    /// <summary>What keeps a server from starting.</summary>
    public IReadOnlyList<string> Errors => _errors;

    /// <summary>What a server starts with, but a check of the file does not let pass.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>What makes no difference here.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Adds an error that is at no place in particular.</summary>
    public void Error(string text)
    {
        _errors.Add(text);
    }

    /// <summary>Adds an error.</summary>
    public void Error(ConfigPosition position, string text)
    {
        _errors.Add($"{position}: {text}");
    }

    /// <summary>Adds a warning that is about no place in particular.</summary>
    public void Warn(string text)
    {
        _warnings.Add(text);
    }

    /// <summary>Adds a warning.</summary>
    public void Warn(ConfigPosition position, string text)
    {
        _warnings.Add($"{position}: {text}");
    }

    /// <summary>Adds a note.</summary>
    public void Note(ConfigPosition position, string text)
    {
        _notes.Add($"{position}: {text}");
    }

    /// <summary>Adds the note for a key that makes no difference to this server.</summary>
    public void WithoutEffect(ConfigEntry entry)
    {
        Note(entry.Position, $"field \"{entry.Key}\" has no effect on this server");
    }

    /// <summary>Adds the error for a value of the wrong kind, in the reference server's words.</summary>
    /// <param name="position">Where.</param>
    /// <param name="found">What is there.</param>
    /// <param name="wanted">The kind that should be.</param>
    public void WrongKind(ConfigPosition position, ConfigValue found, string wanted)
    {
        Error(position, $"interface conversion: interface {{}} is {found.KindName}, not {wanted}");
    }

    /// <summary>Adds the error for a key of a feature that is not there.</summary>
    public void Unsupported(ConfigEntry entry, string feature)
    {
        Error(entry.Position, $"field \"{entry.Key}\" is not supported by this version: {feature}");
    }
}

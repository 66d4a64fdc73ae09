namespace Rivulet.Server.Configuration.Language;

/// <summary>What the files and texts of one configuration share while they are parsed: their source, and what is open.</summary>
/// <param name="source">Where texts come from.</param>
internal sealed class ConfigScope(IConfigSource source)
{
    private const int IncludesMax = 64;

    private readonly Stack<string> _files = new();
    private readonly HashSet<string> _variables = new(StringComparer.Ordinal);

    /// <summary>Reads and parses a file. One that is open already is a circle.</summary>
    /// <exception cref="ConfigSyntaxException">It cannot be read or parsed.</exception>
    public ConfigMap ParseFile(string path)
    {
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal))
            throw new ConfigSyntaxException($"open {path}: no such file or directory");
        string full = Path.GetFullPath(path);
        if (_files.Contains(full))
            throw new ConfigSyntaxException($"include cycle for '{path}'");
        if (_files.Count == IncludesMax)
            throw new ConfigSyntaxException($"includes are nested deeper than {IncludesMax} files");
        string text;
        try
        {
            text = source.ReadFile(path);
        }
        catch (IOException e)
        {
            throw new ConfigSyntaxException(e.Message);
        }

        _files.Push(full);
        try
        {
            return new ConfigParser(text, path, this).ParseAll();
        }
        finally
        {
            _files.Pop();
        }
    }

    /// <summary>The value of a variable of the environment, whose text is read as a value of a file is; null for none.</summary>
    /// <exception cref="ConfigSyntaxException">The text cannot be parsed, or needs itself.</exception>
    public ConfigValue? FindInEnvironment(string name)
    {
        if (!_variables.Add(name))
            throw new ConfigSyntaxException($"variable reference cycle for '{name}'");
        try
        {
            return name.Length > 0 && source.TryGetVariable(name, out string? text)
                ? new ConfigParser(text, "", this).ParseSingleValue()
                : null;
        }
        finally
        {
            _variables.Remove(name);
        }
    }
}

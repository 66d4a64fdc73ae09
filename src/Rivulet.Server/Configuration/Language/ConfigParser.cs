using System.Globalization;

namespace Rivulet.Server.Configuration.Language;

/// <summary>Parses one text in the reference server's configuration language: keys, maps, arrays, includes, variables.</summary>
/// <remarks>
/// <code>
/// file    = [ "{" ] { pair | include } [ "}" ]
/// pair    = key ( ":" | "=" | blank ) value end
/// include = "include" blank path end
/// value   = "{" { pair | include } "}" | "[" { value end } "]" | scalar | "$" name
/// end     = line end | "," | ";" | comment | "}" | "]"
/// </code>
/// Scalars are <see cref="ConfigScalars"/>' business. One object parses one text.
/// </remarks>
internal sealed class ConfigParser
{
    // Deep enough for any configuration, and shallow enough for the stack of any thread.
    private const int DepthMax = 200;

    private readonly ConfigCursor _cursor;
    private readonly ConfigScalars _scalars;
    private readonly ConfigScope _scope;
    private readonly string _directory;

    // The maps that are open, innermost last: where variables are looked for.
    private readonly List<ConfigMap> _open = [];
    private int _depth;

    // Whether what is parsed is the value of a key that holds secrets: then no error shows any of it.
    private bool _isSecret;

    /// <summary>A parser of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="file">Name of its file; empty if it has none.</param>
    /// <param name="scope">What else is open.</param>
    public ConfigParser(string text, string file, ConfigScope scope)
    {
        _cursor = new ConfigCursor(text, file);
        _scalars = new ConfigScalars(_cursor);
        _scope = scope;
        _directory = Path.GetDirectoryName(file) ?? "";
    }

    /// <summary>Parses the whole text as the content of a map, with or without the outermost braces.</summary>
    /// <exception cref="ConfigSyntaxException">Says what is wrong.</exception>
    public ConfigMap ParseAll()
    {
        var map = new ConfigMap();
        _open.Add(map);
        while (true)
        {
            _cursor.SkipSpaceAndComments();
            if (_cursor.IsAtEnd)
                return map;
            if (_cursor.Peek() == '{')
                _cursor.Take();
            else if (!TryParsePair(map, isTop: true))
                return map;
            else
                EndTopValue();
        }
    }

    /// <summary>Parses the whole text as one value.</summary>
    /// <exception cref="ConfigSyntaxException">Says what is wrong.</exception>
    public ConfigValue ParseSingleValue()
    {
        var value = ParseValue();
        EndTopValue();
        _cursor.SkipSpaceAndComments();
        return _cursor.IsAtEnd ? value : throw _cursor.Error("Expected a single value.");
    }

    /// <summary>A pair or an include. False at the end of the file, where a brace that closes nothing is passed over.</summary>
    private bool TryParsePair(ConfigMap map, bool isTop)
    {
        char first = _cursor.Peek();
        if (first is ':' or '=')
            throw _cursor.Error($"Unexpected key separator '{first}'{(isTop ? "" : ".")}");
        bool isQuoted = first is '"' or '\'';
        string key = isQuoted ? ReadQuotedKey(first, out var position) : ReadBareKey(isTop, out position);
        if (!isQuoted && char.IsWhiteSpace(_cursor.Peek()) && key.Equals("include", StringComparison.OrdinalIgnoreCase))
        {
            Include(map);
            return true;
        }

        _cursor.SkipSpace();
        if (_cursor.IsAtEnd && isTop)
        {
            return key == "}"
                ? false
                : throw new ConfigSyntaxException($"config is invalid ({_cursor.Position})");
        }

        if (_cursor.Peek() is ':' or '=')
            _cursor.Take();
        if (!isTop)
            SkipToMapValue(key);
        bool wasSecret = _isSecret;
        _isSecret = SecretKeys.Contain(key);
        map.Set(new ConfigEntry(key, position, ParseValue()));
        _isSecret = wasSecret;
        return true;
    }

    private void SkipToMapValue(string key)
    {
        _cursor.SkipSpace();
        if (_cursor.Peek() == ',')
            throw _cursor.Error("Unexpected map value terminator \",\".");
        if (_cursor.Peek() == '}')
            throw _cursor.Error($"Expected a value for '{key}' but found the end of its map.");
        if (_cursor.IsAtEnd)
            throw _cursor.Error("Unexpected EOF processing map.");
    }

    private string ReadQuotedKey(char quote, out ConfigPosition position)
    {
        _cursor.Take();
        position = _cursor.Position;
        int start = _cursor.Offset;
        while (_cursor.Peek() != quote)
        {
            if (_cursor.IsAtEnd)
                throw _cursor.Error("Unexpected EOF.");
            _cursor.Take();
        }

        string key = _cursor.Since(start);
        _cursor.Take();
        return key;
    }

    private string ReadBareKey(bool isTop, out ConfigPosition position)
    {
        position = _cursor.Position;
        int start = _cursor.Offset;
        while (!_cursor.IsAtEnd && !char.IsWhiteSpace(_cursor.Peek()) && _cursor.Peek() is not (':' or '='))
            _cursor.Take();
        if (_cursor.IsAtEnd && !isTop)
            throw _cursor.Error("Unexpected EOF processing map.");
        return _cursor.Since(start);
    }

    private void Include(ConfigMap map)
    {
        _cursor.SkipBlanks();
        string path = ReadIncludePath();
        ConfigMap included;
        try
        {
            included = _scope.ParseFile(Path.Combine(_directory, path));
        }
        catch (ConfigSyntaxException e)
        {
            throw new ConfigSyntaxException($"error parsing include file '{path}', {e.Message}");
        }

        foreach (var entry in included.Entries)
            map.Set(entry);
    }

    private string ReadIncludePath()
    {
        char first = _cursor.Peek();
        string? wrong = first switch
        {
            '[' => "start of an array",
            '{' => "start of a map",
            '(' => "start of a block",
            '\\' => "escape sequence",
            '\n' or '\r' => "new line",
            '-' => "start of a number",
            _ when char.IsAsciiDigit(first) => "start of a number",
            _ => null,
        };
        if (wrong is not null)
            throw _cursor.Error($"Expected include value but found {wrong}");
        return first is '"' or '\'' ? _scalars.ReadRaw(first, "Unexpected EOF in quoted include") : _scalars.ReadBarePath();
    }

    private ConfigValue ParseValue()
    {
        _cursor.SkipBlanks();
        switch (_cursor.Peek())
        {
            case '{':
                return Nested(ParseMap);
            case '[':
                return Nested(ParseArray);
            case '\n' or '\r':
                _cursor.Take();
                throw _cursor.Error("Expected value but found new line");
        }

        var value = ParseScalar(out string? variable);
        return variable is null ? value : Resolve(variable);
    }

    private ConfigValue ParseScalar(out string? variable)
    {
        try
        {
            return _scalars.Parse(out variable);
        }
        catch (ConfigSyntaxException) when (_isSecret)
        {
            throw _cursor.Error("A secret that cannot be read as a value; in quotes it can");
        }
    }

    private ConfigValue Nested(Func<ConfigValue> parse)
    {
        if (++_depth > DepthMax)
            throw _cursor.Error($"Maps and arrays are nested deeper than {DepthMax} levels.");
        _cursor.Take();
        var value = parse();
        _depth--;
        return value;
    }

    private ConfigMap ParseMap()
    {
        var map = new ConfigMap();
        _open.Add(map);
        while (true)
        {
            _cursor.SkipSpaceAndComments();
            if (_cursor.IsAtEnd)
                throw _cursor.Error("Unexpected EOF processing map.");
            if (_cursor.Peek() == ']')
                throw _cursor.Error("Unexpected array end ']' processing map.");
            if (_cursor.Peek() == '}')
                break;
            TryParsePair(map, isTop: false);
            if (!EndMapValue())
                break;
        }

        _cursor.Take();
        _open.RemoveAt(_open.Count - 1);
        return map;
    }

    private ConfigArray ParseArray()
    {
        var items = new List<ConfigItem>();
        while (true)
        {
            _cursor.SkipSpaceAndComments();
            if (_cursor.Peek() == ',')
                throw _cursor.Error("Unexpected array value terminator ','.");
            if (_cursor.IsAtEnd)
                throw _cursor.Unexpected("Expected an array value terminator \",\" or an array terminator \"]\"");
            if (_cursor.Peek() == ']')
                break;
            var position = _cursor.Position;
            items.Add(new ConfigItem(position, ParseValue()));
            if (!EndArrayValue())
                break;
        }

        _cursor.Take();
        return new ConfigArray(items);
    }

    private void EndTopValue()
    {
        _cursor.SkipBlanks();
        if (_cursor.SkipComment() || _cursor.IsAtEnd)
            return;
        if (_cursor.Peek() is '\n' or '\r' or ';' or ',' or '}')
            _cursor.Take();
        else
            throw _cursor.Unexpected("Expected a top-level value to end with a new line, comment or EOF");
    }

    /// <summary>Passes the end of a pair; false if the map ends with it.</summary>
    private bool EndMapValue()
    {
        _cursor.SkipBlanks();
        _cursor.SkipComment();
        switch (_cursor.Peek())
        {
            case '}':
                return false;
            case ';' or ',' or '\n' or '\r':
                _cursor.Take();
                return true;
            default:
                throw _cursor.Unexpected("Expected a map value terminator \",\" or a map terminator \"}\"");
        }
    }

    /// <summary>Passes the end of an element; false if the array ends with it.</summary>
    private bool EndArrayValue()
    {
        _cursor.SkipBlanks();
        _cursor.SkipComment();
        switch (_cursor.Peek())
        {
            case ']':
                return false;
            case ',' or '\n' or '\r':
                _cursor.Take();
                return true;
            default:
                throw _cursor.Unexpected("Expected an array value terminator \",\" or an array terminator \"]\"");
        }
    }

    /// <summary>The value of a variable: of a key seen in a map that is open, else of the environment.</summary>
    private ConfigValue Resolve(string name)
    {
        // A hash made by bcrypt begins like a variable.
        if (name.StartsWith("2a$", StringComparison.Ordinal))
            return new ConfigText("$" + name);
        for (int i = _open.Count - 1; i >= 0; i--)
        {
            if (!_open[i].TryGet(name, out var entry))
                continue;
            entry.IsVariable = true;
            return entry.Value;
        }

        // What looks like a variable may be a password, and is a hash where it has more of these signs in it.
        string shown = _isSecret || name.Contains('$', StringComparison.Ordinal) ? "[REDACTED]" : name;
        string reference = string.Create(CultureInfo.InvariantCulture, $"variable reference for '{shown}' on line {_cursor.Line}");
        ConfigValue? value;
        try
        {
            value = _scope.FindInEnvironment(name);
        }
        catch (ConfigSyntaxException e)
        {
            throw new ConfigSyntaxException(_isSecret ? $"{reference} could not be parsed" : $"{reference} could not be parsed: {e.Message}");
        }

        return value ?? throw new ConfigSyntaxException($"{reference} can not be found");
    }
}

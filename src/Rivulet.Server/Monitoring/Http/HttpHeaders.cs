namespace Rivulet.Server.Monitoring.Http;

/// <summary>The header lines of a request, in their order. Names are the same in any case.</summary>
internal sealed class HttpHeaders
{
    private readonly List<KeyValuePair<string, string>> _lines = [];

    /// <summary>Number of lines.</summary>
    public int Count => _lines.Count;

    /// <summary>The value of the first line with a name; empty without.</summary>
    public string this[string name] => Values(name).FirstOrDefault("");

    /// <summary>Forgets all lines.</summary>
    public void Clear()
    {
        _lines.Clear();
    }

    /// <summary>Adds a line.</summary>
    public void Add(string name, string value)
    {
        _lines.Add(new(name, value));
    }

    /// <summary>The values of all lines with a name.</summary>
    public IEnumerable<string> Values(string name)
    {
        return _lines.Where(line => line.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(line => line.Value);
    }

    /// <summary>Whether a list, in one line or several, has an element, in any case.</summary>
    public bool HasElement(string name, string element)
    {
        return Values(name).SelectMany(value => value.Split(','))
            .Any(part => part.AsSpan().Trim(" \t").Equals(element, StringComparison.OrdinalIgnoreCase));
    }
}

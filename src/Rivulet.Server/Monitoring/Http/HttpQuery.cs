using System.Globalization;

namespace Rivulet.Server.Monitoring.Http;

/// <summary>The parameters of a request. Of those that are there twice the first counts.</summary>
internal sealed class HttpQuery
{
    private readonly Dictionary<string, string> _values;

    /// <summary>Reads <c>a=1&amp;b=x%20y</c>.</summary>
    public HttpQuery(string text)
    {
        _values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string pair in text.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = pair.IndexOf('=', StringComparison.Ordinal);
            string name = Decode(equals < 0 ? pair : pair[..equals]);
            _values.TryAdd(name, equals < 0 ? "" : Decode(pair[(equals + 1)..]));
        }
    }

    /// <summary>Takes parameters that came in another form.</summary>
    public HttpQuery(Dictionary<string, string> values)
    {
        _values = values;
    }

    /// <summary>A text; empty if it is not there.</summary>
    public string Text(string name)
    {
        return _values.GetValueOrDefault(name, "");
    }

    /// <summary>A truth value; false if it is not there.</summary>
    /// <exception cref="HttpQueryException">It is neither true nor false.</exception>
    public bool Flag(string name)
    {
        string text = Text(name);
        return text switch
        {
            "" or "0" or "f" or "F" or "false" or "FALSE" or "False" => false,
            "1" or "t" or "T" or "true" or "TRUE" or "True" => true,
            _ => throw new HttpQueryException($"Error decoding boolean for '{name}': strconv.ParseBool: parsing \"{text}\": invalid syntax"),
        };
    }

    /// <summary>A number from 0 to the largest of 32 bits; the default if it is not there or negative.</summary>
    /// <exception cref="HttpQueryException">It is no number.</exception>
    public int Number(string name, int whenMissing)
    {
        long number = Long(name, "int", "Atoi");
        return number <= 0 ? whenMissing : (int)Math.Min(number, int.MaxValue);
    }

    /// <summary>A connection id; 0 if it is not there.</summary>
    /// <exception cref="HttpQueryException">It is no number.</exception>
    public ulong Id(string name)
    {
        return (ulong)Math.Max(Long(name, "uint64", "ParseUint"), 0);
    }

    private long Long(string name, string kind, string function)
    {
        string text = Text(name);
        if (text.Length == 0)
            return 0;
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
            ? number
            : throw new HttpQueryException($"Error decoding {kind} for '{name}': strconv.{function}: parsing \"{text}\": invalid syntax");
    }

    private static string Decode(string text)
    {
        return Uri.UnescapeDataString(text.Replace('+', ' '));
    }
}

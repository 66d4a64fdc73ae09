using System.Globalization;

namespace Rivulet.Conformance.Tests.Targets;

/// <summary>
/// The settings a script asks for, by the names of the configuration file, so that each kind of target can be started
/// with the same ones.
/// </summary>
public sealed class ServerSettings
{
    private static readonly string[] Known =
    [
        "jetstream", "max_payload", "max_control_line", "max_connections", "max_subscriptions", "max_pending", "ping_interval",
        "ping_max", "no_header_support", "server_name", "file",
    ];

    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    /// <summary>Reads <c>name value, name value</c>; a name alone stands for true.</summary>
    public static ServerSettings Parse(string text)
    {
        var settings = new ServerSettings();
        foreach (string setting in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = setting.Split(' ', 2, StringSplitOptions.TrimEntries);
            if (!Known.Contains(parts[0]))
                throw new FormatException($"Unknown setting '{parts[0]}'.");
            settings._values[parts[0]] = parts.Length == 2 ? parts[1] : "true";
        }

        return settings;
    }

    public bool JetStream => Flag("jetstream");

    /// <summary>A configuration file beside the scripts that the other settings are added to; null for none.</summary>
    public string? File => _values.TryGetValue("file", out string? name) ? Path.Combine(AppContext.BaseDirectory, "Scripts", name) : null;

    public bool Flag(string name) => _values.TryGetValue(name, out string? value) && value == "true";

    public string? Text(string name) => _values.GetValueOrDefault(name);

    public int Number(string name, int otherwise)
    {
        return _values.TryGetValue(name, out string? value) ? int.Parse(value, CultureInfo.InvariantCulture) : otherwise;
    }

    /// <summary>A duration in milliseconds, written <c>200ms</c>.</summary>
    public TimeSpan Duration(string name, TimeSpan otherwise)
    {
        return _values.TryGetValue(name, out string? value)
            ? TimeSpan.FromMilliseconds(int.Parse(value.Replace("ms", "", StringComparison.Ordinal), CultureInfo.InvariantCulture))
            : otherwise;
    }

    /// <summary>The settings as a configuration file; JetStream is left to the command line.</summary>
    public string ToConfiguration()
    {
        IEnumerable<string> lines = _values.Where(v => v.Key is not ("jetstream" or "file")).Select(v => Line(v.Key, v.Value));
        string file = File is null ? "" : System.IO.File.ReadAllText(File);
        return string.Join('\n', lines.Prepend(file)) + "\n";
    }

    private static string Line(string name, string value)
    {
        return value.EndsWith("ms", StringComparison.Ordinal) ? $"{name}: \"{value}\"" : $"{name}: {value}";
    }
}

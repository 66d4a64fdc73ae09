using System.Text.Json;
using Rivulet.Cli.Hosting;

namespace Rivulet.Cli.Connecting;

/// <summary>
/// A saved configuration context: what a file <c>nats/context/&lt;name&gt;.json</c> under the user's configuration directory
/// says of how to connect. Read-only; the file is someone else's.
/// </summary>
internal sealed class ContextFile
{
    private readonly Dictionary<string, string> _values;

    private ContextFile(Dictionary<string, string> values) => _values = values;

    /// <summary>The text of a member of the file; null when it is absent or empty.</summary>
    public string? this[string member] => _values.TryGetValue(member, out var value) && value.Length > 0 ? value : null;

    /// <summary>True when a member of the file is the JSON value <c>true</c>.</summary>
    public bool IsTrue(string member) => this[member] == "true";

    /// <summary>
    /// The context of that name (or that file, if the name ends in <c>.json</c> and is there), or the selected one when
    /// the name is empty; null when none is selected.
    /// </summary>
    /// <exception cref="CliException">There is no such context, or its file cannot be read.</exception>
    public static ContextFile? Load(string? name, CliHost host)
    {
        if (!string.IsNullOrEmpty(name) && name.EndsWith(".json", StringComparison.Ordinal) && File.Exists(name))
        {
            return Read(name);
        }

        if (Directory(host) is not { } directory)
        {
            return string.IsNullOrEmpty(name) ? null : throw NotFound();
        }

        if (string.IsNullOrEmpty(name))
        {
            name = Selected(directory);
            if (name is null)
            {
                return null;
            }
        }

        var file = Path.Combine(directory, "context", name + ".json");
        return IsPlainName(name) && File.Exists(file) ? Read(file) : throw NotFound();
    }

    private static CliException NotFound() => new("context not found");

    private static bool IsPlainName(string name) => name.AsSpan().IndexOfAny('/', '\\') < 0 && name != "..";

    private static string? Directory(CliHost host)
    {
        if (host.Environment("XDG_CONFIG_HOME") is { Length: > 0 } configured)
        {
            return Path.Combine(configured, "nats");
        }

        var home = host.Environment("HOME") ?? host.Environment("USERPROFILE");
        return string.IsNullOrEmpty(home) ? null : Path.Combine(home, ".config", "nats");
    }

    private static string? Selected(string directory)
    {
        var file = Path.Combine(directory, "context.txt");
        if (!File.Exists(file))
        {
            return null;
        }

        var name = File.ReadAllText(file).Trim();
        return name.Length == 0 ? null : name;
    }

    private static ContextFile Read(string file)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(file));
            var values = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var member in document.RootElement.EnumerateObject())
            {
                values[member.Name] = member.Value.ValueKind switch
                {
                    JsonValueKind.String => member.Value.GetString() ?? "",
                    JsonValueKind.True => "true",
                    _ => "",
                };
            }

            return new ContextFile(values);
        }
        catch (Exception cause) when (cause is JsonException or InvalidOperationException)
        {
            throw new CliException($"could not read context {file}: {cause.Message}", cause);
        }
    }
}

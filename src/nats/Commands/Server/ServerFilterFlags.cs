using System.Text.Json;
using Rivulet.Cli.CommandLine;

namespace Rivulet.Cli.Commands.Server;

/// <summary>Flags that choose among the servers.</summary>
internal static class ServerFilterFlags
{
    public static readonly Flag<string> Host = Flag.Text("host", "Limit the report to a specific NATS server");
    public static readonly Flag<string> Cluster = Flag.Text("cluster", "Limit the report to a specific Cluster");
    public static readonly Flag<string> Tags = Flag.Texts("tags", "Limit the report to nodes matching certain tags");

    public static FlagSpec[] All => [Host, Cluster, Tags];

    public static void Write(CommandContext context, Utf8JsonWriter json)
    {
        Write(json, "server_name", context.Text(Host));
        Write(json, "cluster", context.Text(Cluster));
        var tags = context.GetAll(Tags);
        if (tags.Count == 0)
        {
            return;
        }

        json.WriteStartArray("tags");
        foreach (var tag in tags)
        {
            json.WriteStringValue(tag);
        }

        json.WriteEndArray();
    }

    public static void Write(Utf8JsonWriter json, string name, string text)
    {
        if (text.Length > 0)
        {
            json.WriteString(name, text);
        }
    }
}

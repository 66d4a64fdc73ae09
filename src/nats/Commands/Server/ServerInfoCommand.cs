using System.Text.Json;
using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Connecting;
using Rivulet.Cli.Formats;

namespace Rivulet.Cli.Commands.Server;

/// <summary><c>nats server info</c>: what one server says of itself.</summary>
internal static class ServerInfoCommand
{
    private const int ServerIdLength = 56;

    private static readonly Argument<string> Server = Argument.Optional("server", "Server ID or Name to inspect", "");

    public static CommandSpec Spec => new("info", "Show information about a single server")
    {
        Aliases = ["i"],
        Arguments = [Server],
        Run = RunAsync,
    };

    private static async Task RunAsync(CommandContext context)
    {
        await using var connection = await CliConnection.OpenAsync(context).ConfigureAwait(false);
        var name = context.Text(Server);
        var isId = name.Length == ServerIdLength && name.All(letter => char.IsAsciiLetterUpper(letter) || char.IsAsciiDigit(letter));
        var answer = await SystemQuery.AskOneAsync(
            context,
            connection,
            isId ? $"$SYS.REQ.SERVER.{name}.VARZ" : "$SYS.REQ.SERVER.PING.VARZ",
            SystemQuery.Body(json => ServerFilterFlags.Write(json, "server_name", isId ? "" : name))).ConfigureAwait(false);
        context.Print(Block(context, SystemQuery.Data(answer)));
    }

    private static InfoBlock Block(CommandContext context, JsonElement varz)
    {
        var (id, name) = (varz.Text("server_id"), varz.Text("server_name"));
        var block = new InfoBlock(id == name ? $"Server information for {id}" : $"Server information for {name} ({id})");
        block.Section("Process Details");
        block.Row("Version", varz.Text("version"));
        block.RowUnlessEmpty("Rivulet Version", varz.Text("rivulet_version"));
        block.Row("Git Commit", varz.Text("git_commit"));
        block.Row("Go Version", varz.Text("go"));
        block.Row("Start Time", context.Time(varz.Time("start")));
        block.Row("Uptime", varz.Text("uptime"));

        block.Section("Connection Details");
        block.Row("Auth Required", varz.Flag("auth_required"));
        block.Row("TLS Required", varz.Flag("tls_required"));
        block.Row("Host", $"{varz.Text("host")}:{varz.Number("port")}");
        var label = "Client URLs";
        foreach (var url in varz.Items("connect_urls"))
        {
            block.Row(label, url.GetString() ?? "");
            label = "";
        }

        AddJetStream(block, varz);
        block.Section("Limits");
        block.Row("Max Conn", varz.Number("max_connections"));
        block.Row("Max Subs", varz.Number("max_subscriptions"));
        block.Row("Max Payload", varz.Bytes("max_payload"));
        block.Row("TLS Timeout", Durations.Short(varz.Number("tls_timeout") * Durations.Second));
        block.Row("Write Deadline", Durations.Short(varz.Number("write_deadline")));

        block.Section("Statistics");
        block.Row("CPU Cores", FormattableString.Invariant($"{varz.Number("cores")} {varz.Fraction("cpu"):F2}%"));
        block.Row("Memory", varz.Bytes("mem"));
        block.Row("Connections", varz.Number("connections"));
        block.Row("Subscriptions", varz.Number("subscriptions"));
        block.Row("Messages", $"{varz.Count("in_msgs")} in {varz.Count("out_msgs")} out");
        block.Row("Bytes", $"{varz.Bytes("in_bytes")} in {varz.Bytes("out_bytes")} out");
        block.Row("Slow Consumers", varz.Number("slow_consumers"));
        return block;
    }

    private static void AddJetStream(InfoBlock block, JsonElement varz)
    {
        if (varz.Text("jetstream", "config", "store_dir") is not { Length: > 0 } directory)
        {
            return;
        }

        block.Section("JetStream");
        block.Row("Domain", varz.Text("jetstream", "config", "domain"));
        block.Row("Storage Directory", directory);
        block.Row("Max Memory", varz.Bytes("jetstream", "config", "max_memory"));
        block.Row("Max File", varz.Bytes("jetstream", "config", "max_storage"));
        block.Row("Active Accounts", varz.Number("jetstream", "stats", "accounts"));
        block.Row("Memory In Use", varz.Bytes("jetstream", "stats", "memory"));
        block.Row("File In Use", varz.Bytes("jetstream", "stats", "storage"));
        block.Row("API Requests", varz.Number("jetstream", "stats", "api", "total"));
        block.Row("API Errors", varz.Number("jetstream", "stats", "api", "errors"));
    }
}

using System.Text.Json;
using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Connecting;
using Rivulet.Cli.Formats;

namespace Rivulet.Cli.Commands.Server;

/// <summary><c>nats server report health</c>: what servers say of their health, and what is wrong.</summary>
internal static class HealthReport
{
    private const int Healthy = 200;
    private const int ErrorsShown = 10;

    private static readonly Flag<bool> JetStreamEnabled = Flag.Switch("js-enabled", "Checks that JetStream should be enabled on all servers", 'J');
    private static readonly Flag<bool> ServerOnly = Flag.Switch(
        "server-only", "Restricts the health check to the JetStream server only, do not check streams and consumers", 'S');

    private static readonly Flag<string> Account = Flag.Text("account", "Check only a specific Account");
    private static readonly Flag<string> Stream = Flag.Text("stream", "Check only a specific Stream");
    private static readonly Flag<string> Consumer = Flag.Text("consumer", "Check only a specific Consumer");

    public static CommandSpec Spec => new("health", "Report on Server health")
    {
        Arguments = [ReportFlags.Limit],
        Flags = [JetStreamEnabled, ServerOnly, Account, Stream, Consumer, .. ServerFilterFlags.All, ReportFlags.Reverse],
        Run = RunAsync,
    };

    private static async Task RunAsync(CommandContext context)
    {
        await using var connection = await CliConnection.OpenAsync(context).ConfigureAwait(false);
        var body = SystemQuery.Body(json =>
        {
            ServerFilterFlags.Write(context, json);
            json.WriteBoolean("js-enabled-only", context.Get(JetStreamEnabled));
            json.WriteBoolean("js-server-only", context.Get(ServerOnly));
            ServerFilterFlags.Write(json, "account", context.Text(Account));
            ServerFilterFlags.Write(json, "stream", context.Text(Stream));
            ServerFilterFlags.Write(json, "consumer", context.Text(Consumer));
            json.WriteBoolean("details", true);
        });
        var answers = await SystemQuery.AskAllAsync(context, connection, "$SYS.REQ.SERVER.PING.HEALTHZ", body, context.Get(ReportFlags.Limit)).ConfigureAwait(false);
        var byName = answers.OrderBy(answer => answer.Text("server", "name"), StringComparer.Ordinal);
        Print(context, [.. context.Get(ReportFlags.Reverse) ? byName.Reverse() : byName]);
    }

    private static void Print(CommandContext context, List<JsonElement> answers)
    {
        var table = new TextTable("Health Report", "Server", "Cluster", "Domain", "Status", "Type", "Error");
        var (good, errors) = (0, 0);
        foreach (var answer in answers)
        {
            var data = SystemQuery.Data(answer);
            var code = data.Number("status_code");
            good += code == Healthy ? 1 : 0;
            table.Row(
                answer.Text("server", "name"), answer.Text("server", "cluster"), answer.Text("server", "domain"), $"{data.Text("status")} ({Numbers.Plain(code)})", "", "");
            errors += AddErrors(table, data.Items("errors"));
        }

        table.Footer(
            Numbers.Plain(answers.Count),
            Numbers.Plain(answers.Select(answer => answer.Text("server", "cluster")).Distinct().Count()),
            "",
            $"ok: {Numbers.Plain(good)} / err: {Numbers.Plain(answers.Count - good)}",
            "",
            Numbers.Plain(errors));
        context.Print(table);
    }

    private static int AddErrors(TextTable table, List<JsonElement> errors)
    {
        var shown = errors.Count > ErrorsShown ? ErrorsShown - 1 : errors.Count;
        foreach (var error in errors.Take(shown))
        {
            table.Row("", "", "", "", error.Text("type"), error.Text("error"));
        }

        if (shown < errors.Count)
        {
            table.Row("", "", "", $"{Numbers.Plain(errors.Count - shown)} more errors", "", "");
        }

        return errors.Count;
    }
}

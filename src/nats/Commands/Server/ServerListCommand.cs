using System.Globalization;
using System.Text.Json;
using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Connecting;
using Rivulet.Cli.Formats;
using Rivulet.Client;

namespace Rivulet.Cli.Commands.Server;

/// <summary><c>nats server list</c>: the servers there are, a row for each.</summary>
internal static class ServerListCommand
{
    private static readonly Argument<int> Expect = Argument.Count("expect", "How many servers to expect", "0");
    private static readonly Flag<bool> Json = Flag.Switch("json", "Produce JSON output", 'j');
    private static readonly Flag<string> Sort = Flag.Choice(
        "sort",
        "Sort servers by a specific key (name, cluster, conns, subs, routes, gws, mem, cpu, slow, uptime, rtt)",
        ["name", "cluster", "conns", "conn", "subs", "sub", "routes", "route", "gws", "gw", "mem", "cpu", "slow", "uptime", "rtt"],
        byDefault: "rtt");

    private static readonly Flag<bool> Reverse = Flag.Switch("reverse", "Reverse sort servers", 'R');

    public static CommandSpec Spec => new("list", "List known servers")
    {
        Aliases = ["ls"],
        Arguments = [Expect],
        Flags = [Json, Sort, Reverse],
        Run = RunAsync,
    };

    private static async Task RunAsync(CommandContext context)
    {
        await using var connection = await CliConnection.OpenAsync(context).ConfigureAwait(false);
        var start = context.Host.Clock.GetTimestamp();
        var answers = await SystemQuery.AskAllAsync(context, connection, "$SYS.REQ.SERVER.PING", default, context.Get(Expect)).ConfigureAwait(false);
        if (context.Get(Json))
        {
            ServerJson.Print(context, answers);
            return;
        }

        // All answers of this moment are as far away; the time until the first is the round trip, as close as it can be told.
        var rtt = await RoundTripAsync(context, connection, start).ConfigureAwait(false);
        Order(answers, context.Text(Sort));
        if (context.Get(Reverse))
        {
            answers.Reverse();
        }

        Print(context, answers, rtt);
    }

    private static async Task<long> RoundTripAsync(CommandContext context, CliConnection connection, long start)
    {
        try
        {
            return (await connection.Nats.PingAsync().ConfigureAwait(false)).Ticks * 100;
        }
        catch (NatsException)
        {
            return context.Host.Clock.GetElapsedTime(start).Ticks * 100;
        }
    }

    private static void Order(List<JsonElement> answers, string key)
    {
        // List.Sort does not keep the order of equals, and answers come in by their round trip.
        var ordered = key switch
        {
            "name" or "cluster" => answers.OrderBy(answer => answer.Text("server", "name"), StringComparer.Ordinal),
            "conns" or "conn" => answers.OrderByDescending(answer => answer.Number("statsz", "connections")),
            "subs" or "sub" => answers.OrderByDescending(answer => answer.Number("statsz", "subscriptions")),
            "mem" => answers.OrderByDescending(answer => answer.Number("statsz", "mem")),
            "cpu" => answers.OrderByDescending(answer => answer.Fraction("statsz", "cpu")),
            "slow" => answers.OrderByDescending(answer => answer.Number("statsz", "slow_consumers")),
            "uptime" => answers.OrderBy(answer => answer.Time("statsz", "start")),
            _ => answers.OrderBy(_ => 0),
        };
        var list = ordered.ToList();
        answers.Clear();
        answers.AddRange(list);
    }

    private static void Print(CommandContext context, List<JsonElement> answers, long rttNanos)
    {
        var table = new TextTable(
            "Server Overview",
            "Name", "Cluster", "Host", "Version", "JS", "Conns", "Subs", TableColumn.Number("Routes"), TableColumn.Number("GWs"), "Mem", "CPU %",
            TableColumn.Number("Cores"), "Slow", "Uptime", "RTT");
        foreach (var answer in answers)
        {
            var (server, statistics) = (answer.At("server") ?? default, answer.At("statsz") ?? default);
            table.Row(
                server.Text("name"),
                server.Text("cluster"),
                server.Text("host"),
                server.Text("ver"),
                !server.Flag("jetstream") ? "no" : server.Text("domain") is { Length: > 0 } domain ? domain : "yes",
                statistics.Count("connections"),
                statistics.Count("subscriptions"),
                Numbers.Plain(statistics.Items("routes").Count),
                Numbers.Plain(statistics.Items("gateways").Count),
                statistics.Bytes("mem"),
                statistics.Fraction("cpu").ToString("F0", CultureInfo.InvariantCulture),
                Numbers.Plain(statistics.Number("cores")),
                statistics.Count("slow_consumers"),
                Durations.Short((server.Time("time") - statistics.Time("start")).Ticks * 100),
                Durations.Short(rttNanos));
        }

        table.Footer(
            "",
            Numbers.Plain(answers.Select(answer => answer.Text("server", "cluster")).Where(name => name.Length > 0).Distinct().Count()),
            Numbers.Plain(answers.Count),
            answers.Select(answer => answer.Text("server", "ver")).Distinct().Count() > 1 ? "X" : "",
            Numbers.Plain(answers.Count(answer => answer.Flag("server", "jetstream"))),
            Sum("connections"),
            Sum("subscriptions"),
            "",
            "",
            ByteSizes.Format((ulong)answers.Sum(answer => answer.Number("statsz", "mem"))),
            "",
            "",
            Sum("slow_consumers"),
            "",
            "");
        context.Print(table);

        string Sum(string member) => Numbers.WithCommas(answers.Sum(answer => answer.Number("statsz", member)));
    }
}

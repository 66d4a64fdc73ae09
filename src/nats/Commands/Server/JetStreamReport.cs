using System.Globalization;
using System.Text.Json;
using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Connecting;
using Rivulet.Cli.Formats;

namespace Rivulet.Cli.Commands.Server;

/// <summary><c>nats server report jetstream</c>: what JetStream holds and does on each server.</summary>
internal static class JetStreamReport
{
    private const int StreamsMax = 10_000;

    private static readonly Flag<string> Account = Flag.Text("account", "Produce the report for a specific account");
    private static readonly Flag<string> Sort = Flag.Choice(
        "sort",
        "Sort by a specific property (name, cluster, streams, consumers, msgs, mbytes, mem, file, api, err)",
        ["name", "cluster", "streams", "consumers", "msgs", "mbytes", "bytes", "mem", "file", "store", "api", "err"],
        byDefault: "cluster");

    public static CommandSpec Spec => new("jetstream", "Report on JetStream activity")
    {
        Aliases = ["jsz", "js"],
        Arguments = [ReportFlags.Limit],
        Flags = [Account, .. ServerFilterFlags.All, Sort, ReportFlags.Reverse],
        Run = RunAsync,
    };

    private static async Task RunAsync(CommandContext context)
    {
        await using var connection = await CliConnection.OpenAsync(context).ConfigureAwait(false);
        var account = context.Text(Account);
        var body = SystemQuery.Body(json =>
        {
            ServerFilterFlags.Write(context, json);
            if (account.Length == 0)
            {
                return;
            }

            json.WriteString("account", account);
            json.WriteBoolean("streams", true);
            json.WriteBoolean("consumer", true);
            json.WriteNumber("limit", StreamsMax);
        });
        var answers = await SystemQuery.AskAllAsync(
            context, connection, "$SYS.REQ.SERVER.PING.JSZ", body, context.Get(ReportFlags.Limit)).ConfigureAwait(false);
        var sort = context.Text(Sort);
        var rows = answers.OrderBy(answer => answer.Text("server", "name"), StringComparer.Ordinal).Select(ServerFigures.Of);
        Print(context, ReportFlags.Order(context, rows, one => one.KeyOf(sort)), account);
    }

    private static void Print(CommandContext context, List<ServerFigures> servers, string account)
    {
        var withDomain = servers.Exists(server => server.Domain.Length > 0);
        List<TableColumn> columns = ["Server", "Cluster"];
        if (withDomain)
        {
            columns.Add("Domain");
        }

        columns.AddRange(["Streams", "Consumers", "Messages", "Bytes", "Memory", "File", "API Req", "API Err", TableColumn.Number("Pending")]);
        var table = new TextTable(
            account.Length > 0 ? $"JetStream Summary for Account {account}" : "JetStream Summary", [.. columns]);
        foreach (var server in servers)
        {
            table.Row([server.Name, server.Cluster, .. withDomain ? [server.Domain] : (string[])[], .. server.Cells(), "0"]);
        }

        var total = servers.Aggregate(ServerFigures.None, (sum, server) => sum.Plus(server));
        table.Footer(["", "", .. withDomain ? [""] : (string[])[], .. total.Cells(withRate: false), "0"]);
        context.Print(table);
    }

    private sealed record ServerFigures
    {
        public static readonly ServerFigures None = new();

        public string Name { get; private init; } = "";

        public string Cluster { get; private init; } = "";

        public string Domain { get; private init; } = "";

        private long Streams { get; init; }

        private long Consumers { get; init; }

        private long Messages { get; init; }

        private long Bytes { get; init; }

        private long Memory { get; init; }

        private long Store { get; init; }

        private long Requests { get; init; }

        private long Errors { get; init; }

        /// <summary>The figures of a server, or of the one account that was asked for.</summary>
        public static ServerFigures Of(JsonElement answer)
        {
            var data = SystemQuery.Data(answer);
            var accounts = data.Items("account_details");
            var source = accounts.Count == 1 ? accounts[0] : data;
            var figures = new ServerFigures
            {
                Name = answer.Text("server", "name"),
                Cluster = answer.Text("server", "cluster"),
                Domain = data.Text("config", "domain"),
                Memory = source.Number("memory"),
                Store = source.Number("storage"),
                Requests = source.Number("api", "total"),
                Errors = source.Number("api", "errors"),
            };
            if (accounts.Count != 1)
            {
                return figures with
                {
                    Streams = data.Number("streams"),
                    Consumers = data.Number("consumers"),
                    Messages = data.Number("messages"),
                    Bytes = data.Number("bytes"),
                };
            }

            var streams = source.Items("stream_detail");
            return figures with
            {
                Streams = streams.Count,
                Consumers = streams.Sum(stream => stream.Number("state", "consumer_count")),
                Messages = streams.Sum(stream => stream.Number("state", "messages")),
                Bytes = figures.Memory + figures.Store,
            };
        }

        public ServerFigures Plus(ServerFigures other) => this with
        {
            Streams = Streams + other.Streams,
            Consumers = Consumers + other.Consumers,
            Messages = Messages + other.Messages,
            Bytes = Bytes + other.Bytes,
            Memory = Memory + other.Memory,
            Store = Store + other.Store,
            Requests = Requests + other.Requests,
            Errors = Errors + other.Errors,
        };

        public string[] Cells(bool withRate = true)
        {
            var errors = Numbers.WithCommas(Errors);
            if (withRate && Requests > 0 && Errors > 0)
            {
                errors += string.Create(CultureInfo.InvariantCulture, $" / {Errors * 100.0 / Requests:0.##}%");
            }

            return
            [
                Numbers.WithCommas(Streams),
                Numbers.WithCommas(Consumers),
                Numbers.WithCommas(Messages),
                ByteSizes.Format((ulong)Bytes),
                ByteSizes.Format((ulong)Memory),
                ByteSizes.Format((ulong)Store),
                Numbers.WithCommas(Requests),
                errors,
            ];
        }

        public double KeyOf(string sort) => sort switch
        {
            "streams" => Streams,
            "consumers" => Consumers,
            "msgs" => Messages,
            "mbytes" or "bytes" => Bytes,
            "mem" => Memory,
            "file" or "store" => Store,
            "api" => Requests,
            "err" => Errors,
            _ => 0,
        };
    }
}

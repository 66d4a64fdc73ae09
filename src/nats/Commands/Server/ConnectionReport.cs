using System.Text.Json;
using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Connecting;
using Rivulet.Cli.Formats;

namespace Rivulet.Cli.Commands.Server;

/// <summary><c>nats server report connections</c>: the connections of all servers, and how many each server has.</summary>
internal static class ConnectionReport
{
    /// <summary>What users of the system account ask for the connections of all accounts.</summary>
    public const string OfServers = "$SYS.REQ.SERVER.PING.CONNZ";

    /// <summary>What any user asks for the connections of the own account.</summary>
    private const string OfAccount = "$SYS.REQ.ACCOUNT.PING.CONNZ";

    private const int NameLengthMax = 40;
    private const int AccountLengthMax = 46;
    private const int AccountLengthShown = 12;

    private static readonly Flag<string> Account = Flag.Text("account", "Limit report to a specific account");
    private static readonly Flag<string> Sort = Flag.Choice(
        "sort",
        "Sort by a specific property (in-bytes, out-bytes, in-msgs, out-msgs, uptime, cid, subs)",
        ["in-bytes", "out-bytes", "in-msgs", "out-msgs", "uptime", "cid", "subs"],
        byDefault: "subs");

    private static readonly Flag<string> Subject = Flag.Text("subject", "Limits responses only to those connections with matching subscription interest");
    private static readonly Flag<string> User = Flag.Text("username", "Limits responses only to those connections for a specific authentication username");
    private static readonly Flag<string> State = Flag.Choice(
        "state", "Limits responses only to those connections that are in a specific state (open, closed, all)", ["open", "closed", "all"], byDefault: "open");

    private static readonly Flag<string> Reason = Flag.Text("closed-reason", "Filter results based on a closed reason", "REASON");

    public static CommandSpec Spec => new("connections", "Report on connections")
    {
        Aliases = ["conn", "connz", "conns"],
        Arguments = [ReportFlags.Limit],
        Flags = [Account, .. ServerFilterFlags.All, Sort, ReportFlags.Top, Subject, User, State, Reason, ReportFlags.Json, ReportFlags.Reverse],
        Run = context => RunAsync(context, OfServers),
    };

    /// <summary><c>nats account report connections</c>: the same about the own account.</summary>
    public static CommandSpec OwnSpec => new("connections", "Report on connections")
    {
        Aliases = ["conn", "connz", "conns"],
        Flags = [Sort, ReportFlags.Top, State, Reason, ReportFlags.Json, ReportFlags.Reverse],
        Run = context => RunAsync(context, OfAccount),
    };

    /// <summary>Prints a table of connections, and one of their servers.</summary>
    public static void Print(CommandContext context, List<ReportedConnection> connections, string sort, bool withReason)
    {
        var top = context.Get(ReportFlags.Top);
        var limit = top > 0 && top <= connections.Count ? top : connections.Count;
        List<TableColumn> columns =
        [
            "CID", "Name", "Server", "Cluster", "IP", "Account", "Uptime", "In Msgs", "Out Msgs", "In Bytes", "Out Bytes", "Subs",
        ];
        if (withReason)
        {
            columns.Add("Reason");
        }

        var table = new TextTable($"Top {Numbers.Plain(limit)} Connections out of {Numbers.WithCommas(connections.Count)} by {sort}", [.. columns]);
        foreach (var one in connections.Take(limit))
        {
            table.Row([.. Cells(one), .. withReason ? [one.Connection.Text("reason")] : (string[])[]]);
        }

        if (connections.Count > 1)
        {
            table.Footer([.. Totals(connections), .. withReason ? [""] : (string[])[]]);
        }

        context.Print(table);
        PrintServers(context, connections);
    }

    private static async Task RunAsync(CommandContext context, string subject)
    {
        await using var connection = await CliConnection.OpenAsync(context).ConfigureAwait(false);
        var all = await ReportedConnection.AskAsync(context, connection, subject, json => Write(context, json)).ConfigureAwait(false);
        if (context.Text(Reason) is { Length: > 0 } reason)
        {
            all.RemoveAll(one => !one.Connection.Text("reason").Contains(reason, StringComparison.OrdinalIgnoreCase));
        }

        if (context.Get(ReportFlags.Json))
        {
            ServerJson.Print(context, all.Select(one => one.Connection));
            return;
        }

        var sort = context.Text(Sort);
        Print(context, ReportFlags.Order(context, all, one => KeyOf(one.Connection, sort)), sort, context.Text(State) != "open");
    }

    private static void Write(CommandContext context, Utf8JsonWriter json)
    {
        ServerFilterFlags.Write(json, "acc", context.Text(Account));
        ServerFilterFlags.Write(json, "user", context.Text(User));
        ServerFilterFlags.Write(json, "filter_subject", context.Text(Subject));
        json.WriteNumber("state", context.Text(State) switch { "closed" => 1, "all" => 2, _ => 0 });
    }

    private static double KeyOf(JsonElement connection, string sort) => sort switch
    {
        "in-bytes" => connection.Number("in_bytes"),
        "out-bytes" => connection.Number("out_bytes"),
        "in-msgs" => connection.Number("in_msgs"),
        "out-msgs" => connection.Number("out_msgs"),
        "uptime" => -connection.Time("start").UtcTicks,
        "cid" => connection.Number("cid"),
        _ => connection.Items("subscriptions_list").Count,
    };

    private static string[] Cells(ReportedConnection one)
    {
        var (connection, name, account) = (one.Connection, one.Connection.Text("name"), one.Account);
        return
        [
            Numbers.Plain(connection.Number("cid")),
            name.Length > NameLengthMax ? name[..NameLengthMax] + " .." : name,
            one.ServerName,
            one.Server.Text("cluster"),
            $"{connection.Text("ip")}:{Numbers.Plain(connection.Number("port"))}",
            account.Length > AccountLengthMax ? account[..AccountLengthShown] + " .." : account,
            connection.Text("uptime"),
            connection.Count("in_msgs"),
            connection.Count("out_msgs"),
            connection.Bytes("in_bytes"),
            connection.Bytes("out_bytes"),
            Numbers.WithCommas(connection.Items("subscriptions_list").Count),
        ];
    }

    private static string[] Totals(List<ReportedConnection> connections)
    {
        return
        [
            "", $"Totals for {Numbers.WithCommas(connections.Count)} connections", "", "", "", "", "",
            Numbers.WithCommas(Sum("in_msgs")),
            Numbers.WithCommas(Sum("out_msgs")),
            ByteSizes.Format((ulong)Sum("in_bytes")),
            ByteSizes.Format((ulong)Sum("out_bytes")),
            Numbers.WithCommas(Sum("subscriptions")),
        ];

        long Sum(string member) => connections.Sum(one => one.Connection.Number(member));
    }

    private static void PrintServers(CommandContext context, List<ReportedConnection> connections)
    {
        if (connections.Count == 0)
        {
            return;
        }

        var table = new TextTable("Connections per server", "Server", "Cluster", TableColumn.Number("Connections"));
        foreach (var server in connections.GroupBy(one => one.ServerName).OrderBy(group => group.Count()))
        {
            table.Row(server.Key, server.First().Server.Text("cluster"), Numbers.Plain(server.Count()));
        }

        context.Print(table);
    }
}

using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Connecting;
using Rivulet.Cli.Formats;

namespace Rivulet.Cli.Commands.Server;

/// <summary><c>nats server report accounts</c>: what the connections of each account do, or the connections of one.</summary>
internal static class AccountReport
{
    private static readonly Argument<string> Account = Argument.Optional("account", "Account to produce a report for", "");
    private static readonly Flag<string> Sort = Flag.Choice(
        "sort",
        "Sort by a specific property (in-bytes, out-bytes, in-msgs, out-msgs, conns, subs)",
        ["in-bytes", "out-bytes", "in-msgs", "out-msgs", "conns", "subs"],
        byDefault: "subs");

    public static CommandSpec Spec => new("accounts", "Report on account activity")
    {
        Aliases = ["acct"],
        Arguments = [Account, ReportFlags.Limit],
        Flags = [.. ServerFilterFlags.All, Sort, ReportFlags.Top, ReportFlags.Reverse],
        Run = RunAsync,
    };

    private static async Task RunAsync(CommandContext context)
    {
        await using var connection = await CliConnection.OpenAsync(context).ConfigureAwait(false);
        var account = context.Text(Account);
        var all = await ReportedConnection.AskAsync(
            context, connection, ConnectionReport.OfServers, json => ServerFilterFlags.Write(json, "acc", account)).ConfigureAwait(false);
        if (account.Length == 0)
        {
            Print(context, all);
        }
        else if (all.Count == 0)
        {
            throw new CliException($"did not receive any results for account {account}");
        }
        else
        {
            ConnectionReport.Print(context, all, context.Text(Sort), withReason: false);
        }
    }

    private static void Print(CommandContext context, List<ReportedConnection> connections)
    {
        var sort = context.Text(Sort);
        var totals = ReportFlags.Order(context, connections.GroupBy(one => one.Account).Select(AccountTotals.Of), one => one.KeyOf(sort));
        var surplus = Math.Max(0, totals.Count - context.Get(ReportFlags.Top));
        var shown = context.Get(ReportFlags.Reverse) ? totals.SkipLast(surplus) : totals.Skip(surplus);
        var table = new TextTable(
            $"{Numbers.Plain(totals.Count - surplus)} Accounts Overview", "Account", "Connections", "In Msgs", "Out Msgs", "In Bytes", "Out Bytes", "Subs");
        foreach (var one in shown)
        {
            table.Row(
                one.Account,
                Numbers.WithCommas(one.Connections),
                Numbers.WithCommas(one.InMessages),
                Numbers.WithCommas(one.OutMessages),
                ByteSizes.Format((ulong)one.InBytes),
                ByteSizes.Format((ulong)one.OutBytes),
                Numbers.WithCommas(one.Subscriptions));
        }

        context.Print(table);
    }

    private sealed record AccountTotals(
        string Account, long Connections, long InMessages, long OutMessages, long InBytes, long OutBytes, long Subscriptions)
    {
        public static AccountTotals Of(IGrouping<string, ReportedConnection> connections) => new(
            connections.Key,
            connections.Count(),
            connections.Sum(one => one.Connection.Number("in_msgs")),
            connections.Sum(one => one.Connection.Number("out_msgs")),
            connections.Sum(one => one.Connection.Number("in_bytes")),
            connections.Sum(one => one.Connection.Number("out_bytes")),
            connections.Sum(one => (long)one.Connection.Items("subscriptions_list").Count));

        public double KeyOf(string sort) => sort switch
        {
            "in-bytes" => InBytes,
            "out-bytes" => OutBytes,
            "in-msgs" => InMessages,
            "out-msgs" => OutMessages,
            "conns" => Connections,
            _ => Subscriptions,
        };
    }
}

using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Connecting;
using Rivulet.Cli.Formats;

namespace Rivulet.Cli.Commands.Server.Checks;

/// <summary><c>nats server check meta</c>: whether the servers of a cluster agree on what streams there are. A server on its own has no cluster.</summary>
internal static class MetaCheck
{
    private static readonly Flag<int> Expect = Flag.Count("expect", "Number of servers to expect", 0);
    private static readonly Flag<ulong> LagCritical = Flag.Unsigned("lag-critical", "Critical threshold to allow for lag", "OPS");
    private static readonly Flag<long> SeenCritical = Flag.Duration("seen-critical", "Critical threshold for how long ago a peer should have been seen", "DURATION");

    public static CommandSpec Spec => new("meta", "Check JetStream cluster state")
    {
        Aliases = ["raft"],
        Flags = [Expect, LagCritical, SeenCritical, .. CheckRunner.Flags],
        Run = context =>
        {
            foreach (var flag in (FlagSpec[])[Expect, LagCritical, SeenCritical])
            {
                CheckFlags.Require(context, flag);
            }

            return CheckRunner.RunAsync(context, "JetStream Meta Cluster", "meta", (connection, result) => CheckAsync(context, connection, result));
        },
    };

    private static async Task CheckAsync(CommandContext context, CliConnection connection, CheckResult result)
    {
        var body = SystemQuery.Body(json => json.WriteBoolean("leader_only", true));
        var page = SystemQuery.Data(await SystemQuery.AskOneAsync(context, connection, "$SYS.REQ.SERVER.PING.JSZ", body).ConfigureAwait(false));
        if (page.At("meta_cluster") is not { } cluster)
        {
            result.Critical("no cluster information");
            return;
        }

        if (cluster.Text("leader") is not { Length: > 0 } leader)
        {
            result.Critical("No leader");
            return;
        }

        var peers = cluster.Items("replicas");
        var (expected, lagMax, seenMax) = (context.Get(Expect), context.Get(LagCritical), context.Get(SeenCritical));
        result.Add(new CheckMetric("peers", peers.Count + 1, "", expected, expected, "Configured RAFT peers"));
        if (expected > 0 && peers.Count + 1 != expected)
        {
            result.Critical($"{peers.Count + 1} peers of expected {expected}");
        }

        Count("peer_offline", "Offline RAFT peers", peers.Count(peer => peer.Flag("offline")), "offline");
        Count("peer_not_current", "RAFT peers that are not current", peers.Count(peer => !peer.Flag("current")), "not current");
        Count(
            "peer_inactive", "Inactive RAFT peers", peers.Count(peer => seenMax > 0 && peer.Number("active") > seenMax), $"inactive more than {Durations.Short(seenMax)}");
        Count(
            "peer_lagged", "RAFT peers that are lagged more than configured threshold",
            peers.Count(peer => lagMax > 0 && (ulong)Math.Max(0, peer.Number("lag")) > lagMax), $"lagged more than {lagMax} ops");
        if (result.ExitCode == 0)
        {
            result.Ok($"{peers.Count + 1} peers led by {leader}");
        }

        void Count(string name, string help, int count, string what)
        {
            result.Add(new CheckMetric(name, count, Help: help));
            if (count > 0)
            {
                result.Critical($"{count} {what}");
            }
        }
    }
}

using Rivulet.Cli.Formats;
using Rivulet.Client.JetStream;
using Rivulet.Client.KeyValue;

namespace Rivulet.Cli.Commands.KeyValue;

/// <summary>The block of information on a bucket that <c>add</c>, <c>edit</c> and <c>info</c> print.</summary>
internal static class KvStatusBlock
{
    private const string StreamPrefix = "KV_";
    private const string ReservedPrefix = "_nats.";

    public static void Print(CommandContext context, KeyValueStatus status)
    {
        var block = new InfoBlock($"Information for Key-Value Store Bucket {status.Bucket} created {context.Time(status.Created)}");
        AddConfiguration(block, status);
        AddMirror(block, status.StreamInfo);
        AddSources(block, status.StreamInfo);
        AddMetadata(block, status.Metadata);
        if (status.StreamInfo.Cluster is { } cluster)
        {
            AddCluster(block, cluster);
        }

        context.Print(block);
    }

    private static void AddConfiguration(InfoBlock block, KeyValueStatus status)
    {
        block.Section("Configuration");
        block.Row("Bucket Name", status.Bucket);
        block.Row("History Kept", status.History);
        block.Row("Values Stored", status.Values);
        block.Row("Compressed", status.IsCompressed);
        block.Row("Per-Key TTL Supported", status.LimitMarkerTtl > TimeSpan.Zero);
        if (status.LimitMarkerTtl > TimeSpan.Zero)
        {
            block.Row("Limit Marker TTL", Durations.Short(Nanos(status.LimitMarkerTtl)));
        }

        block.Row("Backing Store Kind", status.BackingStore);
        block.RowUnlessEmpty("Description", status.Description);
        block.Row("Bucket Size", ByteSizes.Format(status.Bytes));
        block.Row("Maximum Bucket Size", Limit(status.MaxBytes));
        block.Row("Maximum Value Size", Limit(status.MaxValueSize));
        block.Row("Maximum Age", status.TimeToLive <= TimeSpan.Zero ? "unlimited" : Durations.Short(Nanos(status.TimeToLive)));
        block.Row("JetStream Stream", status.StreamName);
        block.Row("Storage", status.Storage == StorageType.Memory ? "Memory" : "File");
        if (status.StreamInfo.Config.Republish is { } republish)
        {
            block.Row(
                republish.HeadersOnly ? "Republishing Headers" : "Republishing",
                $"{republish.Source} to {republish.Destination}");
        }
    }

    private static void AddMirror(InfoBlock block, StreamInfo stream)
    {
        if (stream.Mirror is not { } state || stream.Config.Mirror is not { } mirror)
        {
            return;
        }

        block.Section("Mirror Information");
        block.Row("Origin Bucket", BucketOf(mirror.Name));
        block.RowUnlessEmpty("External API", mirror.External?.ApiPrefix);
        AddProgress(block, state);
    }

    private static void AddSources(InfoBlock block, StreamInfo stream)
    {
        if (stream.Sources is not { Count: > 0 } states)
        {
            return;
        }

        block.Section("Sources Information");
        foreach (var state in states)
        {
            foreach (var source in stream.Config.Sources ?? [])
            {
                if (source.Name == state.Name)
                {
                    block.Row("Source Bucket", BucketOf(state.Name));
                    block.RowUnlessEmpty("External API", source.External?.ApiPrefix);
                }
            }

            AddProgress(block, state);
        }
    }

    private static void AddProgress(InfoBlock block, StreamSourceInfo state)
    {
        block.Row("Last Seen", IsKnown(state.Active) ? Durations.Short(Nanos(state.Active)) : "never");
        block.Row("Lag", state.Lag);
    }

    private static void AddMetadata(InfoBlock block, IReadOnlyDictionary<string, string>? metadata)
    {
        var shown = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in metadata ?? new Dictionary<string, string>())
        {
            if (!name.StartsWith(ReservedPrefix, StringComparison.Ordinal))
            {
                shown[name] = value;
            }
        }

        if (shown.Count == 0)
        {
            return;
        }

        block.Section("Metadata");
        foreach (var (name, value) in shown)
        {
            block.Row(name, value);
        }
    }

    private static void AddCluster(InfoBlock block, ClusterInfo cluster)
    {
        block.Section("Cluster Information");
        block.Row("Name", cluster.Name ?? "");
        block.Row("Leader", cluster.Leader ?? "");
        foreach (var replica in cluster.Replicas ?? [])
        {
            block.Row("Replica", Replica(replica));
        }
    }

    private static string Replica(PeerInfo replica)
    {
        var state = $"{replica.Name}, {(replica.Current ? "current" : "outdated")}";
        if (replica.Offline)
        {
            state += ", OFFLINE";
        }

        state += IsKnown(replica.Active) ? $", seen {Durations.Short(Nanos(replica.Active))} ago" : ", not seen";
        return replica.Lag switch
        {
            0 => state,
            1 => state + ", 1 operation behind",
            _ => $"{state}, {Numbers.WithCommas(replica.Lag)} operations behind",
        };
    }

    private static string Limit(long bytes) => bytes == -1 ? "unlimited" : ByteSizes.Format((ulong)bytes);

    private static string BucketOf(string stream) =>
        stream.StartsWith(StreamPrefix, StringComparison.Ordinal) ? stream[StreamPrefix.Length..] : stream;

    /// <summary>False for what was never seen, which the server tells as a negative or an endless time.</summary>
    private static bool IsKnown(TimeSpan active) => active > TimeSpan.Zero && active < TimeSpan.FromDays(365 * 250);

    private static long Nanos(TimeSpan time) => time.Ticks * 100;
}

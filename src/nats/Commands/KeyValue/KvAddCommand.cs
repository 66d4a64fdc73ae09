using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Connecting;
using Rivulet.Cli.Formats;
using Rivulet.Client.JetStream;
using Rivulet.Client.KeyValue;

namespace Rivulet.Cli.Commands.KeyValue;

/// <summary><c>nats kv add</c>: creates a bucket and shows it. A bucket that is there with the same settings is shown too.</summary>
internal static class KvAddCommand
{
    public static CommandSpec Spec => new("add", "Adds a new bucket")
    {
        Aliases = ["new"],
        Arguments = [KvCommands.Bucket],
        Flags =
        [
            KvBucketFlags.Description, KvBucketFlags.History, KvBucketFlags.Storage, KvBucketFlags.Ttl,
            KvBucketFlags.MarkerTtl, KvBucketFlags.Replicas, KvBucketFlags.MaxValueSize, KvBucketFlags.MaxBucketSize,
            KvBucketFlags.Tags, KvBucketFlags.Cluster, KvBucketFlags.Compress, KvBucketFlags.Metadata,
            KvBucketFlags.RepublishSource, KvBucketFlags.RepublishDestination, KvBucketFlags.RepublishHeaders,
            KvBucketFlags.Mirror, KvBucketFlags.MirrorDomain, KvBucketFlags.Source,
        ],
        Run = RunAsync,
    };

    private static async Task RunAsync(CommandContext context)
    {
        await using var connection = await CliConnection.OpenAsync(context).ConfigureAwait(false);
        var bucket = await connection.Buckets.CreateBucketAsync(Describe(context)).ConfigureAwait(false);
        KvStatusBlock.Print(context, await bucket.StatusAsync().ConfigureAwait(false));
    }

    private static KeyValueConfig Describe(CommandContext context)
    {
        var sources = KvBucketFlags.SourcesOf(context);
        return new KeyValueConfig(context.Text(KvCommands.Bucket))
        {
            Description = context.Get(KvBucketFlags.Description),
            History = (int)context.Get(KvBucketFlags.History),
            Storage = context.Get(KvBucketFlags.Storage) is { } storage && storage.StartsWith('m') ? StorageType.Memory : StorageType.File,
            TimeToLive = Durations.ToTimeSpan(context.Get(KvBucketFlags.Ttl)),
            LimitMarkerTtl = Durations.ToTimeSpan(context.Get(KvBucketFlags.MarkerTtl)),
            Replicas = (int)Math.Min(int.MaxValue, context.Get(KvBucketFlags.Replicas)),
            MaxValueSize = context.Has(KvBucketFlags.MaxValueSize) ? (int)context.Get(KvBucketFlags.MaxValueSize) : -1,
            MaxBytes = context.Has(KvBucketFlags.MaxBucketSize) ? context.Get(KvBucketFlags.MaxBucketSize) : -1,
            Compression = context.Get(KvBucketFlags.Compress),
            Placement = KvBucketFlags.PlacementOf(context),
            Republish = KvBucketFlags.RepublishOf(context),
            Mirror = MirrorOf(context),
            Sources = sources.Count == 0 ? null : sources,
            Metadata = KvBucketFlags.MetadataOf(context),
        };
    }

    private static StreamSource? MirrorOf(CommandContext context)
    {
        if (context.Get(KvBucketFlags.Mirror) is not { Length: > 0 } name)
        {
            return null;
        }

        var domain = context.Get(KvBucketFlags.MirrorDomain);
        return new StreamSource
        {
            Name = name,
            External = string.IsNullOrEmpty(domain) ? null : new ExternalStream { ApiPrefix = $"$JS.{domain}.API" },
        };
    }
}

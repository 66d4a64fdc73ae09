using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Connecting;
using Rivulet.Cli.Formats;
using Rivulet.Client.JetStream;
using Rivulet.Client.KeyValue;

namespace Rivulet.Cli.Commands.KeyValue;

/// <summary><c>nats kv edit</c>: changes what its flags name of a bucket, and leaves the rest as it is.</summary>
internal static class KvEditCommand
{
    public static CommandSpec Spec => new("edit", "Changes a bucket that is there")
    {
        Arguments = [KvCommands.Bucket],
        Flags =
        [
            KvBucketFlags.Description, KvBucketFlags.History, KvBucketFlags.Ttl, KvBucketFlags.MarkerTtl,
            KvBucketFlags.Replicas, KvBucketFlags.MaxValueSize, KvBucketFlags.MaxBucketSize, KvBucketFlags.Tags,
            KvBucketFlags.Cluster, KvBucketFlags.Compress, KvBucketFlags.Metadata, KvBucketFlags.RepublishSource,
            KvBucketFlags.RepublishDestination, KvBucketFlags.RepublishHeaders, KvBucketFlags.NoMirror,
            KvBucketFlags.Source,
        ],
        Run = RunAsync,
    };

    private static async Task RunAsync(CommandContext context)
    {
        await using var connection = await CliConnection.OpenAsync(context).ConfigureAwait(false);
        var bucket = await KvCommands.OpenAsync(connection, context.Text(KvCommands.Bucket)).ConfigureAwait(false);
        var status = await bucket.StatusAsync().ConfigureAwait(false);
        var edited = await connection.Buckets.UpdateBucketAsync(Edit(context, Current(status))).ConfigureAwait(false);
        KvStatusBlock.Print(context, await edited.StatusAsync().ConfigureAwait(false));
    }

    /// <summary>The bucket as it is, in the terms of an update, which sets whatever it does not give to its default.</summary>
    private static KeyValueConfig Current(KeyValueStatus status)
    {
        var stream = status.StreamInfo.Config;
        return new KeyValueConfig(status.Bucket)
        {
            Description = stream.Description,
            History = (int)status.History,
            TimeToLive = status.TimeToLive,
            LimitMarkerTtl = status.LimitMarkerTtl,
            MaxBytes = stream.MaxBytes,
            MaxValueSize = stream.MaxMessageSize,
            Storage = stream.Storage,
            Replicas = stream.Replicas,
            Compression = status.IsCompressed,
            Placement = stream.Placement,
            Republish = stream.Republish,
            Mirror = stream.Mirror,
            Sources = stream.Sources,
            Metadata = stream.Metadata,
        };
    }

    private static KeyValueConfig Edit(CommandContext context, KeyValueConfig current) => current with
    {
        Description = context.Has(KvBucketFlags.Description) ? context.Get(KvBucketFlags.Description) : current.Description,
        History = context.Has(KvBucketFlags.History) ? (int)context.Get(KvBucketFlags.History) : current.History,
        TimeToLive = Time(KvBucketFlags.Ttl, current.TimeToLive, context),
        LimitMarkerTtl = Time(KvBucketFlags.MarkerTtl, current.LimitMarkerTtl, context),
        MaxBytes = context.Has(KvBucketFlags.MaxBucketSize) ? context.Get(KvBucketFlags.MaxBucketSize) : current.MaxBytes,
        MaxValueSize = context.Has(KvBucketFlags.MaxValueSize) ? (int)context.Get(KvBucketFlags.MaxValueSize) : current.MaxValueSize,
        Replicas = context.Has(KvBucketFlags.Replicas) ? (int)Math.Min(int.MaxValue, context.Get(KvBucketFlags.Replicas)) : current.Replicas,
        Compression = context.Has(KvBucketFlags.Compress) ? context.Get(KvBucketFlags.Compress) : current.Compression,
        Placement = KvBucketFlags.PlacementOf(context) ?? current.Placement,
        Republish = KvBucketFlags.RepublishOf(context) ?? current.Republish,
        Mirror = context.Get(KvBucketFlags.NoMirror) ? null : current.Mirror,
        Sources = Sources(context, current.Sources),
        Metadata = KvBucketFlags.MetadataOf(context) ?? current.Metadata,
    };

    private static TimeSpan Time(Flag<long> flag, TimeSpan current, CommandContext context) =>
        context.Has(flag) ? Durations.ToTimeSpan(context.Get(flag)) : current;

    private static IReadOnlyList<StreamSource>? Sources(CommandContext context, IReadOnlyList<StreamSource>? current)
    {
        var added = KvBucketFlags.SourcesOf(context);
        return added.Count == 0 ? current : [.. current ?? [], .. added];
    }
}

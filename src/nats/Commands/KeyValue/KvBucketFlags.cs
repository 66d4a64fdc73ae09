using Rivulet.Cli.CommandLine;
using Rivulet.Client.JetStream;

namespace Rivulet.Cli.Commands.KeyValue;

/// <summary>The flags that describe a bucket, for <c>add</c> and <c>edit</c>.</summary>
internal static class KvBucketFlags
{
    public static readonly Flag<string> Description = Flag.Text("description", "Text that describes the bucket");
    public static readonly Flag<long> History = Flag.Within("history", "Number of values to keep of each key", 1, 64, 1);
    public static readonly Flag<string> Storage = Flag.Choice("storage", "Where to keep the values (file, memory)", ["file", "f", "memory", "m"]);
    public static readonly Flag<long> Ttl = Flag.Duration("ttl", "Time that values are kept", "DURATION");
    public static readonly Flag<long> MarkerTtl = Flag.Duration("marker-ttl", "Allows TTLs of single keys, and sets that of limit markers", "DURATION");
    public static readonly Flag<ulong> Replicas = Flag.Unsigned("replicas", "Number of copies of the data", byDefault: "1");
    public static readonly Flag<long> MaxValueSize = Flag.Bytes("max-value-size", "Largest size of a value", int.MaxValue);
    public static readonly Flag<long> MaxBucketSize = Flag.Bytes("max-bucket-size", "Largest size of the bucket", long.MaxValue);
    public static readonly Flag<string> Tags = Flag.Texts("tags", "Only servers with these tags may hold the bucket");
    public static readonly Flag<string> Cluster = Flag.Text("cluster", "The cluster that is to hold the bucket");
    public static readonly Flag<bool> Compress = Flag.Toggle("compress", "Compress what is stored");

    public static readonly Flag<string> Metadata = new("metadata", "Metadata to put on the stream", CheckPair)
    {
        PlaceHolder = "META",
        IsRepeatable = true,
    };

    public static readonly Flag<string> RepublishSource = Flag.Text("republish-source", "Subjects to publish again on --republish-destination", "SRC");
    public static readonly Flag<string> RepublishDestination = Flag.Text("republish-destination", "Where to publish what --republish-source names", "DEST");
    public static readonly Flag<bool> RepublishHeaders = Flag.Switch("republish-headers", "Publish only the headers again, not the values");
    public static readonly Flag<string> Mirror = Flag.Text("mirror", "The bucket that the new one is to mirror");
    public static readonly Flag<string> MirrorDomain = Flag.Text("mirror-domain", "The domain in which the mirrored bucket is");
    public static readonly Flag<bool> NoMirror = Flag.Toggle("no-mirror", "Makes a mirror a bucket of its own");
    public static readonly Flag<string> Source = Flag.Texts("source", "Another bucket to copy from", "BUCKET");

    /// <summary>Where in a cluster, or null when no flag says so.</summary>
    public static Placement? PlacementOf(CommandContext context)
    {
        var tags = context.GetAll(Tags);
        var cluster = context.Get(Cluster);
        return string.IsNullOrEmpty(cluster) && tags.Count == 0
            ? null
            : new Placement { Cluster = cluster, Tags = tags.Count == 0 ? null : tags };
    }

    /// <summary>Where values are published again, or null when no flag says so.</summary>
    public static Republish? RepublishOf(CommandContext context)
    {
        return string.IsNullOrEmpty(context.Get(RepublishDestination))
            ? null
            : new Republish
            {
                Source = context.Get(RepublishSource),
                Destination = context.Text(RepublishDestination),
                HeadersOnly = context.Get(RepublishHeaders),
            };
    }

    /// <summary>The buckets to copy from.</summary>
    public static List<StreamSource> SourcesOf(CommandContext context) =>
        context.GetAll(Source).ConvertAll(name => new StreamSource { Name = name });

    /// <summary>The pairs of metadata; the last of a name wins. Null when there is none.</summary>
    public static Dictionary<string, string>? MetadataOf(CommandContext context)
    {
        var given = context.GetAll(Metadata);
        if (given.Count == 0)
        {
            return null;
        }

        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var text in given)
        {
            var split = text.AsSpan().IndexOfAny(':', '=');
            pairs[text[..split]] = text[(split + 1)..];
        }

        return pairs;
    }

    private static string CheckPair(string text) => text.AsSpan().IndexOfAny(':', '=') >= 0
        ? text
        : throw new CliException($"expected KEY=VALUE got '{text}'");
}

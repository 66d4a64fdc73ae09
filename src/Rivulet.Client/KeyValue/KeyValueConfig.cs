using Rivulet.Client.JetStream;

namespace Rivulet.Client.KeyValue;

/// <summary>The configuration of a bucket. Sizes of -1 mean unlimited.</summary>
public sealed record KeyValueConfig
{
    /// <summary>The most revisions of a key that a bucket can keep.</summary>
    public const int HistoryMax = 64;

    /// <summary>Creates an empty configuration.</summary>
    public KeyValueConfig()
    {
    }

    /// <summary>Creates the configuration of a bucket with defaults.</summary>
    public KeyValueConfig(string bucket) => Bucket = bucket;

    /// <summary>Name: letters, digits, <c>-</c> and <c>_</c>.</summary>
    public string Bucket { get; init; } = "";

    /// <summary>Description for people.</summary>
    public string? Description { get; init; }

    /// <summary>Revisions kept of each key, 1 to 64.</summary>
    public int History { get; init; } = 1;

    /// <summary>Time that revisions are kept; zero for ever.</summary>
    public TimeSpan TimeToLive { get; init; }

    /// <summary>Above zero: keys may have a time to live of their own, and a key that expires leaves a marker this long.</summary>
    public TimeSpan LimitMarkerTtl { get; init; }

    /// <summary>Bytes of the bucket.</summary>
    public long MaxBytes { get; init; } = -1;

    /// <summary>Bytes of one value, headers included.</summary>
    public int MaxValueSize { get; init; } = -1;

    /// <summary>Where it is kept.</summary>
    public StorageType Storage { get; init; }

    /// <summary>Copies in a cluster.</summary>
    public int Replicas { get; init; } = 1;

    /// <summary>True: compressed on disk.</summary>
    public bool Compression { get; init; }

    /// <summary>Where in a cluster.</summary>
    public Placement? Placement { get; init; }

    /// <summary>Where changes are published again.</summary>
    public Republish? Republish { get; init; }

    /// <summary>A bucket (its stream) to mirror; the name gets the prefix <c>KV_</c> if it has none.</summary>
    public StreamSource? Mirror { get; init; }

    /// <summary>Buckets to copy from.</summary>
    public IReadOnlyList<StreamSource>? Sources { get; init; }

    /// <summary>Key and value pairs for people and tools.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
}

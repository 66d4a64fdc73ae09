using System.Text.Json.Serialization;
using Rivulet.JetStream.Api.Json;
using Rivulet.Storage;

namespace Rivulet.JetStream.Streams;

/// <summary>
/// Configuration of a stream, in the order and the spelling of the API. A stream never changes one in place: whoever
/// wants another one makes a copy.
/// </summary>
public sealed record StreamConfig
{
    /// <summary>Name, unique in the account.</summary>
    [JsonPropertyName("name")]
    public string Name { get; internal set; } = "";

    /// <summary>What it is for.</summary>
    [JsonPropertyName("description"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Description { get; internal set; }

    /// <summary>Subject filters that it captures.</summary>
    [JsonPropertyName("subjects"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Subjects { get; internal set; }

    /// <summary>When it lets go of messages.</summary>
    [JsonPropertyName("retention")]
    public RetentionPolicy Retention { get; internal set; }

    /// <summary>Most consumers; -1 is unlimited.</summary>
    [JsonPropertyName("max_consumers")]
    public long MaxConsumers { get; internal set; }

    /// <summary>Most messages; -1 is unlimited.</summary>
    [JsonPropertyName("max_msgs")]
    public long MaxMessages { get; internal set; }

    /// <summary>Most bytes; -1 is unlimited.</summary>
    [JsonPropertyName("max_bytes")]
    public long MaxBytes { get; internal set; }

    /// <summary>Age at which messages go, in nanoseconds; 0 is never.</summary>
    [JsonPropertyName("max_age")]
    public long MaxAgeNanos { get; internal set; }

    /// <summary>Most messages of one subject; -1 is unlimited.</summary>
    [JsonPropertyName("max_msgs_per_subject")]
    public long MaxMessagesPerSubject { get; internal set; }

    /// <summary>Most bytes of headers and payload of one message; -1 is unlimited.</summary>
    [JsonPropertyName("max_msg_size"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int MaxMessageBytes { get; internal set; }

    /// <summary>What a full stream does with a new message.</summary>
    [JsonPropertyName("discard")]
    public DiscardPolicy Discard { get; internal set; }

    /// <summary>Where it keeps its messages.</summary>
    [JsonPropertyName("storage")]
    public StorageType Storage { get; internal set; }

    /// <summary>Copies on different servers.</summary>
    [JsonPropertyName("num_replicas")]
    public long Replicas { get; internal set; }

    /// <summary>Whether publishers get no answer.</summary>
    [JsonPropertyName("no_ack"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool NoAck { get; internal set; }

    /// <summary>How long a message id is remembered, in nanoseconds.</summary>
    [JsonPropertyName("duplicate_window"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long DuplicateWindowNanos { get; internal set; }

    /// <summary>Where in a cluster it should live.</summary>
    [JsonPropertyName("placement"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public StreamPlacement? Placement { get; internal set; }

    /// <summary>The stream that it is a copy of.</summary>
    [JsonPropertyName("mirror"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public StreamSource? Mirror { get; internal set; }

    /// <summary>The streams whose messages it takes in.</summary>
    [JsonPropertyName("sources"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<StreamSource>? Sources { get; internal set; }

    /// <summary>How it compresses on disk.</summary>
    [JsonPropertyName("compression")]
    public StoreCompression Compression { get; internal set; }

    /// <summary>Sequence of its first message; 0 is 1.</summary>
    [JsonPropertyName("first_seq"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong FirstSequence { get; internal set; }

    /// <summary>Renames subjects before anything else.</summary>
    [JsonPropertyName("subject_transform"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SubjectTransformConfig? SubjectTransform { get; internal set; }

    /// <summary>Publishes what was stored once more.</summary>
    [JsonPropertyName("republish"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RepublishConfig? Republish { get; internal set; }

    /// <summary>Whether it answers direct gets.</summary>
    [JsonPropertyName("allow_direct")]
    public bool AllowDirect { get; internal set; }

    /// <summary>Whether it answers direct gets for its origin.</summary>
    [JsonPropertyName("mirror_direct")]
    public bool MirrorDirect { get; internal set; }

    /// <summary>Whether a full subject refuses new messages.</summary>
    [JsonPropertyName("discard_new_per_subject"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool DiscardNewPerSubject { get; internal set; }

    /// <summary>Whether nothing comes in or goes out any more.</summary>
    [JsonPropertyName("sealed")]
    public bool Sealed { get; internal set; }

    /// <summary>Whether the API may not delete messages.</summary>
    [JsonPropertyName("deny_delete")]
    public bool DenyDelete { get; internal set; }

    /// <summary>Whether the API may not purge.</summary>
    [JsonPropertyName("deny_purge")]
    public bool DenyPurge { get; internal set; }

    /// <summary>Whether a message may remove the older ones by a header.</summary>
    [JsonPropertyName("allow_rollup_hdrs")]
    public bool AllowRollup { get; internal set; }

    /// <summary>Defaults and limits of its consumers.</summary>
    [JsonPropertyName("consumer_limits")]
    public StreamConsumerLimits ConsumerLimits { get; internal set; } = new();

    /// <summary>Whether messages may have a time to live of their own.</summary>
    [JsonPropertyName("allow_msg_ttl")]
    public bool AllowMessageTtl { get; internal set; }

    /// <summary>How long the marker lives that a subject's last message leaves behind, in nanoseconds; 0 is no marker.</summary>
    [JsonPropertyName("subject_delete_marker_ttl"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long SubjectDeleteMarkerTtlNanos { get; internal set; }

    /// <summary>Whether it counts.</summary>
    [JsonPropertyName("allow_msg_counter"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool AllowCounter { get; internal set; }

    /// <summary>Whether it takes atomic batches.</summary>
    [JsonPropertyName("allow_atomic"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool AllowAtomicPublish { get; internal set; }

    /// <summary>Whether it takes scheduled messages.</summary>
    [JsonPropertyName("allow_msg_schedules"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool AllowSchedules { get; internal set; }

    /// <summary>When it may acknowledge.</summary>
    [JsonPropertyName("persist_mode"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public PersistMode PersistMode { get; internal set; }

    /// <summary>Whether it takes fast batches.</summary>
    [JsonPropertyName("allow_batched"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool AllowBatchPublish { get; internal set; }

    /// <summary>The user's own pairs, and the server's that begin with <c>_nats.</c></summary>
    [JsonPropertyName("metadata"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SortedDictionary<string, string>? Metadata { get; internal set; }

    /// <summary>What the store has to enforce.</summary>
    internal StreamLimits ToLimits() => new()
    {
        MaxMessages = MaxMessages,
        MaxBytes = MaxBytes,
        MaxMessagesPerSubject = MaxMessagesPerSubject,
        MaxAgeNanos = MaxAgeNanos,
        DiscardNew = Discard == DiscardPolicy.New,
        DiscardNewPerSubject = DiscardNewPerSubject,
        Compress = Compression == StoreCompression.S2,
        ReserveSequences = PersistMode == PersistMode.Async,
    };
}

/// <summary>Defaults and limits of a stream's consumers.</summary>
public sealed record StreamConsumerLimits
{
    /// <summary>Longest time without interest that a consumer may ask for, in nanoseconds; 0 is unlimited.</summary>
    [JsonPropertyName("inactive_threshold"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long InactiveThresholdNanos { get; internal set; }

    /// <summary>Most unacknowledged messages that a consumer may ask for; 0 is unlimited.</summary>
    [JsonPropertyName("max_ack_pending"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long MaxAckPending { get; internal set; }
}

/// <summary>Where in a cluster a stream should live.</summary>
public sealed record StreamPlacement
{
    /// <summary>Name of the cluster.</summary>
    [JsonPropertyName("cluster"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Cluster { get; internal set; }

    /// <summary>Tags that servers must have.</summary>
    [JsonPropertyName("tags"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Tags { get; internal set; }

    /// <summary>Server that should lead.</summary>
    [JsonPropertyName("preferred"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Preferred { get; internal set; }
}

/// <summary>Renames the subjects that a filter matches.</summary>
public sealed record SubjectTransformConfig
{
    /// <summary>Filter.</summary>
    [JsonPropertyName("src")]
    public string Source { get; internal set; } = "";

    /// <summary>Template of the new subject.</summary>
    [JsonPropertyName("dest")]
    public string Destination { get; internal set; } = "";
}

/// <summary>Publishes what was stored once more, under another subject.</summary>
public sealed record RepublishConfig
{
    /// <summary>Filter of the messages; empty is all.</summary>
    [JsonPropertyName("src"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Source { get; internal set; }

    /// <summary>Template of the new subject.</summary>
    [JsonPropertyName("dest")]
    public string Destination { get; internal set; } = "";

    /// <summary>Whether the payload is left out.</summary>
    [JsonPropertyName("headers_only"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool HeadersOnly { get; internal set; }
}

/// <summary>A stream that another one copies from.</summary>
public sealed record StreamSource
{
    /// <summary>Name of the origin.</summary>
    [JsonPropertyName("name")]
    public string Name { get; internal set; } = "";

    /// <summary>First sequence to copy; 0 is from the beginning.</summary>
    [JsonPropertyName("opt_start_seq"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong StartSequence { get; internal set; }

    /// <summary>Time of the first message to copy, in nanoseconds since the Unix epoch.</summary>
    [JsonPropertyName("opt_start_time"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonConverter(typeof(UnixNanosConverter))]
    public long? StartTimeNanos { get; internal set; }

    /// <summary>Filter of the messages to copy.</summary>
    [JsonPropertyName("filter_subject"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? FilterSubject { get; internal set; }

    /// <summary>Filters with renames.</summary>
    [JsonPropertyName("subject_transforms"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<SubjectTransformConfig>? SubjectTransforms { get; internal set; }

    /// <summary>How to reach an origin elsewhere.</summary>
    [JsonPropertyName("external"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ExternalStream? External { get; internal set; }

    /// <summary>Consumer of the origin to copy through.</summary>
    [JsonPropertyName("consumer"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public StreamConsumerSource? Consumer { get; internal set; }
}

/// <summary>How to reach a stream in another account or domain.</summary>
public sealed record ExternalStream
{
    /// <summary>Prefix of its API.</summary>
    [JsonPropertyName("api")]
    public string ApiPrefix { get; internal set; } = "";

    /// <summary>Prefix of its deliveries.</summary>
    [JsonPropertyName("deliver")]
    public string DeliverPrefix { get; internal set; } = "";
}

/// <summary>A named consumer to copy through.</summary>
public sealed record StreamConsumerSource
{
    /// <summary>Its name.</summary>
    [JsonPropertyName("name"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Name { get; internal set; }

    /// <summary>Where it delivers.</summary>
    [JsonPropertyName("deliver_subject"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? DeliverSubject { get; internal set; }
}

using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rivulet.Client.JetStream;

/// <summary>The configuration of a stream. Counts and sizes of -1 mean unlimited.</summary>
/// <remarks>
/// Times are sent as nanoseconds; a <see cref="TimeSpan"/> carries them to 100 ns. Fields of newer servers that this type
/// does not know are kept in <see cref="Unknown"/>, so that a configuration read, changed and sent back loses nothing.
/// </remarks>
public sealed record StreamConfig
{
    /// <summary>Creates an empty configuration.</summary>
    public StreamConfig()
    {
    }

    /// <summary>Creates a configuration with a name and subjects.</summary>
    public StreamConfig(string name, params IReadOnlyList<string> subjects) => (Name, Subjects) = (name, subjects);

    /// <summary>Name: 1 to 255 characters, none of <c>. * &gt; / \</c>, blank or control characters.</summary>
    [JsonPropertyName("name")]
    public string Name { get; set; } = "";

    /// <summary>Description for people.</summary>
    [JsonPropertyName("description")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public string? Description { get; set; }

    /// <summary>Subjects that the stream captures.</summary>
    [JsonPropertyName("subjects")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Subjects { get; set; }

    /// <summary>When messages are let go.</summary>
    [JsonPropertyName("retention")]
    public RetentionPolicy Retention { get; set; }

    /// <summary>Consumers allowed.</summary>
    [JsonPropertyName("max_consumers")]
    public int MaxConsumers { get; set; } = -1;

    /// <summary>Messages kept.</summary>
    [JsonPropertyName("max_msgs")]
    public long MaxMessages { get; set; } = -1;

    /// <summary>Bytes kept.</summary>
    [JsonPropertyName("max_bytes")]
    public long MaxBytes { get; set; } = -1;

    /// <summary>What a full stream does.</summary>
    [JsonPropertyName("discard")]
    public DiscardPolicy Discard { get; set; }

    /// <summary>Time that messages are kept; zero for ever.</summary>
    [JsonPropertyName("max_age")]
    [JsonConverter(typeof(NanosecondsConverter))]
    public TimeSpan MaxAge { get; set; }

    /// <summary>Messages kept of each subject.</summary>
    [JsonPropertyName("max_msgs_per_subject")]
    public long MaxMessagesPerSubject { get; set; } = -1;

    /// <summary>Headers and payload of one message, in bytes.</summary>
    [JsonPropertyName("max_msg_size")]
    public int MaxMessageSize { get; set; } = -1;

    /// <summary>With <see cref="DiscardPolicy.New"/>: a subject that is full refuses too.</summary>
    [JsonPropertyName("discard_new_per_subject")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool DiscardNewPerSubject { get; set; }

    /// <summary>Where messages are kept.</summary>
    [JsonPropertyName("storage")]
    public StorageType Storage { get; set; }

    /// <summary>Copies in a cluster.</summary>
    [JsonPropertyName("num_replicas")]
    public int Replicas { get; set; } = 1;

    /// <summary>True: publishes are not acknowledged.</summary>
    [JsonPropertyName("no_ack")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool NoAck { get; set; }

    /// <summary>Time within which a message id counts as a duplicate; zero takes the server's default.</summary>
    [JsonPropertyName("duplicate_window")]
    [JsonConverter(typeof(NanosecondsConverter))]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public TimeSpan DuplicateWindow { get; set; }

    /// <summary>Where in a cluster.</summary>
    [JsonPropertyName("placement")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Placement? Placement { get; set; }

    /// <summary>The stream that this one mirrors.</summary>
    [JsonPropertyName("mirror")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public StreamSource? Mirror { get; set; }

    /// <summary>Streams copied into this one.</summary>
    [JsonPropertyName("sources")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<StreamSource>? Sources { get; set; }

    /// <summary>True: nothing can be added or removed any more.</summary>
    [JsonPropertyName("sealed")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Sealed { get; set; }

    /// <summary>True: single messages cannot be deleted.</summary>
    [JsonPropertyName("deny_delete")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool DenyDelete { get; set; }

    /// <summary>True: the stream cannot be purged.</summary>
    [JsonPropertyName("deny_purge")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool DenyPurge { get; set; }

    /// <summary>True: a message may remove those before it (<c>Nats-Rollup</c>).</summary>
    [JsonPropertyName("allow_rollup_hdrs")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool AllowRollup { get; set; }

    /// <summary>Compression on disk.</summary>
    [JsonPropertyName("compression")]
    public StreamCompression Compression { get; set; }

    /// <summary>Sequence of the first message; 0 for 1.</summary>
    [JsonPropertyName("first_seq")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong FirstSequence { get; set; }

    /// <summary>How subjects change as messages are stored.</summary>
    [JsonPropertyName("subject_transform")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SubjectTransform? SubjectTransform { get; set; }

    /// <summary>Where stored messages are published again.</summary>
    [JsonPropertyName("republish")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Republish? Republish { get; set; }

    /// <summary>True: direct gets are answered.</summary>
    [JsonPropertyName("allow_direct")]
    public bool AllowDirect { get; set; }

    /// <summary>True: a mirror answers direct gets of its origin.</summary>
    [JsonPropertyName("mirror_direct")]
    public bool MirrorDirect { get; set; }

    /// <summary>Limits on consumers.</summary>
    [JsonPropertyName("consumer_limits")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ConsumerLimits? ConsumerLimits { get; set; }

    /// <summary>Key and value pairs for people and tools.</summary>
    [JsonPropertyName("metadata")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? Metadata { get; set; }

    /// <summary>True: messages may carry a time to live (<c>Nats-TTL</c>). Cannot be switched off again.</summary>
    [JsonPropertyName("allow_msg_ttl")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool AllowMessageTtl { get; set; }

    /// <summary>Above zero: a subject whose last message expires gets a marker that lives this long.</summary>
    [JsonPropertyName("subject_delete_marker_ttl")]
    [JsonConverter(typeof(NanosecondsConverter))]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public TimeSpan SubjectDeleteMarkerTtl { get; set; }

    /// <summary>True: messages are counters (<c>Nats-Incr</c>).</summary>
    [JsonPropertyName("allow_msg_counter")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool AllowCounter { get; set; }

    /// <summary>True: atomic batches are accepted.</summary>
    [JsonPropertyName("allow_atomic")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool AllowAtomicPublish { get; set; }

    /// <summary>True: fast-ingest batches are accepted.</summary>
    [JsonPropertyName("allow_batched")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool AllowBatchPublish { get; set; }

    /// <summary>True: messages may be schedules (<c>Nats-Schedule</c>).</summary>
    [JsonPropertyName("allow_msg_schedules")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool AllowMessageSchedules { get; set; }

    /// <summary>When a message is acknowledged.</summary>
    [JsonPropertyName("persist_mode")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public PersistMode PersistMode { get; set; }

    /// <summary>Fields that this type does not know, as received.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Unknown { get; set; }
}

using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rivulet.Client.JetStream;

/// <summary>The configuration of a consumer.</summary>
/// <remarks>Fields left at their default are not sent, so that the server's own defaults hold.</remarks>
public sealed record ConsumerConfig
{
    /// <summary>Creates an empty configuration: an ephemeral consumer that acknowledges explicitly.</summary>
    public ConsumerConfig()
    {
    }

    /// <summary>Creates the configuration of a durable consumer that acknowledges explicitly.</summary>
    public ConsumerConfig(string durableName) => (Name, DurableName) = (durableName, durableName);

    /// <summary>Name of a durable consumer; null for an ephemeral one.</summary>
    [JsonPropertyName("durable_name")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? DurableName { get; set; }

    /// <summary>Name; null lets the client choose one.</summary>
    [JsonPropertyName("name")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Name { get; set; }

    /// <summary>Description for people.</summary>
    [JsonPropertyName("description")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Description { get; set; }

    /// <summary>Where it starts.</summary>
    [JsonPropertyName("deliver_policy")]
    public DeliverPolicy DeliverPolicy { get; set; }

    /// <summary>Sequence to start at, with <see cref="DeliverPolicy.ByStartSequence"/>.</summary>
    [JsonPropertyName("opt_start_seq")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong StartSequence { get; set; }

    /// <summary>Time to start at, with <see cref="DeliverPolicy.ByStartTime"/>.</summary>
    [JsonPropertyName("opt_start_time")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? StartTime { get; set; }

    /// <summary>What an acknowledgement covers.</summary>
    [JsonPropertyName("ack_policy")]
    public AckPolicy AckPolicy { get; set; } = AckPolicy.Explicit;

    /// <summary>Time until an unacknowledged message is delivered again; zero takes the server's 30 s.</summary>
    [JsonPropertyName("ack_wait")]
    [JsonConverter(typeof(NanosecondsConverter))]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public TimeSpan AckWait { get; set; }

    /// <summary>Deliveries of one message; 0 or -1 for no limit.</summary>
    [JsonPropertyName("max_deliver")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int MaxDeliver { get; set; }

    /// <summary>Time until each further delivery.</summary>
    [JsonPropertyName("backoff")]
    [JsonConverter(typeof(NanosecondsListConverter))]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<TimeSpan>? Backoff { get; set; }

    /// <summary>Only subjects that match.</summary>
    [JsonPropertyName("filter_subject")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? FilterSubject { get; set; }

    /// <summary>Only subjects that match one of several filters.</summary>
    [JsonPropertyName("filter_subjects")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? FilterSubjects { get; set; }

    /// <summary>Pace.</summary>
    [JsonPropertyName("replay_policy")]
    public ReplayPolicy ReplayPolicy { get; set; }

    /// <summary>Bits a second of a push consumer; 0 for no limit.</summary>
    [JsonPropertyName("rate_limit_bps")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong RateLimitBitsPerSecond { get; set; }

    /// <summary>Share of acknowledgements reported as metrics: <c>"30"</c> or <c>"30%"</c>.</summary>
    [JsonPropertyName("sample_freq")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? SampleFrequency { get; set; }

    /// <summary>Waiting pulls; 0 takes the server's 512.</summary>
    [JsonPropertyName("max_waiting")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int MaxWaiting { get; set; }

    /// <summary>Unacknowledged messages; 0 takes the server's 1000, -1 is no limit.</summary>
    [JsonPropertyName("max_ack_pending")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int MaxAckPending { get; set; }

    /// <summary>Flow control of a push consumer.</summary>
    [JsonPropertyName("flow_control")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool FlowControl { get; set; }

    /// <summary>True: headers and the payload's size, not the payload.</summary>
    [JsonPropertyName("headers_only")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool HeadersOnly { get; set; }

    /// <summary>Largest batch of a pull; 0 for no limit.</summary>
    [JsonPropertyName("max_batch")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int MaxRequestBatch { get; set; }

    /// <summary>Longest pull; zero for no limit.</summary>
    [JsonPropertyName("max_expires")]
    [JsonConverter(typeof(NanosecondsConverter))]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public TimeSpan MaxRequestExpires { get; set; }

    /// <summary>Most bytes of a pull; 0 for no limit.</summary>
    [JsonPropertyName("max_bytes")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int MaxRequestBytes { get; set; }

    /// <summary>Subject that a push consumer delivers to; null for a pull consumer.</summary>
    [JsonPropertyName("deliver_subject")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? DeliverSubject { get; set; }

    /// <summary>Queue group of the subscribers of a push consumer.</summary>
    [JsonPropertyName("deliver_group")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? DeliverGroup { get; set; }

    /// <summary>Time after which an idle push consumer says that it is alive.</summary>
    [JsonPropertyName("idle_heartbeat")]
    [JsonConverter(typeof(NanosecondsConverter))]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public TimeSpan IdleHeartbeat { get; set; }

    /// <summary>Time without interest after which it is removed; zero takes the server's default.</summary>
    [JsonPropertyName("inactive_threshold")]
    [JsonConverter(typeof(NanosecondsConverter))]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public TimeSpan InactiveThreshold { get; set; }

    /// <summary>Copies in a cluster; 0 takes the stream's.</summary>
    [JsonPropertyName("num_replicas")]
    public int Replicas { get; set; }

    /// <summary>True: its state is kept in memory.</summary>
    [JsonPropertyName("mem_storage")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool MemoryStorage { get; set; }

    /// <summary>Key and value pairs for people and tools.</summary>
    [JsonPropertyName("metadata")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? Metadata { get; set; }

    /// <summary>Delivers nothing until then.</summary>
    [JsonPropertyName("pause_until")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? PauseUntil { get; set; }

    /// <summary>Names of its priority groups.</summary>
    [JsonPropertyName("priority_groups")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? PriorityGroups { get; set; }

    /// <summary>How it chooses among the clients that wait.</summary>
    [JsonPropertyName("priority_policy")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public PriorityPolicy PriorityPolicy { get; set; }

    /// <summary>Time after which a silent pinned client is let go.</summary>
    [JsonPropertyName("priority_timeout")]
    [JsonConverter(typeof(NanosecondsConverter))]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public TimeSpan PriorityTimeout { get; set; }

    /// <summary>Fields that this type does not know, as received.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Unknown { get; set; }
}

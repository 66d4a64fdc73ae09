using System.Text.Json.Serialization;
using Rivulet.JetStream.Api.Json;

namespace Rivulet.JetStream.Consumers.Configuration;

/// <summary>
/// Configuration of a consumer, in the order and the spelling of the API. A consumer never changes one in place: whoever
/// wants another one makes a copy. Durations are nanoseconds; <c>null</c>, 0 and empty are "not set" unless said otherwise.
/// </summary>
/// <remarks>
/// Equality is by reference for lists and metadata; <see cref="ConsumerConfigComparison"/> compares contents.
/// </remarks>
public sealed record ConsumerConfig
{
    /// <summary>Name of a consumer that stays when nobody uses it; <c>null</c> for an ephemeral one.</summary>
    [JsonPropertyName("durable_name"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? DurableName { get; internal set; }

    /// <summary>Name that was asked for; <c>null</c> if the server makes one up.</summary>
    [JsonPropertyName("name"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Name { get; internal set; }

    /// <summary>What it is for.</summary>
    [JsonPropertyName("description"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Description { get; internal set; }

    /// <summary>Where it starts.</summary>
    [JsonPropertyName("deliver_policy")]
    public DeliverPolicy DeliverPolicy { get; internal set; }

    /// <summary>Sequence to start at, with <see cref="DeliverPolicy.ByStartSequence"/>.</summary>
    [JsonPropertyName("opt_start_seq"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong StartSequence { get; internal set; }

    /// <summary>Time to start at, nanoseconds since the Unix epoch, with <see cref="DeliverPolicy.ByStartTime"/>.</summary>
    [JsonPropertyName("opt_start_time"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonConverter(typeof(UnixNanosConverter))]
    public long? StartTimeNanos { get; internal set; }

    /// <summary>How deliveries are acknowledged.</summary>
    [JsonPropertyName("ack_policy")]
    public AckPolicy AckPolicy { get; internal set; }

    /// <summary>How long an ack may take before the message is delivered again.</summary>
    [JsonPropertyName("ack_wait"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long AckWaitNanos { get; internal set; }

    /// <summary>How often a message is delivered at most; -1 is unlimited.</summary>
    [JsonPropertyName("max_deliver"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long MaxDeliver { get; internal set; }

    /// <summary>Waits after the first, second… delivery, in place of <see cref="AckWaitNanos"/>; the last one repeats.</summary>
    [JsonPropertyName("backoff"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<long>? BackOffNanos { get; internal set; }

    /// <summary>The one filter.</summary>
    [JsonPropertyName("filter_subject"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? FilterSubject { get; internal set; }

    /// <summary>Several filters.</summary>
    [JsonPropertyName("filter_subjects"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? FilterSubjects { get; internal set; }

    /// <summary>How fast older messages are delivered.</summary>
    [JsonPropertyName("replay_policy")]
    public ReplayPolicy ReplayPolicy { get; internal set; }

    /// <summary>Bits per second that a push consumer sends at most.</summary>
    [JsonPropertyName("rate_limit_bps"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong RateLimitBitsPerSecond { get; internal set; }

    /// <summary>Percentage of acks that are reported, as <c>30</c> or <c>30%</c>.</summary>
    [JsonPropertyName("sample_freq"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? SampleFrequency { get; internal set; }

    /// <summary>How many pull requests may wait.</summary>
    [JsonPropertyName("max_waiting"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long MaxWaiting { get; internal set; }

    /// <summary>How many deliveries may wait for their ack; -1 is unlimited.</summary>
    [JsonPropertyName("max_ack_pending"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long MaxAckPending { get; internal set; }

    /// <summary>Whether a push consumer asks the client to keep up.</summary>
    [JsonPropertyName("flow_control"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool FlowControl { get; internal set; }

    /// <summary>Whether payloads are left out.</summary>
    [JsonPropertyName("headers_only"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool HeadersOnly { get; internal set; }

    /// <summary>Largest batch of a pull request.</summary>
    [JsonPropertyName("max_batch"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long MaxRequestBatch { get; internal set; }

    /// <summary>Longest wait of a pull request.</summary>
    [JsonPropertyName("max_expires"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long MaxRequestExpiresNanos { get; internal set; }

    /// <summary>Largest <c>max_bytes</c> of a pull request.</summary>
    [JsonPropertyName("max_bytes"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long MaxRequestMaxBytes { get; internal set; }

    /// <summary>Where a push consumer delivers; <c>null</c> for a pull consumer.</summary>
    [JsonPropertyName("deliver_subject"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? DeliverSubject { get; internal set; }

    /// <summary>Queue group that a push consumer delivers to.</summary>
    [JsonPropertyName("deliver_group"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? DeliverGroup { get; internal set; }

    /// <summary>Silence after which a push consumer sends a heartbeat.</summary>
    [JsonPropertyName("idle_heartbeat"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long HeartbeatNanos { get; internal set; }

    /// <summary>Time without use after which the consumer is removed.</summary>
    [JsonPropertyName("inactive_threshold"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long InactiveThresholdNanos { get; internal set; }

    /// <summary>Copies of its state; 0 is as many as its stream has.</summary>
    [JsonPropertyName("num_replicas")]
    public long Replicas { get; internal set; }

    /// <summary>Whether its state is kept in memory only.</summary>
    [JsonPropertyName("mem_storage"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool MemoryStorage { get; internal set; }

    /// <summary>Whether it serves another stream, and is not shown or stored.</summary>
    [JsonPropertyName("direct"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Direct { get; internal set; }

    /// <summary>Whether it feeds a mirror or a source.</summary>
    [JsonPropertyName("sourcing"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Sourcing { get; internal set; }

    /// <summary>The user's own pairs, and the server's that begin with <c>_nats.</c></summary>
    [JsonPropertyName("metadata"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SortedDictionary<string, string>? Metadata { get; internal set; }

    /// <summary>Until when it delivers nothing, nanoseconds since the Unix epoch.</summary>
    [JsonPropertyName("pause_until"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonConverter(typeof(UnixNanosConverter))]
    public long? PauseUntilNanos { get; internal set; }

    /// <summary>Names that pull requests must choose from, with a <see cref="PriorityPolicy"/>.</summary>
    [JsonPropertyName("priority_groups"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? PriorityGroups { get; internal set; }

    /// <summary>How it chooses between waiting requests.</summary>
    [JsonPropertyName("priority_policy"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public PriorityPolicy PriorityPolicy { get; internal set; }

    /// <summary>How long a pinned client keeps its place without asking.</summary>
    [JsonPropertyName("priority_timeout"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long PriorityTimeoutNanos { get; internal set; }

    /// <summary>Whether it stays when nobody uses it.</summary>
    [JsonIgnore]
    public bool IsDurable => DurableName is not null;

    /// <summary>Whether it delivers by itself, without being asked.</summary>
    [JsonIgnore]
    public bool IsPush => DeliverSubject is not null;

    /// <summary>All filters; none means every message.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> AllFilters => FilterSubject is not null ? [FilterSubject] : FilterSubjects ?? [];

    /// <summary>When a message falls due again, nanoseconds since 1970.</summary>
    /// <param name="deliveredNanos">When it was delivered, nanoseconds since 1970.</param>
    /// <param name="deliveries">How often it was, this time included.</param>
    public long DeadlineNanos(long deliveredNanos, uint deliveries)
    {
        long wait = BackOffNanos is { } waits ? waits[(int)Math.Min(deliveries, (uint)waits.Count) - 1] : AckWaitNanos;
        return wait == 0 ? long.MaxValue : Nanos.SaturatingAdd(deliveredNanos, wait);
    }
}

using System.Text.Json.Serialization;
using Rivulet.JetStream.Api;
using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Consumers.Configuration;

namespace Rivulet.JetStream.Consumers.Api;

/// <summary>What a response tells about a consumer. Times are nanoseconds since the Unix epoch.</summary>
internal interface IConsumerInfo
{
    /// <summary>Its stream.</summary>
    string? StreamName { get; set; }

    /// <summary>Its name.</summary>
    string? Name { get; set; }

    /// <summary>When it was created.</summary>
    long? CreatedNanos { get; set; }

    /// <summary>Its configuration.</summary>
    ConsumerConfig? Config { get; set; }

    /// <summary>How far it has delivered.</summary>
    SequenceInfo? Delivered { get; set; }

    /// <summary>Up to where everything is acknowledged.</summary>
    SequenceInfo? AckFloor { get; set; }

    /// <summary>Deliveries that wait for their ack.</summary>
    long? AckPending { get; set; }

    /// <summary>Messages delivered more than once.</summary>
    long? Redelivered { get; set; }

    /// <summary>Pull requests that wait.</summary>
    long? Waiting { get; set; }

    /// <summary>Matching messages ahead.</summary>
    ulong? Pending { get; set; }

    /// <summary>Whether someone is subscribed to its deliver subject.</summary>
    bool? PushBound { get; set; }

    /// <summary>Whether it is paused.</summary>
    bool? Paused { get; set; }

    /// <summary>For how long still.</summary>
    long? PauseRemainingNanos { get; set; }

    /// <summary>When this was written.</summary>
    long? TimestampNanos { get; set; }

    /// <summary>Who is pinned.</summary>
    IReadOnlyList<PriorityGroupState>? PriorityGroups { get; set; }
}

/// <summary>A place in a consumer's history, as responses tell it.</summary>
internal sealed class SequenceInfo
{
    /// <summary>Deliveries up to here.</summary>
    [JsonPropertyName("consumer_seq")]
    public required ulong ConsumerSequence { get; init; }

    /// <summary>Sequence of the message.</summary>
    [JsonPropertyName("stream_seq")]
    public required ulong StreamSequence { get; init; }

    /// <summary>When that was.</summary>
    [JsonPropertyName("last_active"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonConverter(typeof(UnixNanosConverter))]
    public long? LastActiveNanos { get; init; }
}

/// <summary>Who is pinned in a priority group.</summary>
internal sealed class PriorityGroupState
{
    /// <summary>The group.</summary>
    [JsonPropertyName("group")]
    public required string Group { get; init; }

    /// <summary>The pin.</summary>
    [JsonPropertyName("pinned_client_id"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? PinnedClientId { get; init; }

    /// <summary>When it was given; 0 for never.</summary>
    [JsonPropertyName("pinned_ts"), JsonConverter(typeof(UnixNanosConverter))]
    public long PinnedAtNanos { get; init; }
}

/// <summary>A consumer in a list.</summary>
internal sealed class ConsumerInfo : IConsumerInfo
{
    /// <inheritdoc/>
    [JsonPropertyName("stream_name")]
    public string? StreamName { get; set; }

    /// <inheritdoc/>
    [JsonPropertyName("name")]
    public string? Name { get; set; }

    /// <inheritdoc/>
    [JsonPropertyName("created"), JsonConverter(typeof(UnixNanosConverter))]
    public long? CreatedNanos { get; set; }

    /// <inheritdoc/>
    [JsonPropertyName("config"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ConsumerConfig? Config { get; set; }

    /// <inheritdoc/>
    [JsonPropertyName("delivered")]
    public SequenceInfo? Delivered { get; set; }

    /// <inheritdoc/>
    [JsonPropertyName("ack_floor")]
    public SequenceInfo? AckFloor { get; set; }

    /// <inheritdoc/>
    [JsonPropertyName("num_ack_pending")]
    public long? AckPending { get; set; }

    /// <inheritdoc/>
    [JsonPropertyName("num_redelivered")]
    public long? Redelivered { get; set; }

    /// <inheritdoc/>
    [JsonPropertyName("num_waiting")]
    public long? Waiting { get; set; }

    /// <inheritdoc/>
    [JsonPropertyName("num_pending")]
    public ulong? Pending { get; set; }

    /// <inheritdoc/>
    [JsonPropertyName("push_bound"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? PushBound { get; set; }

    /// <inheritdoc/>
    [JsonPropertyName("paused"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Paused { get; set; }

    /// <inheritdoc/>
    [JsonPropertyName("pause_remaining"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? PauseRemainingNanos { get; set; }

    /// <inheritdoc/>
    [JsonPropertyName("ts"), JsonConverter(typeof(UnixNanosConverter))]
    public long? TimestampNanos { get; set; }

    /// <inheritdoc/>
    [JsonPropertyName("priority_groups"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<PriorityGroupState>? PriorityGroups { get; set; }
}

/// <summary>A response that is about one consumer, and says nothing of it when it is an error.</summary>
internal abstract class ConsumerInfoResponseBase(string type) : ApiResponse(type), IConsumerInfo
{
    /// <inheritdoc/>
    [JsonPropertyName("stream_name"), JsonPropertyOrder(10), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? StreamName { get; set; }

    /// <inheritdoc/>
    [JsonPropertyName("name"), JsonPropertyOrder(11), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Name { get; set; }

    /// <inheritdoc/>
    [JsonPropertyName("created"), JsonPropertyOrder(12), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonConverter(typeof(UnixNanosConverter))]
    public long? CreatedNanos { get; set; }

    /// <inheritdoc/>
    [JsonPropertyName("config"), JsonPropertyOrder(13), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ConsumerConfig? Config { get; set; }

    /// <inheritdoc/>
    [JsonPropertyName("delivered"), JsonPropertyOrder(14), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SequenceInfo? Delivered { get; set; }

    /// <inheritdoc/>
    [JsonPropertyName("ack_floor"), JsonPropertyOrder(15), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SequenceInfo? AckFloor { get; set; }

    /// <inheritdoc/>
    [JsonPropertyName("num_ack_pending"), JsonPropertyOrder(16), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? AckPending { get; set; }

    /// <inheritdoc/>
    [JsonPropertyName("num_redelivered"), JsonPropertyOrder(17), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Redelivered { get; set; }

    /// <inheritdoc/>
    [JsonPropertyName("num_waiting"), JsonPropertyOrder(18), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Waiting { get; set; }

    /// <inheritdoc/>
    [JsonPropertyName("num_pending"), JsonPropertyOrder(19), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ulong? Pending { get; set; }

    /// <inheritdoc/>
    [JsonPropertyName("push_bound"), JsonPropertyOrder(20), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? PushBound { get; set; }

    /// <inheritdoc/>
    [JsonPropertyName("paused"), JsonPropertyOrder(21), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Paused { get; set; }

    /// <inheritdoc/>
    [JsonPropertyName("pause_remaining"), JsonPropertyOrder(22), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? PauseRemainingNanos { get; set; }

    /// <inheritdoc/>
    [JsonPropertyName("ts"), JsonPropertyOrder(23), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonConverter(typeof(UnixNanosConverter))]
    public long? TimestampNanos { get; set; }

    /// <inheritdoc/>
    [JsonPropertyName("priority_groups"), JsonPropertyOrder(24), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<PriorityGroupState>? PriorityGroups { get; set; }
}

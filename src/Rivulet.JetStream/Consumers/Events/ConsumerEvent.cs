using System.Text.Json.Serialization;
using Rivulet.JetStream.Api.Json;

namespace Rivulet.JetStream.Consumers.Events;

/// <summary>
/// Something that happened to a consumer, as advisories and metrics report it. Each kind fills in the fields that it has.
/// Immutable.
/// </summary>
internal sealed record ConsumerEvent
{
    /// <summary>Subject that it is published on, for example <c>$JS.EVENT.ADVISORY.CONSUMER.CREATED.S.C</c>.</summary>
    [JsonIgnore]
    public byte[] Subject { get; init; } = [];

    /// <summary>Kind of the event.</summary>
    [JsonPropertyName("type")]
    public required string Type { get; init; }

    /// <summary>Unique id.</summary>
    [JsonPropertyName("id")]
    public required string Id { get; init; }

    /// <summary>When it happened, nanoseconds since 1970.</summary>
    [JsonPropertyName("timestamp"), JsonConverter(typeof(UnixNanosConverter))]
    public required long TimestampNanos { get; init; }

    /// <summary>Account.</summary>
    [JsonPropertyName("account"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Account { get; init; }

    /// <summary>Stream.</summary>
    [JsonPropertyName("stream")]
    public required string Stream { get; init; }

    /// <summary>Consumer.</summary>
    [JsonPropertyName("consumer")]
    public required string Consumer { get; init; }

    /// <summary><c>create</c> or <c>delete</c>.</summary>
    [JsonPropertyName("action"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Action { get; init; }

    /// <summary>Whether it is paused.</summary>
    [JsonPropertyName("paused"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Paused { get; init; }

    /// <summary>Until when it is paused, nanoseconds since 1970; 0 for not at all.</summary>
    [JsonPropertyName("pause_until"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonConverter(typeof(UnixNanosConverter))]
    public long? PauseUntilNanos { get; init; }

    /// <summary>Consumer sequence of the delivery.</summary>
    [JsonPropertyName("consumer_seq"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ulong? ConsumerSequence { get; init; }

    /// <summary>Stream sequence of the message.</summary>
    [JsonPropertyName("stream_seq"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ulong? StreamSequence { get; init; }

    /// <summary>Time from delivery to ack.</summary>
    [JsonPropertyName("ack_time"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? AckTimeNanos { get; init; }

    /// <summary>How often the message was delivered.</summary>
    [JsonPropertyName("deliveries"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ulong? Deliveries { get; init; }

    /// <summary>Priority group.</summary>
    [JsonPropertyName("group"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Group { get; init; }

    /// <summary>Pin.</summary>
    [JsonPropertyName("pinned_id"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? PinnedId { get; init; }

    /// <summary>Why.</summary>
    [JsonPropertyName("reason"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Reason { get; init; }

    /// <summary>JetStream domain.</summary>
    [JsonPropertyName("domain"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Domain { get; init; }
}

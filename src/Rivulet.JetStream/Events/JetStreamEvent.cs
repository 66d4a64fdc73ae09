using System.Text.Json.Serialization;
using Rivulet.JetStream.Api.Json;

namespace Rivulet.JetStream.Events;

/// <summary>What all advisories of an account begin with. Immutable.</summary>
internal abstract record JetStreamEvent
{
    /// <summary>Kind of the event.</summary>
    [JsonPropertyName("type"), JsonPropertyOrder(-3)]
    public required string Type { get; init; }

    /// <summary>Unique id.</summary>
    [JsonPropertyName("id"), JsonPropertyOrder(-2)]
    public required string Id { get; init; }

    /// <summary>When it happened, nanoseconds since 1970.</summary>
    [JsonPropertyName("timestamp"), JsonPropertyOrder(-1), JsonConverter(typeof(UnixNanosConverter))]
    public required long TimestampNanos { get; init; }

    /// <summary>JetStream domain; <c>null</c> for none.</summary>
    [JsonPropertyName("domain"), JsonPropertyOrder(100), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public required string? Domain { get; init; }
}

using System.Text.Json.Serialization;

namespace Rivulet.JetStream.Consumers.Configuration;

/// <summary>How a consumer expects its deliveries to be acknowledged.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AckPolicy>))]
public enum AckPolicy
{
    /// <summary>Not at all: delivered is done. The default.</summary>
    [JsonStringEnumMemberName("none")]
    None,

    /// <summary>An ack covers everything delivered before it.</summary>
    [JsonStringEnumMemberName("all")]
    All,

    /// <summary>Each message by itself.</summary>
    [JsonStringEnumMemberName("explicit")]
    Explicit,

    /// <summary>Like <see cref="All"/>, by the answers to flow control requests.</summary>
    [JsonStringEnumMemberName("flow_control")]
    FlowControl,
}

using System.Text.Json.Serialization;

namespace Rivulet.JetStream.Consumers.Configuration;

/// <summary>How fast the messages that were there before a consumer are delivered to it.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ReplayPolicy>))]
public enum ReplayPolicy
{
    /// <summary>As fast as they are taken. The default.</summary>
    [JsonStringEnumMemberName("instant")]
    Instant,

    /// <summary>At the intervals at which they were stored.</summary>
    [JsonStringEnumMemberName("original")]
    Original,
}

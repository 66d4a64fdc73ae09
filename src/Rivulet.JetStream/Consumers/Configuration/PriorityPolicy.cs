using System.Text.Json.Serialization;

namespace Rivulet.JetStream.Consumers.Configuration;

/// <summary>How a pull consumer chooses between waiting requests.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PriorityPolicy>))]
public enum PriorityPolicy
{
    /// <summary>In the order of their arrival. The default.</summary>
    [JsonStringEnumMemberName("none")]
    None,

    /// <summary>A request may ask to be served only above a number of pending messages or acks.</summary>
    [JsonStringEnumMemberName("overflow")]
    Overflow,

    /// <summary>One client is served, the others stand by.</summary>
    [JsonStringEnumMemberName("pinned_client")]
    PinnedClient,

    /// <summary>By the priority that each request names.</summary>
    [JsonStringEnumMemberName("prioritized")]
    Prioritized,
}

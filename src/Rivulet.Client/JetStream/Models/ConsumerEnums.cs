using System.Text.Json.Serialization;

namespace Rivulet.Client.JetStream;

/// <summary>Where in the stream a consumer starts.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DeliverPolicy>))]
public enum DeliverPolicy
{
    /// <summary>At the first message.</summary>
    [JsonStringEnumMemberName("all")]
    All,

    /// <summary>At the last message.</summary>
    [JsonStringEnumMemberName("last")]
    Last,

    /// <summary>After what is stored when the consumer is created.</summary>
    [JsonStringEnumMemberName("new")]
    New,

    /// <summary>At a sequence.</summary>
    [JsonStringEnumMemberName("by_start_sequence")]
    ByStartSequence,

    /// <summary>At a time.</summary>
    [JsonStringEnumMemberName("by_start_time")]
    ByStartTime,

    /// <summary>With the last message of every subject that the filters match.</summary>
    [JsonStringEnumMemberName("last_per_subject")]
    LastPerSubject,
}

/// <summary>What an acknowledgement covers.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AckPolicy>))]
public enum AckPolicy
{
    /// <summary>Nothing is acknowledged.</summary>
    [JsonStringEnumMemberName("none")]
    None,

    /// <summary>The message and all before it.</summary>
    [JsonStringEnumMemberName("all")]
    All,

    /// <summary>The message alone.</summary>
    [JsonStringEnumMemberName("explicit")]
    Explicit,

    /// <summary>What flow control messages say (push consumers).</summary>
    [JsonStringEnumMemberName("flow_control")]
    FlowControl,
}

/// <summary>The pace of a consumer.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ReplayPolicy>))]
public enum ReplayPolicy
{
    /// <summary>As fast as possible.</summary>
    [JsonStringEnumMemberName("instant")]
    Instant,

    /// <summary>At the pace at which the messages came in.</summary>
    [JsonStringEnumMemberName("original")]
    Original,
}

/// <summary>How a pull consumer chooses among the clients that wait.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PriorityPolicy>))]
public enum PriorityPolicy
{
    /// <summary>In turn.</summary>
    [JsonStringEnumMemberName("none")]
    None,

    /// <summary>Only where more is pending than the client asks for.</summary>
    [JsonStringEnumMemberName("overflow")]
    Overflow,

    /// <summary>The first client gets everything while it lasts.</summary>
    [JsonStringEnumMemberName("pinned_client")]
    PinnedClient,

    /// <summary>The lowest priority number first.</summary>
    [JsonStringEnumMemberName("prioritized")]
    Prioritized,
}

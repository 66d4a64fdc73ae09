using System.Text.Json.Serialization;

namespace Rivulet.Client.JetStream;

/// <summary>Where in the stream a consumer starts.</summary>
[JsonConverter(typeof(DeliverPolicyConverter))]
public enum DeliverPolicy
{
    /// <summary>At the first message.</summary>
    All,

    /// <summary>At the last message.</summary>
    Last,

    /// <summary>After what is stored when the consumer is created.</summary>
    New,

    /// <summary>At a sequence.</summary>
    ByStartSequence,

    /// <summary>At a time.</summary>
    ByStartTime,

    /// <summary>With the last message of every subject that the filters match.</summary>
    LastPerSubject,
}

/// <summary>What an acknowledgement covers.</summary>
[JsonConverter(typeof(AckPolicyConverter))]
public enum AckPolicy
{
    /// <summary>Nothing is acknowledged.</summary>
    None,

    /// <summary>The message and all before it.</summary>
    All,

    /// <summary>The message alone.</summary>
    Explicit,

    /// <summary>What flow control messages say (push consumers).</summary>
    FlowControl,
}

/// <summary>The pace of a consumer.</summary>
[JsonConverter(typeof(ReplayPolicyConverter))]
public enum ReplayPolicy
{
    /// <summary>As fast as possible.</summary>
    Instant,

    /// <summary>At the pace at which the messages came in.</summary>
    Original,
}

/// <summary>How a pull consumer chooses among the clients that wait.</summary>
[JsonConverter(typeof(PriorityPolicyConverter))]
public enum PriorityPolicy
{
    /// <summary>In turn.</summary>
    None,

    /// <summary>Only where more is pending than the client asks for.</summary>
    Overflow,

    /// <summary>The first client gets everything while it lasts.</summary>
    PinnedClient,

    /// <summary>The lowest priority number first.</summary>
    Prioritized,
}

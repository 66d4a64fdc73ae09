using System.Text.Json.Serialization;

namespace Rivulet.JetStream.Consumers.Configuration;

/// <summary>Where in the stream a new consumer starts.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DeliverPolicy>))]
public enum DeliverPolicy
{
    /// <summary>At the first message. The default.</summary>
    [JsonStringEnumMemberName("all")]
    All,

    /// <summary>At the last message that matches.</summary>
    [JsonStringEnumMemberName("last")]
    Last,

    /// <summary>After the last message.</summary>
    [JsonStringEnumMemberName("new")]
    New,

    /// <summary>At a sequence.</summary>
    [JsonStringEnumMemberName("by_start_sequence")]
    ByStartSequence,

    /// <summary>At the first message stored at a time or later.</summary>
    [JsonStringEnumMemberName("by_start_time")]
    ByStartTime,

    /// <summary>With the last message of each subject that matches, then all that follow.</summary>
    [JsonStringEnumMemberName("last_per_subject")]
    LastPerSubject,
}

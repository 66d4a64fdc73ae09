using System.Text.Json.Serialization;
using Rivulet.JetStream.Api.Json;

namespace Rivulet.JetStream.Api.Models;

/// <summary>What a stream holds.</summary>
internal sealed class StreamStateModel
{
    /// <summary>Messages kept.</summary>
    [JsonPropertyName("messages")]
    public ulong Messages { get; set; }

    /// <summary>Their size.</summary>
    [JsonPropertyName("bytes")]
    public ulong Bytes { get; set; }

    /// <summary>The oldest one.</summary>
    [JsonPropertyName("first_seq")]
    public ulong FirstSequence { get; set; }

    /// <summary>Its time, in nanoseconds since the Unix epoch.</summary>
    [JsonPropertyName("first_ts"), JsonConverter(typeof(UnixNanosConverter))]
    public long FirstTimestampNanos { get; set; }

    /// <summary>The last sequence given out.</summary>
    [JsonPropertyName("last_seq")]
    public ulong LastSequence { get; set; }

    /// <summary>Time of the last message, in nanoseconds since the Unix epoch.</summary>
    [JsonPropertyName("last_ts"), JsonConverter(typeof(UnixNanosConverter))]
    public long LastTimestampNanos { get; set; }

    /// <summary>Distinct subjects.</summary>
    [JsonPropertyName("num_subjects"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong SubjectCount { get; set; }

    /// <summary>Messages by subject, in the order of the subjects.</summary>
    [JsonPropertyName("subjects"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, ulong>? Subjects { get; set; }

    /// <summary>Sequences between the first and the last that hold no message.</summary>
    [JsonPropertyName("num_deleted"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong DeletedCount { get; set; }

    /// <summary>Those sequences.</summary>
    [JsonPropertyName("deleted"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ulong>? Deleted { get; set; }

    /// <summary>Messages that were found damaged.</summary>
    [JsonPropertyName("lost"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public LostStreamData? Lost { get; set; }

    /// <summary>Consumers.</summary>
    [JsonPropertyName("consumer_count")]
    public int ConsumerCount { get; set; }
}

/// <summary>Messages that were found damaged.</summary>
internal sealed class LostStreamData
{
    /// <summary>Their sequences.</summary>
    [JsonPropertyName("msgs")]
    public required IReadOnlyList<ulong> Messages { get; init; }

    /// <summary>Their size, as far as it is known.</summary>
    [JsonPropertyName("bytes")]
    public ulong Bytes { get; init; }
}

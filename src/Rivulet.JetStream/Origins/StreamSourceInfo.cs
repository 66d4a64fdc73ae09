using System.Text.Json.Serialization;
using Rivulet.JetStream.Api.Errors;
using Rivulet.JetStream.Streams;

namespace Rivulet.JetStream.Origins;

/// <summary>What is told about the mirror or a source of a stream.</summary>
public sealed class StreamSourceInfo
{
    /// <summary>Name of the origin.</summary>
    [JsonPropertyName("name")]
    public required string Name { get; init; }

    /// <summary>How to reach an origin elsewhere.</summary>
    [JsonPropertyName("external"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ExternalStream? External { get; init; }

    /// <summary>Messages that wait to be copied.</summary>
    [JsonPropertyName("lag")]
    public ulong Lag { get; init; }

    /// <summary>Sequence of the last message that was copied from a source; 0 for none.</summary>
    [JsonPropertyName("seq"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Sequence { get; set; }

    /// <summary>For how long nothing was heard of the origin, in nanoseconds; -1 if nothing ever was.</summary>
    [JsonPropertyName("active")]
    public long ActiveNanos { get; init; }

    /// <summary>Why nothing is copied; <c>null</c> if nothing is in the way.</summary>
    [JsonPropertyName("error"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ApiError? Error { get; init; }

    /// <summary>Filter of the messages that are copied.</summary>
    [JsonPropertyName("filter_subject"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? FilterSubject { get; set; }

    /// <summary>Filters with renames.</summary>
    [JsonPropertyName("subject_transforms"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<SubjectTransformConfig>? SubjectTransforms { get; init; }
}

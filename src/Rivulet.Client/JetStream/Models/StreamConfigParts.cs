using System.Text.Json.Serialization;

namespace Rivulet.Client.JetStream;

/// <summary>Where in a cluster a stream lives.</summary>
public sealed record Placement
{
    /// <summary>Cluster name.</summary>
    [JsonPropertyName("cluster")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Cluster { get; set; }

    /// <summary>Tags that its servers must have.</summary>
    [JsonPropertyName("tags")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Tags { get; set; }
}

/// <summary>A stream to mirror or to copy from.</summary>
public sealed record StreamSource
{
    /// <summary>Name of the origin.</summary>
    [JsonPropertyName("name")]
    public string Name { get; set; } = "";

    /// <summary>Sequence to start at; 0 for the first.</summary>
    [JsonPropertyName("opt_start_seq")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong StartSequence { get; set; }

    /// <summary>Time to start at.</summary>
    [JsonPropertyName("opt_start_time")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? StartTime { get; set; }

    /// <summary>Only subjects that match.</summary>
    [JsonPropertyName("filter_subject")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? FilterSubject { get; set; }

    /// <summary>How subjects change on the way.</summary>
    [JsonPropertyName("subject_transforms")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<SubjectTransform>? SubjectTransforms { get; set; }

    /// <summary>How to reach an origin in another account or domain.</summary>
    [JsonPropertyName("external")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ExternalStream? External { get; set; }
}

/// <summary>How to reach a stream of another account or domain.</summary>
public sealed record ExternalStream
{
    /// <summary>Subject prefix of its API.</summary>
    [JsonPropertyName("api")]
    public string ApiPrefix { get; set; } = "";

    /// <summary>Subject prefix of what it delivers.</summary>
    [JsonPropertyName("deliver")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? DeliverPrefix { get; set; }
}

/// <summary>A change of subject.</summary>
public sealed record SubjectTransform
{
    /// <summary>Filter that picks the subjects.</summary>
    [JsonPropertyName("src")]
    public string Source { get; set; } = "";

    /// <summary>What they become.</summary>
    [JsonPropertyName("dest")]
    public string Destination { get; set; } = "";
}

/// <summary>Publishing stored messages again.</summary>
public sealed record Republish
{
    /// <summary>Filter that picks the subjects; null for all.</summary>
    [JsonPropertyName("src")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Source { get; set; }

    /// <summary>Where they go.</summary>
    [JsonPropertyName("dest")]
    public string Destination { get; set; } = "";

    /// <summary>True: without payloads.</summary>
    [JsonPropertyName("headers_only")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool HeadersOnly { get; set; }
}

/// <summary>Limits on a stream's consumers.</summary>
public sealed record ConsumerLimits
{
    /// <summary>Longest time without interest.</summary>
    [JsonPropertyName("inactive_threshold")]
    [JsonConverter(typeof(NanosecondsConverter))]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public TimeSpan InactiveThreshold { get; set; }

    /// <summary>Most unacknowledged messages.</summary>
    [JsonPropertyName("max_ack_pending")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int MaxAckPending { get; set; }
}

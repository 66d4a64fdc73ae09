using System.Text.Json.Serialization;

namespace Rivulet.Client.JetStream;

/// <summary>Bodies of API requests, as they are on the wire. A field left out keeps the server's default.</summary>
internal sealed record StreamInfoRequest
{
    [JsonPropertyName("deleted_details")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool DeletedDetails { get; init; }

    [JsonPropertyName("subjects_filter")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? SubjectsFilter { get; init; }

    [JsonPropertyName("offset")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Offset { get; init; }
}

/// <summary>STREAM.NAMES and STREAM.LIST.</summary>
internal sealed record StreamListRequest
{
    [JsonPropertyName("offset")]
    public int Offset { get; init; }

    [JsonPropertyName("subject")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Subject { get; init; }
}

/// <summary>CONSUMER.NAMES and CONSUMER.LIST.</summary>
internal sealed record ConsumerListRequest
{
    [JsonPropertyName("offset")]
    public int Offset { get; init; }
}

/// <summary>STREAM.PURGE.</summary>
internal sealed record StreamPurgeRequest
{
    [JsonPropertyName("filter")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Filter { get; init; }

    [JsonPropertyName("seq")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Sequence { get; init; }

    [JsonPropertyName("keep")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Keep { get; init; }
}

/// <summary>STREAM.MSG.GET and DIRECT.GET of one message or of many.</summary>
internal sealed record MessageGetRequest
{
    [JsonPropertyName("seq")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Sequence { get; init; }

    [JsonPropertyName("last_by_subj")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? LastBySubject { get; init; }

    [JsonPropertyName("next_by_subj")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? NextBySubject { get; init; }

    [JsonPropertyName("start_time")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? StartTime { get; init; }

    [JsonPropertyName("batch")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Batch { get; init; }

    [JsonPropertyName("max_bytes")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int MaxBytes { get; init; }

    [JsonPropertyName("multi_last")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? MultiLast { get; init; }

    [JsonPropertyName("up_to_seq")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong UpToSequence { get; init; }

    [JsonPropertyName("up_to_time")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? UpToTime { get; init; }

    public static MessageGetRequest From(MessageSelector selector) => new()
    {
        Sequence = selector.Sequence,
        LastBySubject = selector.LastBySubject,
        NextBySubject = selector.NextBySubject,
        StartTime = selector.StartTime,
    };
}

/// <summary>STREAM.MSG.DELETE.</summary>
internal sealed record MessageDeleteRequest
{
    [JsonPropertyName("seq")]
    public ulong Sequence { get; init; }

    [JsonPropertyName("no_erase")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool NoErase { get; init; }
}

/// <summary>CONSUMER.CREATE.</summary>
internal sealed record ConsumerCreateRequest
{
    /// <summary>Creates, or updates what is there: no action.</summary>
    public const string CreateOrUpdate = "";
    public const string Create = "create";
    public const string Update = "update";

    [JsonPropertyName("stream_name")]
    public required string Stream { get; init; }

    [JsonPropertyName("config")]
    public required ConsumerConfig Config { get; init; }

    [JsonPropertyName("action")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Action { get; init; }
}

/// <summary>CONSUMER.PAUSE.</summary>
internal sealed record ConsumerPauseRequest
{
    [JsonPropertyName("pause_until")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? PauseUntil { get; init; }
}

/// <summary>CONSUMER.MSG.NEXT.</summary>
internal sealed record PullRequest
{
    [JsonPropertyName("batch")]
    public int Batch { get; init; }

    [JsonPropertyName("expires")]
    [JsonConverter(typeof(NanosecondsConverter))]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public TimeSpan Expires { get; init; }

    [JsonPropertyName("max_bytes")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int MaxBytes { get; init; }

    [JsonPropertyName("no_wait")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool NoWait { get; init; }

    [JsonPropertyName("idle_heartbeat")]
    [JsonConverter(typeof(NanosecondsConverter))]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public TimeSpan IdleHeartbeat { get; init; }

    [JsonPropertyName("group")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Group { get; init; }
}

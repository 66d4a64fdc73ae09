using System.Text.Json.Serialization;

namespace Rivulet.Client.JetStream;

/// <summary>A stream: its configuration and what it holds.</summary>
public sealed record StreamInfo
{
    /// <summary>Configuration.</summary>
    [JsonPropertyName("config")]
    public StreamConfig Config { get; set; } = new();

    /// <summary>When it was created.</summary>
    [JsonPropertyName("created")]
    public DateTimeOffset Created { get; set; }

    /// <summary>What it holds.</summary>
    [JsonPropertyName("state")]
    public StreamState State { get; set; } = new();

    /// <summary>Domain of the server.</summary>
    [JsonPropertyName("domain")]
    public string? Domain { get; set; }

    /// <summary>Leader and replicas.</summary>
    [JsonPropertyName("cluster")]
    public ClusterInfo? Cluster { get; set; }

    /// <summary>State of the mirror, if it is one.</summary>
    [JsonPropertyName("mirror")]
    public StreamSourceInfo? Mirror { get; set; }

    /// <summary>State of the sources.</summary>
    [JsonPropertyName("sources")]
    public IReadOnlyList<StreamSourceInfo>? Sources { get; set; }

    /// <summary>The server's time of the answer.</summary>
    [JsonPropertyName("ts")]
    public DateTimeOffset Timestamp { get; set; }
}

/// <summary>What a stream holds.</summary>
public sealed record StreamState
{
    /// <summary>Messages.</summary>
    [JsonPropertyName("messages")]
    public ulong Messages { get; set; }

    /// <summary>Bytes, by the server's accounting.</summary>
    [JsonPropertyName("bytes")]
    public ulong Bytes { get; set; }

    /// <summary>First sequence held.</summary>
    [JsonPropertyName("first_seq")]
    public ulong FirstSequence { get; set; }

    /// <summary>Time of the first message.</summary>
    [JsonPropertyName("first_ts")]
    public DateTimeOffset FirstTimestamp { get; set; }

    /// <summary>Last sequence given out.</summary>
    [JsonPropertyName("last_seq")]
    public ulong LastSequence { get; set; }

    /// <summary>Time of the last message.</summary>
    [JsonPropertyName("last_ts")]
    public DateTimeOffset LastTimestamp { get; set; }

    /// <summary>Subjects that hold messages.</summary>
    [JsonPropertyName("num_subjects")]
    public long SubjectCount { get; set; }

    /// <summary>Messages by subject, where a filter was asked for.</summary>
    [JsonPropertyName("subjects")]
    public IReadOnlyDictionary<string, ulong>? Subjects { get; set; }

    /// <summary>Deleted sequences between the first and the last.</summary>
    [JsonPropertyName("num_deleted")]
    public long DeletedCount { get; set; }

    /// <summary>The deleted sequences, where they were asked for.</summary>
    [JsonPropertyName("deleted")]
    public IReadOnlyList<ulong>? Deleted { get; set; }

    /// <summary>Messages lost to damage.</summary>
    [JsonPropertyName("lost")]
    public LostStreamData? Lost { get; set; }

    /// <summary>Consumers.</summary>
    [JsonPropertyName("consumer_count")]
    public int ConsumerCount { get; set; }
}

/// <summary>Messages that a stream lost to damage.</summary>
public sealed record LostStreamData
{
    /// <summary>Their sequences.</summary>
    [JsonPropertyName("msgs")]
    public IReadOnlyList<ulong>? Messages { get; set; }

    /// <summary>Their size in bytes.</summary>
    [JsonPropertyName("bytes")]
    public ulong Bytes { get; set; }
}

/// <summary>The state of a mirror or a source.</summary>
public sealed record StreamSourceInfo
{
    /// <summary>Name of the origin.</summary>
    [JsonPropertyName("name")]
    public string Name { get; set; } = "";

    /// <summary>Messages behind.</summary>
    [JsonPropertyName("lag")]
    public ulong Lag { get; set; }

    /// <summary>Time since it was last heard of; negative for never.</summary>
    [JsonPropertyName("active")]
    [JsonConverter(typeof(NanosecondsConverter))]
    public TimeSpan Active { get; set; }

    /// <summary>Filter in force.</summary>
    [JsonPropertyName("filter_subject")]
    public string? FilterSubject { get; set; }

    /// <summary>Changes of subject in force.</summary>
    [JsonPropertyName("subject_transforms")]
    public IReadOnlyList<SubjectTransform>? SubjectTransforms { get; set; }

    /// <summary>How the origin is reached.</summary>
    [JsonPropertyName("external")]
    public ExternalStream? External { get; set; }

    /// <summary>Why it does not work, if it does not.</summary>
    [JsonPropertyName("error")]
    public JetStreamApiError? Error { get; set; }
}

/// <summary>Leader and replicas of a stream or a consumer.</summary>
public sealed record ClusterInfo
{
    /// <summary>Cluster name.</summary>
    [JsonPropertyName("name")]
    public string? Name { get; set; }

    /// <summary>Name of the leading server.</summary>
    [JsonPropertyName("leader")]
    public string? Leader { get; set; }

    /// <summary>The other replicas.</summary>
    [JsonPropertyName("replicas")]
    public IReadOnlyList<PeerInfo>? Replicas { get; set; }
}

/// <summary>One replica.</summary>
public sealed record PeerInfo
{
    /// <summary>Server name.</summary>
    [JsonPropertyName("name")]
    public string Name { get; set; } = "";

    /// <summary>Whether it is up to date.</summary>
    [JsonPropertyName("current")]
    public bool Current { get; set; }

    /// <summary>Whether it is thought to be gone.</summary>
    [JsonPropertyName("offline")]
    public bool Offline { get; set; }

    /// <summary>Time since it was last heard of.</summary>
    [JsonPropertyName("active")]
    [JsonConverter(typeof(NanosecondsConverter))]
    public TimeSpan Active { get; set; }

    /// <summary>Operations behind.</summary>
    [JsonPropertyName("lag")]
    public ulong Lag { get; set; }
}

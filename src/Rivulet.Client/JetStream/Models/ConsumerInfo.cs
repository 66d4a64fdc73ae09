using System.Text.Json.Serialization;

namespace Rivulet.Client.JetStream;

/// <summary>A consumer: its configuration and where it is.</summary>
public sealed record ConsumerInfo
{
    /// <summary>Name of the stream.</summary>
    [JsonPropertyName("stream_name")]
    public string Stream { get; set; } = "";

    /// <summary>Name of the consumer.</summary>
    [JsonPropertyName("name")]
    public string Name { get; set; } = "";

    /// <summary>When it was created.</summary>
    [JsonPropertyName("created")]
    public DateTimeOffset Created { get; set; }

    /// <summary>Configuration.</summary>
    [JsonPropertyName("config")]
    public ConsumerConfig Config { get; set; } = new();

    /// <summary>The last delivery.</summary>
    [JsonPropertyName("delivered")]
    public SequenceInfo Delivered { get; set; } = new();

    /// <summary>Everything up to here is acknowledged.</summary>
    [JsonPropertyName("ack_floor")]
    public SequenceInfo AckFloor { get; set; } = new();

    /// <summary>Messages delivered and not acknowledged.</summary>
    [JsonPropertyName("num_ack_pending")]
    public int AckPending { get; set; }

    /// <summary>Messages delivered more than once and not acknowledged.</summary>
    [JsonPropertyName("num_redelivered")]
    public int Redelivered { get; set; }

    /// <summary>Pulls that wait.</summary>
    [JsonPropertyName("num_waiting")]
    public int Waiting { get; set; }

    /// <summary>Messages that match and are not delivered yet.</summary>
    [JsonPropertyName("num_pending")]
    public ulong Pending { get; set; }

    /// <summary>Leader and replicas.</summary>
    [JsonPropertyName("cluster")]
    public ClusterInfo? Cluster { get; set; }

    /// <summary>True: a push consumer's deliver subject has interest.</summary>
    [JsonPropertyName("push_bound")]
    public bool PushBound { get; set; }

    /// <summary>True: it delivers nothing for now.</summary>
    [JsonPropertyName("paused")]
    public bool Paused { get; set; }

    /// <summary>Time until it goes on.</summary>
    [JsonPropertyName("pause_remaining")]
    [JsonConverter(typeof(NanosecondsConverter))]
    public TimeSpan PauseRemaining { get; set; }

    /// <summary>The server's time of the answer.</summary>
    [JsonPropertyName("ts")]
    public DateTimeOffset Timestamp { get; set; }
}

/// <summary>A place in a consumer and the place in the stream that goes with it.</summary>
public sealed record SequenceInfo
{
    /// <summary>Sequence of the delivery, counted by the consumer.</summary>
    [JsonPropertyName("consumer_seq")]
    public ulong ConsumerSequence { get; set; }

    /// <summary>Sequence of the message in the stream.</summary>
    [JsonPropertyName("stream_seq")]
    public ulong StreamSequence { get; set; }

    /// <summary>When, if ever.</summary>
    [JsonPropertyName("last_active")]
    public DateTimeOffset? LastActive { get; set; }
}

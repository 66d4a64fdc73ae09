using System.Text.Json.Serialization;

namespace Rivulet.Client.JetStream;

/// <summary>The acknowledgement of a publish: the message is stored.</summary>
public sealed record PublishAck
{
    /// <summary>Name of the stream that stored it.</summary>
    [JsonPropertyName("stream")]
    public string Stream { get; set; } = "";

    /// <summary>Its sequence.</summary>
    [JsonPropertyName("seq")]
    public ulong Sequence { get; set; }

    /// <summary>True: the message id was stored before; <see cref="Sequence"/> is that message's.</summary>
    [JsonPropertyName("duplicate")]
    public bool Duplicate { get; set; }

    /// <summary>Domain of the server.</summary>
    [JsonPropertyName("domain")]
    public string? Domain { get; set; }

    /// <summary>New value of a counter.</summary>
    [JsonPropertyName("val")]
    public string? CounterValue { get; set; }

    /// <summary>Id of the batch that it committed.</summary>
    [JsonPropertyName("batch")]
    public string? BatchId { get; set; }

    /// <summary>Messages of that batch.</summary>
    [JsonPropertyName("count")]
    public int BatchCount { get; set; }
}

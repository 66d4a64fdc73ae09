using System.Text.Json.Serialization;
using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Origins;
using Rivulet.JetStream.Streams;

namespace Rivulet.JetStream.Api.Models;

/// <summary>What a response tells about a stream.</summary>
internal interface IStreamInfo
{
    /// <summary>Its configuration.</summary>
    StreamConfig? Config { get; set; }

    /// <summary>When it was created, in nanoseconds since the Unix epoch.</summary>
    long? CreatedNanos { get; set; }

    /// <summary>What it holds.</summary>
    StreamStateModel? State { get; set; }

    /// <summary>JetStream domain of the server.</summary>
    string? Domain { get; set; }

    /// <summary>Who leads it.</summary>
    ClusterInfo? Cluster { get; set; }

    /// <summary>The stream that it mirrors.</summary>
    StreamSourceInfo? Mirror { get; set; }

    /// <summary>The streams that it takes messages from.</summary>
    IReadOnlyList<StreamSourceInfo>? Sources { get; set; }

    /// <summary>When this was written, in nanoseconds since the Unix epoch.</summary>
    long? TimestampNanos { get; set; }
}

/// <summary>A stream in a list.</summary>
internal sealed class StreamInfo : IStreamInfo
{
    /// <inheritdoc/>
    [JsonPropertyName("config")]
    public StreamConfig? Config { get; set; }

    /// <inheritdoc/>
    [JsonPropertyName("created")]
    [JsonConverter(typeof(UnixNanosConverter))]
    public long? CreatedNanos { get; set; }

    /// <inheritdoc/>
    [JsonPropertyName("state")]
    public StreamStateModel? State { get; set; }

    /// <inheritdoc/>
    [JsonPropertyName("domain"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Domain { get; set; }

    /// <inheritdoc/>
    [JsonPropertyName("cluster"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ClusterInfo? Cluster { get; set; }

    /// <inheritdoc/>
    [JsonPropertyName("mirror"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public StreamSourceInfo? Mirror { get; set; }

    /// <inheritdoc/>
    [JsonPropertyName("sources"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<StreamSourceInfo>? Sources { get; set; }

    /// <inheritdoc/>
    [JsonPropertyName("ts")]
    [JsonConverter(typeof(UnixNanosConverter))]
    public long? TimestampNanos { get; set; }
}

/// <summary>A response that is about one stream, and says nothing of it when it is an error.</summary>
internal abstract class StreamInfoResponseBase(string type) : ApiResponse(type), IStreamInfo
{
    /// <inheritdoc/>
    [JsonPropertyName("config"), JsonPropertyOrder(10), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public StreamConfig? Config { get; set; }

    /// <inheritdoc/>
    [JsonPropertyName("created"), JsonPropertyOrder(11), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonConverter(typeof(UnixNanosConverter))]
    public long? CreatedNanos { get; set; }

    /// <inheritdoc/>
    [JsonPropertyName("state"), JsonPropertyOrder(12), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public StreamStateModel? State { get; set; }

    /// <inheritdoc/>
    [JsonPropertyName("domain"), JsonPropertyOrder(13), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Domain { get; set; }

    /// <inheritdoc/>
    [JsonPropertyName("cluster"), JsonPropertyOrder(14), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ClusterInfo? Cluster { get; set; }

    /// <inheritdoc/>
    [JsonPropertyName("mirror"), JsonPropertyOrder(15), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public StreamSourceInfo? Mirror { get; set; }

    /// <inheritdoc/>
    [JsonPropertyName("sources"), JsonPropertyOrder(16), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<StreamSourceInfo>? Sources { get; set; }

    /// <inheritdoc/>
    [JsonPropertyName("ts"), JsonPropertyOrder(19), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonConverter(typeof(UnixNanosConverter))]
    public long? TimestampNanos { get; set; }
}

/// <summary>Who leads a stream or consumer.</summary>
public sealed class ClusterInfo
{
    /// <summary>Name of the server.</summary>
    [JsonPropertyName("leader")]
    public required string Leader { get; init; }
}

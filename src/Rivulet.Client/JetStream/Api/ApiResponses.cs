using System.Text.Json.Serialization;

namespace Rivulet.Client.JetStream;

/// <summary>Where a page of a longer answer lies in it.</summary>
internal sealed record PageResponse
{
    [JsonPropertyName("total")]
    public int Total { get; init; }

    [JsonPropertyName("offset")]
    public int Offset { get; init; }

    [JsonPropertyName("limit")]
    public int Limit { get; init; }
}

internal sealed record StreamNamesResponse
{
    [JsonPropertyName("total")]
    public int Total { get; init; }

    [JsonPropertyName("streams")]
    public IReadOnlyList<string>? Streams { get; init; }
}

internal sealed record StreamListResponse
{
    [JsonPropertyName("total")]
    public int Total { get; init; }

    [JsonPropertyName("streams")]
    public IReadOnlyList<StreamInfo>? Streams { get; init; }
}

internal sealed record ConsumerNamesResponse
{
    [JsonPropertyName("total")]
    public int Total { get; init; }

    [JsonPropertyName("consumers")]
    public IReadOnlyList<string>? Consumers { get; init; }
}

internal sealed record ConsumerListResponse
{
    [JsonPropertyName("total")]
    public int Total { get; init; }

    [JsonPropertyName("consumers")]
    public IReadOnlyList<ConsumerInfo>? Consumers { get; init; }
}

internal sealed record SuccessResponse
{
    [JsonPropertyName("success")]
    public bool Success { get; init; }
}

internal sealed record PurgeResponse
{
    [JsonPropertyName("purged")]
    public ulong Purged { get; init; }
}

internal sealed record MessageGetResponse
{
    [JsonPropertyName("message")]
    public MessageGetBody? Message { get; init; }
}

internal sealed record MessageGetBody
{
    [JsonPropertyName("subject")]
    public string Subject { get; init; } = "";

    [JsonPropertyName("seq")]
    public ulong Sequence { get; init; }

    [JsonPropertyName("hdrs")]
    public byte[]? Headers { get; init; }

    [JsonPropertyName("data")]
    public byte[]? Data { get; init; }

    [JsonPropertyName("time")]
    public DateTimeOffset Time { get; init; }
}

/// <summary>Whether a consumer is paused, and for how long.</summary>
public sealed record ConsumerPauseState
{
    /// <summary>True: it delivers nothing for now.</summary>
    [JsonPropertyName("paused")]
    public bool Paused { get; init; }

    /// <summary>Until when; the year 1 if it is not paused.</summary>
    [JsonPropertyName("pause_until")]
    public DateTimeOffset PauseUntil { get; init; }

    /// <summary>Time until it goes on.</summary>
    [JsonPropertyName("pause_remaining")]
    [JsonConverter(typeof(NanosecondsConverter))]
    public TimeSpan PauseRemaining { get; init; }
}

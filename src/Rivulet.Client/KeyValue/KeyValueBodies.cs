using System.Text.Json.Serialization;

namespace Rivulet.Client.KeyValue;

/// <summary>Bodies of the requests on buckets, as they are on the wire: LIST and GET.</summary>
internal sealed record KeyValueKeysRequest
{
    [JsonPropertyName("keys")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Keys { get; init; }

    [JsonPropertyName("filters")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Filters { get; init; }

    [JsonPropertyName("prefix")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Prefix { get; init; }

    [JsonPropertyName("from")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? From { get; init; }

    [JsonPropertyName("before")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Before { get; init; }

    [JsonPropertyName("after")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? After { get; init; }

    [JsonPropertyName("limit")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Limit { get; init; }

    [JsonPropertyName("revision")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Revision { get; init; }

    [JsonPropertyName("deletes")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Deletes { get; init; }

    [JsonPropertyName("keys_only")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool KeysOnly { get; init; }

    [JsonPropertyName("total")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Total { get; init; }

    public static KeyValueKeysRequest Of(KeyValueSelection selection) => new()
    {
        Filters = selection.Filters is { Count: > 0 } filters ? filters : null,
        Prefix = selection.Prefix,
        From = selection.From,
        Before = selection.Before,
        After = selection.After,
        Limit = selection.Limit,
        Revision = selection.Revision,
        Deletes = selection.IncludeDeletes,
    };
}

/// <summary>RESUME.</summary>
internal sealed record KeyValueResumeRequest
{
    [JsonPropertyName("revision")]
    public ulong Revision { get; init; }

    [JsonPropertyName("removals")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ulong? Removals { get; init; }

    [JsonPropertyName("every")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Every { get; init; }
}

/// <summary>TOUCH.</summary>
internal sealed record KeyValueTouchRequest
{
    [JsonPropertyName("ttl")]
    [JsonConverter(typeof(JetStream.NanosecondsConverter))]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public TimeSpan TimeToLive { get; init; }

    [JsonPropertyName("persist")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Persist { get; init; }

    [JsonPropertyName("revision")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Revision { get; init; }
}

/// <summary>What the answers of LIST with revisions, GET, RESUME and TOUCH say.</summary>
internal sealed record KeyValueAnswer
{
    [JsonPropertyName("revision")]
    public ulong Revision { get; init; }

    [JsonPropertyName("removals")]
    public ulong Removals { get; init; }

    [JsonPropertyName("keys")]
    public IReadOnlyList<KeyValueListedKey>? Keys { get; init; }

    [JsonPropertyName("missing")]
    public IReadOnlyList<string>? Missing { get; init; }

    [JsonPropertyName("unread")]
    public IReadOnlyList<string>? Unread { get; init; }

    [JsonPropertyName("total")]
    public ulong? Total { get; init; }

    [JsonPropertyName("next")]
    public string? Next { get; init; }
}

/// <summary>What the answer of LIST with keys alone says.</summary>
internal sealed record KeyValueKeysAnswer
{
    [JsonPropertyName("keys")]
    public IReadOnlyList<string>? Keys { get; init; }

    [JsonPropertyName("next")]
    public string? Next { get; init; }
}

internal sealed record KeyValueListedKey
{
    [JsonPropertyName("key")]
    public string Key { get; init; } = "";

    [JsonPropertyName("revision")]
    public ulong Revision { get; init; }

    [JsonPropertyName("created")]
    public DateTimeOffset Created { get; init; }

    [JsonPropertyName("revisions")]
    public ulong Revisions { get; init; }

    [JsonPropertyName("deleted")]
    public bool Deleted { get; init; }
}

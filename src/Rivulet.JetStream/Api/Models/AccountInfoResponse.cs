using System.Text.Json.Serialization;
using Rivulet.JetStream.Hosting;

namespace Rivulet.JetStream.Api.Models;

/// <summary>Answer to INFO: what an account uses, and what it may.</summary>
internal sealed class AccountInfoResponse() : ApiResponse("account_info_response")
{
    /// <summary>Bytes in memory streams.</summary>
    [JsonPropertyName("memory"), JsonPropertyOrder(1), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? MemoryBytes { get; set; }

    /// <summary>Bytes in file streams.</summary>
    [JsonPropertyName("storage"), JsonPropertyOrder(2), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? StoreBytes { get; set; }

    /// <summary>Bytes that memory streams have reserved.</summary>
    [JsonPropertyName("reserved_memory"), JsonPropertyOrder(3), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? ReservedMemoryBytes { get; set; }

    /// <summary>Bytes that file streams have reserved.</summary>
    [JsonPropertyName("reserved_storage"), JsonPropertyOrder(4), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? ReservedStoreBytes { get; set; }

    /// <summary>Streams.</summary>
    [JsonPropertyName("streams"), JsonPropertyOrder(5), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Streams { get; set; }

    /// <summary>Consumers.</summary>
    [JsonPropertyName("consumers"), JsonPropertyOrder(6), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Consumers { get; set; }

    /// <summary>What the account may use.</summary>
    [JsonPropertyName("limits"), JsonPropertyOrder(7), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public AccountLimitsModel? Limits { get; set; }

    /// <summary>JetStream domain of the server.</summary>
    [JsonPropertyName("domain"), JsonPropertyOrder(8), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Domain { get; set; }

    /// <summary>Requests of the API.</summary>
    [JsonPropertyName("api"), JsonPropertyOrder(9), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ApiStatisticsModel? Api { get; set; }

    /// <summary>Use and limits by tier, where the account has tiers.</summary>
    [JsonPropertyName("tiers"), JsonPropertyOrder(10), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SortedDictionary<string, AccountTierModel>? Tiers { get; set; }
}

/// <summary>What the streams of a tier use, and what they may.</summary>
internal sealed class AccountTierModel
{
    /// <summary>Bytes in memory streams.</summary>
    [JsonPropertyName("memory")]
    public long MemoryBytes { get; init; }

    /// <summary>Bytes in file streams.</summary>
    [JsonPropertyName("storage")]
    public long StoreBytes { get; init; }

    /// <summary>Bytes that memory streams have reserved.</summary>
    [JsonPropertyName("reserved_memory")]
    public long ReservedMemoryBytes { get; init; }

    /// <summary>Bytes that file streams have reserved.</summary>
    [JsonPropertyName("reserved_storage")]
    public long ReservedStoreBytes { get; init; }

    /// <summary>Streams.</summary>
    [JsonPropertyName("streams")]
    public int Streams { get; init; }

    /// <summary>Consumers.</summary>
    [JsonPropertyName("consumers")]
    public int Consumers { get; init; }

    /// <summary>What they may use.</summary>
    [JsonPropertyName("limits")]
    public required AccountLimitsModel Limits { get; init; }
}

/// <summary>What an account may use; -1 is unlimited. All zero where it has tiers, each with limits of its own.</summary>
internal sealed class AccountLimitsModel
{
    /// <summary>Bytes of all memory streams.</summary>
    [JsonPropertyName("max_memory")]
    public long MaxMemoryBytes { get; init; }

    /// <summary>Bytes of all file streams.</summary>
    [JsonPropertyName("max_storage")]
    public long MaxStoreBytes { get; init; }

    /// <summary>Streams.</summary>
    [JsonPropertyName("max_streams")]
    public int MaxStreams { get; init; }

    /// <summary>Consumers of a stream.</summary>
    [JsonPropertyName("max_consumers")]
    public int MaxConsumers { get; init; }

    /// <summary>Unacknowledged messages of a consumer.</summary>
    [JsonPropertyName("max_ack_pending")]
    public int MaxAckPending { get; init; }

    /// <summary>Bytes of one memory stream.</summary>
    [JsonPropertyName("memory_max_stream_bytes")]
    public long MemoryMaxStreamBytes { get; init; }

    /// <summary>Bytes of one file stream.</summary>
    [JsonPropertyName("storage_max_stream_bytes")]
    public long StoreMaxStreamBytes { get; init; }

    /// <summary>Whether a stream must set its <c>max_bytes</c>.</summary>
    [JsonPropertyName("max_bytes_required")]
    public bool MaxBytesRequired { get; init; }

    /// <summary>Those of an account, or of a tier of it.</summary>
    public static AccountLimitsModel Of(AccountLimits limits) => new()
    {
        MaxMemoryBytes = limits.MaxMemoryBytes,
        MaxStoreBytes = limits.MaxStoreBytes,
        MaxStreams = limits.MaxStreams,
        MaxConsumers = limits.MaxConsumers,
        MaxAckPending = limits.MaxAckPending,
        MemoryMaxStreamBytes = limits.MemoryMaxStreamBytes,
        StoreMaxStreamBytes = limits.StoreMaxStreamBytes,
        MaxBytesRequired = limits.MaxBytesRequired,
    };
}

/// <summary>Requests of the API.</summary>
internal sealed class ApiStatisticsModel
{
    /// <summary>API level of the server.</summary>
    [JsonPropertyName("level")]
    public required int Level { get; init; }

    /// <summary>Requests handled.</summary>
    [JsonPropertyName("total")]
    public required long Total { get; init; }

    /// <summary>Requests that failed.</summary>
    [JsonPropertyName("errors")]
    public required long Errors { get; init; }

    /// <summary>Requests that wait.</summary>
    [JsonPropertyName("inflight"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Inflight { get; init; }
}

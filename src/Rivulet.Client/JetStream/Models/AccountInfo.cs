using System.Text.Json.Serialization;

namespace Rivulet.Client.JetStream;

/// <summary>What an account uses of JetStream, and what it may use.</summary>
public sealed record AccountInfo
{
    /// <summary>Memory used, in bytes.</summary>
    [JsonPropertyName("memory")]
    public ulong Memory { get; set; }

    /// <summary>Disk used, in bytes.</summary>
    [JsonPropertyName("storage")]
    public ulong Storage { get; set; }

    /// <summary>Memory promised to streams, in bytes.</summary>
    [JsonPropertyName("reserved_memory")]
    public ulong ReservedMemory { get; set; }

    /// <summary>Disk promised to streams, in bytes.</summary>
    [JsonPropertyName("reserved_storage")]
    public ulong ReservedStorage { get; set; }

    /// <summary>Streams.</summary>
    [JsonPropertyName("streams")]
    public int Streams { get; set; }

    /// <summary>Consumers.</summary>
    [JsonPropertyName("consumers")]
    public int Consumers { get; set; }

    /// <summary>Limits.</summary>
    [JsonPropertyName("limits")]
    public AccountLimits Limits { get; set; } = new();

    /// <summary>Domain of the server.</summary>
    [JsonPropertyName("domain")]
    public string? Domain { get; set; }

    /// <summary>The API: its level and use.</summary>
    [JsonPropertyName("api")]
    public ApiStatistics Api { get; set; } = new();

    /// <summary>Use and limits by tier, where the account has tiers.</summary>
    [JsonPropertyName("tiers")]
    public IReadOnlyDictionary<string, AccountTier>? Tiers { get; set; }
}

/// <summary>Use and limits of one tier.</summary>
public sealed record AccountTier
{
    /// <summary>Memory used, in bytes.</summary>
    [JsonPropertyName("memory")]
    public ulong Memory { get; set; }

    /// <summary>Disk used, in bytes.</summary>
    [JsonPropertyName("storage")]
    public ulong Storage { get; set; }

    /// <summary>Memory promised to streams, in bytes.</summary>
    [JsonPropertyName("reserved_memory")]
    public ulong ReservedMemory { get; set; }

    /// <summary>Disk promised to streams, in bytes.</summary>
    [JsonPropertyName("reserved_storage")]
    public ulong ReservedStorage { get; set; }

    /// <summary>Streams.</summary>
    [JsonPropertyName("streams")]
    public int Streams { get; set; }

    /// <summary>Consumers.</summary>
    [JsonPropertyName("consumers")]
    public int Consumers { get; set; }

    /// <summary>Limits.</summary>
    [JsonPropertyName("limits")]
    public AccountLimits Limits { get; set; } = new();
}

/// <summary>Limits of an account; -1 means unlimited.</summary>
public sealed record AccountLimits
{
    /// <summary>Memory, in bytes.</summary>
    [JsonPropertyName("max_memory")]
    public long MaxMemory { get; set; }

    /// <summary>Disk, in bytes.</summary>
    [JsonPropertyName("max_storage")]
    public long MaxStorage { get; set; }

    /// <summary>Streams.</summary>
    [JsonPropertyName("max_streams")]
    public int MaxStreams { get; set; }

    /// <summary>Consumers.</summary>
    [JsonPropertyName("max_consumers")]
    public int MaxConsumers { get; set; }

    /// <summary>Unacknowledged messages of a consumer.</summary>
    [JsonPropertyName("max_ack_pending")]
    public int MaxAckPending { get; set; }

    /// <summary>Bytes of one memory stream.</summary>
    [JsonPropertyName("memory_max_stream_bytes")]
    public long MemoryMaxStreamBytes { get; set; }

    /// <summary>Bytes of one file stream.</summary>
    [JsonPropertyName("storage_max_stream_bytes")]
    public long StorageMaxStreamBytes { get; set; }

    /// <summary>Whether every stream must limit its bytes.</summary>
    [JsonPropertyName("max_bytes_required")]
    public bool MaxBytesRequired { get; set; }
}

/// <summary>The JetStream API as an account sees it.</summary>
public sealed record ApiStatistics
{
    /// <summary>The server's API level; 0 where it does not say.</summary>
    [JsonPropertyName("level")]
    public int Level { get; set; }

    /// <summary>Requests answered.</summary>
    [JsonPropertyName("total")]
    public ulong Total { get; set; }

    /// <summary>Requests answered with an error.</summary>
    [JsonPropertyName("errors")]
    public ulong Errors { get; set; }

    /// <summary>Requests under way.</summary>
    [JsonPropertyName("inflight")]
    public ulong Inflight { get; set; }
}

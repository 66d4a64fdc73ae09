using System.Text.Json.Serialization;

namespace Rivulet.Client.JetStream;

/// <summary>When a stream lets go of messages.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RetentionPolicy>))]
public enum RetentionPolicy
{
    /// <summary>When a limit is reached.</summary>
    [JsonStringEnumMemberName("limits")]
    Limits,

    /// <summary>When every interested consumer has acknowledged.</summary>
    [JsonStringEnumMemberName("interest")]
    Interest,

    /// <summary>When one consumer has acknowledged.</summary>
    [JsonStringEnumMemberName("workqueue")]
    WorkQueue,
}

/// <summary>What a full stream does with a new message.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DiscardPolicy>))]
public enum DiscardPolicy
{
    /// <summary>Removes the oldest messages.</summary>
    [JsonStringEnumMemberName("old")]
    Old,

    /// <summary>Refuses the new one.</summary>
    [JsonStringEnumMemberName("new")]
    New,
}

/// <summary>Where a stream or a consumer keeps its state.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<StorageType>))]
public enum StorageType
{
    /// <summary>On disk.</summary>
    [JsonStringEnumMemberName("file")]
    File,

    /// <summary>In memory: gone when the server stops.</summary>
    [JsonStringEnumMemberName("memory")]
    Memory,
}

/// <summary>Whether a stream is compressed on disk.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<StreamCompression>))]
public enum StreamCompression
{
    /// <summary>No.</summary>
    [JsonStringEnumMemberName("none")]
    None,

    /// <summary>With S2.</summary>
    [JsonStringEnumMemberName("s2")]
    S2,
}

/// <summary>When a stored message is acknowledged.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PersistMode>))]
public enum PersistMode
{
    /// <summary>As the server is configured.</summary>
    [JsonStringEnumMemberName("default")]
    Default,

    /// <summary>Before it is written.</summary>
    [JsonStringEnumMemberName("async")]
    Async,
}

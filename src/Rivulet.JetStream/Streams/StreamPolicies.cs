using System.Text.Json.Serialization;

namespace Rivulet.JetStream.Streams;

/// <summary>When a stream lets go of messages.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RetentionPolicy>))]
public enum RetentionPolicy
{
    /// <summary>When limits demand it.</summary>
    [JsonStringEnumMemberName("limits")]
    Limits,

    /// <summary>When every consumer that is interested has acknowledged.</summary>
    [JsonStringEnumMemberName("interest")]
    Interest,

    /// <summary>When the one consumer that is responsible has acknowledged.</summary>
    [JsonStringEnumMemberName("workqueue")]
    WorkQueue,
}

/// <summary>What a full stream does with a new message.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DiscardPolicy>))]
public enum DiscardPolicy
{
    /// <summary>Takes it and drops the oldest.</summary>
    [JsonStringEnumMemberName("old")]
    Old,

    /// <summary>Refuses it.</summary>
    [JsonStringEnumMemberName("new")]
    New,
}

/// <summary>Where a stream keeps its messages.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<StorageType>))]
public enum StorageType
{
    /// <summary>On disk.</summary>
    [JsonStringEnumMemberName("file")]
    File,

    /// <summary>In memory.</summary>
    [JsonStringEnumMemberName("memory")]
    Memory,
}

/// <summary>How a stream compresses its messages on disk.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<StoreCompression>))]
public enum StoreCompression
{
    /// <summary>Not at all.</summary>
    [JsonStringEnumMemberName("none")]
    None,

    /// <summary>By S2.</summary>
    [JsonStringEnumMemberName("s2")]
    S2,
}

/// <summary>When a stream may acknowledge a message.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PersistMode>))]
public enum PersistMode
{
    /// <summary>After its commit.</summary>
    [JsonStringEnumMemberName("default")]
    Default,

    /// <summary>Before its commit, if the server likes. This one acknowledges after it all the same.</summary>
    [JsonStringEnumMemberName("async")]
    Async,
}

using System.Text.Json.Serialization;

namespace Rivulet.Client.JetStream;

/// <summary>When a stream lets go of messages.</summary>
[JsonConverter(typeof(RetentionPolicyConverter))]
public enum RetentionPolicy
{
    /// <summary>When a limit is reached.</summary>
    Limits,

    /// <summary>When every interested consumer has acknowledged.</summary>
    Interest,

    /// <summary>When one consumer has acknowledged.</summary>
    WorkQueue,
}

/// <summary>What a full stream does with a new message.</summary>
[JsonConverter(typeof(DiscardPolicyConverter))]
public enum DiscardPolicy
{
    /// <summary>Removes the oldest messages.</summary>
    Old,

    /// <summary>Refuses the new one.</summary>
    New,
}

/// <summary>Where a stream or a consumer keeps its state.</summary>
[JsonConverter(typeof(StorageTypeConverter))]
public enum StorageType
{
    /// <summary>On disk.</summary>
    File,

    /// <summary>In memory: gone when the server stops.</summary>
    Memory,
}

/// <summary>Whether a stream is compressed on disk.</summary>
[JsonConverter(typeof(StreamCompressionConverter))]
public enum StreamCompression
{
    /// <summary>No.</summary>
    None,

    /// <summary>With S2.</summary>
    S2,
}

/// <summary>When a stored message is acknowledged.</summary>
[JsonConverter(typeof(PersistModeConverter))]
public enum PersistMode
{
    /// <summary>As the server is configured.</summary>
    Default,

    /// <summary>Before it is written.</summary>
    Async,
}

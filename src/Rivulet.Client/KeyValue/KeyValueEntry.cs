namespace Rivulet.Client.KeyValue;

/// <summary>What a revision did to its key.</summary>
public enum KeyValueOperation
{
    /// <summary>Gave it a value.</summary>
    Put,

    /// <summary>Deleted it; older revisions are kept.</summary>
    Delete,

    /// <summary>Deleted it and its older revisions. An expired key looks like this too.</summary>
    Purge,
}

/// <summary>One revision of a key. Immutable.</summary>
public sealed class KeyValueEntry
{
    private readonly NatsConnection _connection;

    internal KeyValueEntry(NatsConnection connection) => _connection = connection;

    /// <summary>The bucket.</summary>
    public required string Bucket { get; init; }

    /// <summary>The key.</summary>
    public required string Key { get; init; }

    /// <summary>The value; empty for a delete or a purge, and in a watch of metadata only.</summary>
    public required ReadOnlyMemory<byte> Value { get; init; }

    /// <summary>The revision: the sequence in the bucket's stream.</summary>
    public required ulong Revision { get; init; }

    /// <summary>When it was stored.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>Entries that come after it in the watch or history that it was read from; 0 for a get.</summary>
    public ulong Delta { get; init; }

    /// <summary>What it did.</summary>
    public required KeyValueOperation Operation { get; init; }

    /// <summary>
    /// The revision that put the value, where this one is a touch of it: same value, more time to live. Null otherwise.
    /// </summary>
    public ulong? TouchedRevision { get; init; }

    /// <summary>In a watch: false while the entry belongs to what was there when the watch began.</summary>
    public bool IsUpdate { get; init; }

    /// <summary>Size of the value in bytes, known also where the value was not sent.</summary>
    public required long SizeBytes { get; init; }

    /// <summary>The value as a <typeparamref name="T"/>, by the given serializer or the connection's.</summary>
    public T Decode<T>(INatsSerializer<T>? serializer = null) =>
        (serializer ?? _connection.Options.Serializers.Get<T>()).Deserialize(Value);
}

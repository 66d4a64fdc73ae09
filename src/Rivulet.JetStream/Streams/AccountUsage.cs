using Rivulet.JetStream.Api.Errors;

namespace Rivulet.JetStream.Streams;

/// <summary>
/// What the streams of an account hold and have reserved, and what they may. Streams report their changes; any thread may
/// read. The figures include uncommitted messages.
/// </summary>
public sealed class AccountUsage
{
    private readonly JetStreamAccount _account;
    private long _memoryBytes;
    private long _storeBytes;

    // By all streams together: whoever makes the ten-thousandth stream should not have to ask the others.
    private long _reservedMemoryBytes;
    private long _reservedStoreBytes;

    internal AccountUsage(JetStreamAccount account) => _account = account;

    /// <summary>Bytes in memory streams.</summary>
    public long MemoryBytes => Interlocked.Read(ref _memoryBytes);

    /// <summary>Bytes in file streams.</summary>
    public long StoreBytes => Interlocked.Read(ref _storeBytes);

    /// <summary>Bytes that memory streams have reserved by their <c>max_bytes</c>.</summary>
    public long ReservedMemoryBytes => Interlocked.Read(ref _reservedMemoryBytes);

    /// <summary>Bytes that file streams have reserved by their <c>max_bytes</c>.</summary>
    public long ReservedStoreBytes => Interlocked.Read(ref _reservedStoreBytes);

    /// <summary>Takes in that a stream has grown, or shrunk.</summary>
    internal void Add(StorageType storage, long bytes)
    {
        if (storage == StorageType.Memory)
            Interlocked.Add(ref _memoryBytes, bytes);
        else
            Interlocked.Add(ref _storeBytes, bytes);
        _account.Engine.AddUsed(storage, bytes);
    }

    /// <summary>A stream is there from now on with this configuration, or is not any more.</summary>
    internal void Reserve(StreamConfig config, bool isThere)
    {
        long bytes = isThere ? ReservedBy(config) : -ReservedBy(config);
        if (config.Storage == StorageType.Memory)
            Interlocked.Add(ref _reservedMemoryBytes, bytes);
        else
            Interlocked.Add(ref _reservedStoreBytes, bytes);
    }

    /// <summary>Whether a message of this size may still be stored.</summary>
    /// <returns>Which limit speaks against it, or <c>null</c>.</returns>
    internal ApiError? CheckRoom(StorageType storage, long messageBytes)
    {
        bool memory = storage == StorageType.Memory;
        long serverMax = memory ? _account.Engine.Options.MaxMemoryBytes : _account.Engine.Options.MaxStoreBytes;
        if (serverMax >= 0 && _account.Engine.UsedBytes(storage) > serverMax)
            return JetStreamError.InsufficientResources;
        if (_account.Limits.Tiers?.ContainsKey("R1") == false)
            return JetStreamError.NoLimits;
        long accountMax = memory ? _account.Limits.MaxMemoryBytes : _account.Limits.MaxStoreBytes;
        long used = memory ? MemoryBytes : StoreBytes;
        return accountMax >= 0 && used + messageBytes > accountMax ? JetStreamError.AccountResourcesExceeded : null;
    }

    /// <summary>Whether another stream may be created.</summary>
    internal ApiError? CheckStreamCount(string name)
    {
        int max = _account.Limits.MaxStreams;
        return max > 0 && _account.Streams.Count(stream => stream.Name != name) >= max
            ? JetStreamError.MaximumStreamsLimit
            : null;
    }

    /// <summary>Whether a stream may reserve its <c>max_bytes</c>, besides what the other streams have.</summary>
    /// <param name="config">Its configuration.</param>
    internal ApiError? CheckReservation(StreamConfig config)
    {
        int consumersMax = _account.Limits.MaxConsumers;
        if (consumersMax > 0 && config.MaxConsumers > consumersMax)
            return JetStreamError.MaximumConsumersLimit;
        bool memory = config.Storage == StorageType.Memory;
        JetStreamError error = memory ? JetStreamError.MemoryResourcesExceeded : JetStreamError.StorageResourcesExceeded;

        // A stream without a limit of its own still needs room for something.
        long wanted = config.MaxBytes < 0 ? 1 : config.MaxBytes;
        long accountMax = memory ? _account.Limits.MaxMemoryBytes : _account.Limits.MaxStoreBytes;
        if (Exceeds(Reserved(config.Storage, config.Name), wanted, accountMax))
            return error;
        long serverMax = memory ? _account.Engine.Options.MaxMemoryBytes : _account.Engine.Options.MaxStoreBytes;
        long elsewhere = _account.Engine.Accounts
            .Sum(account => account.Usage.Reserved(config.Storage, account == _account ? config.Name : null));
        return Exceeds(elsewhere, wanted, serverMax) ? error : null;
    }

    private static bool Exceeds(long reserved, long wanted, long max) => max >= 0 && (reserved > max || wanted > max - reserved);

    private static long ReservedBy(StreamConfig config) => Math.Max(0, config.MaxBytes);

    /// <summary>What the streams have reserved, one of them left out.</summary>
    private long Reserved(StorageType storage, string? except)
    {
        long all = storage == StorageType.Memory ? ReservedMemoryBytes : ReservedStoreBytes;
        return except is not null && _account.Directory.TryGet(except, out JetStreamStream? stream) && stream.Config.Storage == storage
            ? all - ReservedBy(stream.Config)
            : all;
    }
}

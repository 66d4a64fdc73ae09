using Rivulet.Storage;

namespace Rivulet.JetStream;

/// <summary>Settings of JetStream on this server.</summary>
public sealed record JetStreamOptions
{
    /// <summary>Directory of the file store. It is created if missing.</summary>
    public required string StoreDirectory { get; init; }

    /// <summary>When stored messages are synced to the disk.</summary>
    public SyncPolicy SyncPolicy { get; init; } = SyncPolicy.Always;

    /// <summary>Bytes that all memory streams may use together; -1 is unlimited.</summary>
    public long MaxMemoryBytes { get; init; } = -1;

    /// <summary>Bytes that all file streams may use together; -1 is unlimited.</summary>
    public long MaxStoreBytes { get; init; } = -1;

    /// <summary>Name of the JetStream domain; <c>null</c> for none.</summary>
    public string? Domain { get; init; }

    /// <summary>
    /// Whether the reply subjects of deliveries and flow control requests name the domain and a hash of the account, the second form
    /// of ADR-15 of the NATS architecture.
    /// </summary>
    public bool LongAckSubjects { get; init; }

    /// <summary>Whether requests with fields that the API does not know are refused.</summary>
    public bool Strict { get; init; } = true;

    /// <summary>Longest duplicate window that a stream may ask for; zero is unlimited.</summary>
    public TimeSpan DuplicateWindowMax { get; init; }

    /// <summary>Limits of publish batches.</summary>
    public PublishBatchLimits Batches { get; init; } = new();

    /// <summary>Bytes that one batch of direct gets may answer with unless the request asks for less.</summary>
    public long DirectGetBatchBytesMax { get; init; } = 64 * 1024 * 1024;
}

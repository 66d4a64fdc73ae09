using Rivulet.JetStream;
using Rivulet.Storage;

namespace Rivulet.Server;

/// <summary>Settings of JetStream on a <see cref="NatsServer"/>.</summary>
public sealed record JetStreamServerOptions
{
    /// <summary>
    /// Directory under which the store lies, in a folder <c>jetstream</c>; null for <c>nats</c> in the directory for
    /// temporary files.
    /// </summary>
    public string? StoreDirectory { get; init; }

    /// <summary>When stored messages are synced to the disk; by default before each acknowledgement.</summary>
    public SyncPolicy SyncPolicy { get; init; } = SyncPolicy.Always;

    /// <summary>Bytes for all memory streams; null for three quarters of the machine's memory.</summary>
    public long? MaxMemoryStore { get; init; }

    /// <summary>Bytes for all file streams; null for three quarters of what is free on the disk.</summary>
    public long? MaxFileStore { get; init; }

    /// <summary>JetStream domain; null for none.</summary>
    public string? Domain { get; init; }

    /// <summary>Most unacknowledged messages that a consumer may ask for; null for no limit.</summary>
    public int? MaxAckPending { get; init; }

    /// <summary>Most messages that a pull consumer may let one request ask for; null for no limit.</summary>
    public int? MaxRequestBatch { get; init; }

    /// <summary>Limits of publish batches.</summary>
    public PublishBatchLimits Batches { get; init; } = new();

    /// <summary>Longest duplicate window that a stream may ask for; zero for no limit.</summary>
    public TimeSpan DuplicateWindowMax { get; init; }

    /// <summary>Whether API requests with unknown fields are refused.</summary>
    public bool Strict { get; init; } = true;

    /// <summary>
    /// Whether subjects that clients acknowledge on name the domain and a hash of the account (the feature flag <c>js_ack_fc_v2</c>).
    /// </summary>
    public bool LongAckSubjects { get; init; }

    /// <summary>The directory that the store is kept in.</summary>
    public string EffectiveStoreDirectory =>
        Path.GetFullPath(Path.Combine(StoreDirectory ?? Path.Combine(Path.GetTempPath(), "nats"), "jetstream"));

    internal void Validate()
    {
        NatsServerOptions.Require(StoreDirectory is not { Length: 0 }, "store_dir must not be empty");
        NatsServerOptions.Require(
            MaxMemoryStore is not < 0, $"max_memory_store must not be negative, but is {MaxMemoryStore}");
        NatsServerOptions.Require(MaxFileStore is not < 0, $"max_file_store must not be negative, but is {MaxFileStore}");
        NatsServerOptions.Require(MaxAckPending is not < 1, $"max_ack_pending must be above zero, not {MaxAckPending}");
        NatsServerOptions.Require(MaxRequestBatch is not < 1, $"max_request_batch must be above zero, not {MaxRequestBatch}");
        NatsServerOptions.Require(
            Batches is { InflightPerStream: not < 1, InflightTotal: not < 1, AtomicMessages: > 0 } && Batches.Timeout > TimeSpan.Zero,
            "limits of batches must be above zero");
        NatsServerOptions.Require(
            DuplicateWindowMax >= TimeSpan.Zero, $"duplicate_window must not be negative, but is {DuplicateWindowMax}");
        NatsServerOptions.Require(
            Domain is null || (Domain.Length > 0 && !Domain.Any(c => c is '.' or '*' or '>' or ' ')),
            $"domain name cannot be empty or contain '.', '*', '>' or blanks: \"{Domain}\"");
    }
}

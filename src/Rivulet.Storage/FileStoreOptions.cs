using Rivulet.Storage.Indexing;

namespace Rivulet.Storage;

/// <summary>How a file store is kept.</summary>
public sealed record FileStoreOptions
{
    /// <summary>The directory of the store; made when missing. It belongs to the store alone.</summary>
    public required string Directory { get; init; }

    /// <summary>When writes are synced.</summary>
    public SyncPolicy SyncPolicy { get; init; } = SyncPolicy.Always;

    /// <summary>Size of a segment file, in bytes. A record that does not fit gets a larger one of its own.</summary>
    public int SegmentBytes { get; init; } = 64 << 20;

    /// <summary>
    /// Uncommitted bytes above which <see cref="MessageStore.HasRoom"/> is false, so that appenders wait.
    /// </summary>
    public long UncommittedSoftBytes { get; init; } = 64 << 20;

    /// <summary>Uncommitted bytes above which messages are refused as <see cref="AppendStatus.Busy"/>.</summary>
    public long UncommittedHardBytes { get; init; } = 256 << 20;

    /// <summary>
    /// How much of what was appended last is kept in memory, in bytes, so that those who follow a stream are not served from
    /// the file; 0: nothing. Taken as it is needed.
    /// </summary>
    public int RecentBytes { get; init; } = 4 << 20;

    /// <summary>
    /// The end of every segment that messages leave to removals and other small records while no more room can be
    /// made, so that a full disk can be emptied. In bytes.
    /// </summary>
    public int ReservedBytes { get; init; } = 1 << 20;

    /// <summary>
    /// How much of a segment is given its space on the disk at a time, in bytes. That much more than its records a busy store takes.
    /// </summary>
    public int RoomAheadBytes { get; init; } = 512 << 10;

    /// <summary>How long to wait between two tries to make room while the disk is full.</summary>
    public TimeSpan SpaceRetryInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Bytes that the indexes of all streams may take, outside the managed heap. Near it messages are refused as
    /// <see cref="AppendStatus.OutOfMemory"/>, and removals are not. Three quarters of the memory that the process may
    /// use unless set: of the machine's, or of the container's limit.
    /// </summary>
    public long IndexMemoryMaxBytes { get; init; } = IndexMemory.DefaultMaxBytes;

    /// <summary>
    /// How many sequences a stream reserves ahead under an interval policy. A power cut may leave a gap of this size,
    /// and one sync is paid for each reservation.
    /// </summary>
    public int ReservedSequences { get; init; } = 65_536;

    /// <summary>A mistake to make, for tests.</summary>
    internal SeededBug SeededBug { get; init; }
}

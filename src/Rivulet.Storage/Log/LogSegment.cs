using Rivulet.Storage.Files;
using Rivulet.Storage.Records;

namespace Rivulet.Storage.Log;

/// <summary>
/// One segment of the log. The tail decides on it when the one before it is full; the committer gives it its file
/// before the first write, and from then on readers may have it. Once another follows it is sealed: nothing is appended
/// any more, and compaction may put a rewritten one in its place.
/// </summary>
internal sealed class LogSegment(SegmentHeader header)
{
    private volatile IFile? _file;
    private volatile bool _isDamaged;
    private volatile bool _isBeingRewritten;
    private volatile bool _endsInBatch;
    private volatile bool _isBegun;
    private long _liveBytes;
    private long _fileBytes;
    private long _lengthBytes;
    private long _snapshotBytes;
    private long _endPosition = header.EndPosition;

    public SegmentHeader Header { get; } = header;

    public int Number => Header.Number;

    /// <summary>Its place in the <see cref="SegmentSet"/>: what index entries call it.</summary>
    public int Slot { get; set; } = -1;

    /// <summary>Its name in the store directory.</summary>
    public string FileName => SegmentNames.Of(Header);

    /// <summary>Its open file; null until the committer gave it one.</summary>
    public IFile? File
    {
        get => _file;
        set => _file = value;
    }

    /// <summary>How long its file is, in bytes; 0 while it has none.</summary>
    public long LengthBytes
    {
        get => Volatile.Read(ref _lengthBytes);
        set => Volatile.Write(ref _lengthBytes, value);
    }

    /// <summary>
    /// What the file takes on the disk, in bytes: of the one that is written to less than its length, see <see cref="SegmentRoom"/>.
    /// </summary>
    public long FileBytes
    {
        get => Volatile.Read(ref _fileBytes);
        set => Volatile.Write(ref _fileBytes, value);
    }

    /// <summary>
    /// How long its file has to be to hold all that is known to be in it, in bytes: as long as it was made, unless the next
    /// segment tells where it ends. Recovery's.
    /// </summary>
    public long RequiredBytes { get; set; } = header.SizeBytes;

    /// <summary>
    /// Whether its header is known to be on the disk: then the one before it is not the last of the log, however soon the
    /// power goes, and need not be as long as it was made.
    /// </summary>
    public bool IsBegun
    {
        get => _isBegun;
        set => _isBegun = value;
    }

    /// <summary>Whether the system refused to cut off what it does not use. Maintenance's.</summary>
    public bool KeepsUnused { get; set; }

    /// <summary>What its snapshot takes on the disk, in bytes; 0 without one.</summary>
    public long SnapshotBytes
    {
        get => Volatile.Read(ref _snapshotBytes);
        set => Volatile.Write(ref _snapshotBytes, value);
    }

    /// <summary>Where in it the records end that its snapshot tells of; 0 without one. Recovery's, then maintenance's.</summary>
    public int SnapshotEndBytes { get; set; }

    /// <summary>How often it had something that kept a snapshot from being written. Maintenance's.</summary>
    public int SnapshotRefusals { get; set; }

    /// <summary>How many bytes of records the indexes refer to, and whatever else must stay. Any thread.</summary>
    public long LiveBytes => Volatile.Read(ref _liveBytes);

    /// <summary>Rewritten: bytes of facts that could not go yet, because what they speak of lies in other segments.</summary>
    public long KeptFactBytes { get; set; }

    /// <summary>Whether some of it is unreadable. Such a segment is left as it is, for whoever wants to look.</summary>
    public bool IsDamaged
    {
        get => _isDamaged;
        set => _isDamaged = value;
    }

    /// <summary>Whether compaction is at it: nothing is overwritten in it meanwhile.</summary>
    public bool IsBeingRewritten
    {
        get => _isBeingRewritten;
        set => _isBeingRewritten = value;
    }

    /// <summary>
    /// Whether it ends within an atomic batch, finished or not: then it is rewritten together with the next one, so that
    /// recovery finds batches whole or knows that they are not. Set before it is sealed.
    /// </summary>
    public bool EndsInBatch
    {
        get => _endsInBatch;
        set => _endsInBatch = value;
    }

    /// <summary>
    /// The position behind its last record; the next segment begins there, unless what came between is lost. Set before
    /// it is sealed.
    /// </summary>
    public long EndPosition
    {
        get => Volatile.Read(ref _endPosition);
        set => Volatile.Write(ref _endPosition, value);
    }

    /// <summary>How often compaction found it unreadable. Compaction's.</summary>
    public int UnreadableTimes { get; set; }

    public RecordSalt SaltAt(int offsetBytes) => new(Header.Salt, offsetBytes);

    /// <summary>The position of the log at a place in this segment; of a rewritten one, not behind where it was.</summary>
    public long PositionAt(int offsetBytes) => Header.FirstPosition + offsetBytes - SegmentHeader.AreaBytes;

    /// <summary>The place in this segment that a position of the log lies at, if it lies in it; not of a rewritten one.</summary>
    public long OffsetAt(long position) => position - Header.FirstPosition + SegmentHeader.AreaBytes;

    public void AddLive(long bytes) => Interlocked.Add(ref _liveBytes, bytes);
}

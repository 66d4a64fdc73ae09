using Rivulet.Storage.Files;
using Rivulet.Storage.Records;

namespace Rivulet.Storage.Log;

/// <summary>
/// One segment of the log. The tail decides on it when the one before it is full; the committer gives it its file
/// before the first write, and from then on readers may have it.
/// </summary>
internal sealed class LogSegment(SegmentHeader header)
{
    private volatile IFile? _file;

    public SegmentHeader Header { get; } = header;

    public int Number => Header.Number;

    /// <summary>Its open file; null until the committer gave it one.</summary>
    public IFile? File
    {
        get => _file;
        set => _file = value;
    }

    public RecordSalt SaltAt(int offsetBytes) => new(Header.Salt, offsetBytes);

    /// <summary>The position of the log at a place in this segment.</summary>
    public long PositionAt(int offsetBytes) => Header.FirstPosition + offsetBytes - SegmentHeader.AreaBytes;
}

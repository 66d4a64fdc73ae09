using Rivulet.Protocol;
using Rivulet.Storage.Files;
using Rivulet.Storage.Log;
using Rivulet.Storage.Records;

namespace Rivulet.Storage.Snapshots;

/// <summary>
/// Writes the snapshot of a segment: reads the segment from front to back, and keeps what recovery needs of it. The
/// header comes last, so that a file which was not finished is none. One thread.
/// </summary>
internal sealed class SnapshotWriter : IDisposable
{
    /// <summary>How much is encoded before it is written.</summary>
    public const int FlushBytes = 512 << 10;

    private readonly IFile _file;
    private readonly LogSegment _segment;
    private readonly SeededBug _bug;
    private readonly SnapshotEncoder _encoder;
    private readonly RecordEntry _entry = new();
    private long _contentBytes;
    private uint _checksum = Crc32C.Compute([]);
    private int _records;
    private int _lastBytes;

    /// <summary>Begins a snapshot.</summary>
    /// <param name="file">An empty file.</param>
    /// <param name="segment">The segment.</param>
    /// <param name="bug">A mistake to make, for tests.</param>
    public SnapshotWriter(IFile file, LogSegment segment, SeededBug bug = SeededBug.None)
    {
        _file = file;
        _segment = segment;
        _bug = bug;
        _encoder = new SnapshotEncoder(segment.Header.IsRewritten);
    }

    /// <summary>Writes a snapshot, and syncs it.</summary>
    /// <param name="endBytes">Where in the segment to stop: behind a record, and everything before it is synced.</param>
    /// <returns>Its length; 0 when something in the segment is not as it was written, and the file is good for nothing.</returns>
    /// <exception cref="IOException">The disk failed or is full.</exception>
    public long Write(int endBytes)
    {
        using var scanner = new SegmentScanner(_segment.File!, _segment.Header);
        while (scanner.EndBytes < endBytes)
        {
            if (!scanner.TryMoveNext() || !_entry.TryTake(scanner.Header, scanner.Record, scanner.OffsetBytes))
                return 0;
            if (_bug == SeededBug.ForgetfulSnapshot && _entry.Header.Kind == RecordKind.Remove)
                _entry.Header.Kind = RecordKind.AttachmentRemoved;
            _encoder.Add(_entry);
            _records++;
            _lastBytes = scanner.OffsetBytes;
            if (_encoder.Written.Length >= FlushBytes)
                Flush();
        }
        if (scanner.EndBytes > endBytes)
            return 0;
        Flush();
        WriteHeader(endBytes);
        _file.SyncData();
        return SnapshotHeader.Bytes + _contentBytes;
    }

    /// <summary>Gives back what it encoded into.</summary>
    public void Dispose() => _encoder.Dispose();

    private void Flush()
    {
        _file.Write(_encoder.Written, SnapshotHeader.Bytes + _contentBytes);
        _checksum = Crc32C.Append(_checksum, _encoder.Written);
        _contentBytes += _encoder.Written.Length;
        _encoder.Clear();
    }

    private void WriteHeader(int endBytes)
    {
        SegmentHeader segment = _segment.Header;
        Span<byte> bytes = stackalloc byte[SnapshotHeader.Bytes];
        var header = new SnapshotHeader(
            segment.StoreId, segment.Salt, segment.Number, segment.Generation, endBytes, _records, _contentBytes, _checksum,
            _lastBytes);
        header.Write(bytes);
        _file.Write(bytes, 0);
    }
}

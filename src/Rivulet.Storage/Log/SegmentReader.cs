using System.Runtime.CompilerServices;
using Rivulet.Storage.Indexing;
using Rivulet.Storage.Records;
using Rivulet.Storage.Snapshots;

namespace Rivulet.Storage.Log;

/// <summary>
/// Reads the records of a segment from the first on: from its snapshot as far as that goes, and then from the segment.
/// It stops where something is not as it was written; what that is and what it means, <see cref="SegmentReplay"/> finds
/// out. Changes nothing. One thread.
/// </summary>
/// <param name="segment">The segment.</param>
/// <param name="snapshot">Its snapshot, or null; goes with the reader.</param>
/// <param name="hash">Hashes subjects.</param>
internal sealed class SegmentReader(LogSegment segment, SegmentSnapshot? snapshot, SubjectHash hash) : IDisposable
{
    private readonly LogSegment _segment = segment;
    private readonly SegmentSnapshot? _snapshot = snapshot;
    private readonly SubjectHash _hash = hash;

    // What is left of the snapshot; null once that is at its end.
    private SnapshotDecoder? _decoder = snapshot?.Decode();
    private int _records;
    private SegmentScanner? _scanner;
    private int _endBytes = SegmentHeader.AreaBytes;

    /// <summary>Reads the next records.</summary>
    /// <param name="chunk">Receives them; full, or the last.</param>
    /// <exception cref="SnapshotMalformedException">The snapshot is whole, and says what cannot be.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Read(RecordChunk chunk)
    {
        chunk.Clear(_endBytes);
        while (!chunk.IsFull)
        {
            if (!TryRead(chunk.Vacant))
            {
                chunk.IsLast = true;
                break;
            }
            chunk.Add(_hash, _endBytes);
        }
    }

    public void Dispose()
    {
        _snapshot?.Dispose();
        _scanner?.Dispose();
    }

    private bool TryRead(RecordEntry entry)
    {
        if (_decoder?.TryRead(entry) == true)
        {
            _records++;
            _endBytes = entry.OffsetBytes + entry.Header.AlignedBytes;
            return true;
        }
        if (_decoder is not null && !(_decoder.IsAtEnd && _records == _snapshot!.Records))
            throw new SnapshotMalformedException(_segment);
        _decoder = null;
        _scanner ??= new SegmentScanner(_segment.File!, _segment.Header, _endBytes);
        if (!_scanner.TryMoveNext() || !entry.TryTake(_scanner.Header, _scanner.Record, _scanner.OffsetBytes))
            return false;
        _endBytes = _scanner.EndBytes;
        return true;
    }
}

using System.Runtime.CompilerServices;
using Rivulet.Storage.Log;

namespace Rivulet.Storage.Snapshots;

/// <summary>
/// Hands the records of a segment over to recovery as its snapshot tells them: the same as a look at the segment itself
/// would, if nothing is damaged there. One thread.
/// </summary>
internal sealed class SnapshotReplay(LogReplay replay)
{
    // Perf: so many entries are read ahead, so that what each needs is on its way while those before it are dealt with.
    private const int Ahead = 16;

    private readonly LogReplay _replay = replay;
    private readonly SnapshotEntry[] _entries = [.. Enumerable.Range(0, Ahead).Select(_ => new SnapshotEntry())];

    /// <summary>Hands every record over.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(SegmentSnapshot snapshot, LogSegment segment)
    {
        SnapshotDecoder decoder = snapshot.Decode();
        int read = 0;
        for (int handed = 0; handed < snapshot.Records; handed++)
        {
            while (read < snapshot.Records && read - handed < Ahead)
                ReadAhead(decoder, _entries[read++ % Ahead]);
            Hand(_entries[handed % Ahead], segment);
        }
    }

    private void ReadAhead(SnapshotDecoder decoder, SnapshotEntry entry)
    {
        decoder.TryRead(entry);
        if (entry.IsMessage)
            _replay.Expect(entry.Header.StreamId, entry.Bytes);
    }

    private void Hand(SnapshotEntry entry, LogSegment segment)
    {
        if (entry.IsMessage)
            _replay.Message(entry.Message, segment, entry.OffsetBytes);
        else
            _replay.Fact(in entry.Header, entry.Bytes, segment, entry.OffsetBytes);
    }
}

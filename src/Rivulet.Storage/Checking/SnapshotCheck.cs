using Rivulet.Storage.Files;
using Rivulet.Storage.Log;
using Rivulet.Storage.Snapshots;

namespace Rivulet.Storage.Checking;

/// <summary>
/// Checks the snapshot of a segment: that it is whole, and that it says of every record what the record itself says.
/// </summary>
/// <param name="file">The file of the segment.</param>
/// <param name="segment">The segment.</param>
/// <param name="findings">Receives what is found.</param>
internal sealed class SnapshotCheck(IFile file, LogSegment segment, FindingList findings)
{
    private readonly IFile _file = file;
    private readonly LogSegment _segment = segment;
    private readonly FindingList _findings = findings;

    /// <summary>Checks a snapshot.</summary>
    /// <param name="snapshotFile">Its file.</param>
    /// <param name="name">The name of that.</param>
    public void Run(IFile snapshotFile, string name)
    {
        try
        {
            using SegmentSnapshot snapshot = SegmentSnapshot.Read(snapshotFile, _segment.Header, _file);
            Compare(snapshot, name);
        }
        catch (SnapshotUnusableException e)
        {
            _findings.Add(
                FindingKind.UnusableSnapshot, name,
                $"{e.Message}; nothing is lost, the next start reads the segment and deletes this");
        }
    }

    /// <summary>Compares every record, up to the first that is damaged, which is told elsewhere.</summary>
    private void Compare(SegmentSnapshot snapshot, string name)
    {
        SnapshotDecoder decoder = snapshot.Decode();
        var told = new RecordEntry();
        var read = new RecordEntry();
        using var scanner = new SegmentScanner(_file, _segment.Header);
        int records = 0;
        for (; decoder.TryRead(told); records++)
        {
            if (!scanner.TryMoveNext() || !read.TryTake(scanner.Header, scanner.Record, scanner.OffsetBytes))
                return;
            if (told.IsSameAs(read, _segment.Header.IsRewritten))
                continue;
            _findings.Add(
                FindingKind.Disagreement, name,
                $"it does not say what {_segment.FileName} says at offset {read.OffsetBytes}; delete it, and the next start reads the segment");
            return;
        }
        if (!decoder.IsAtEnd || records != snapshot.Records)
            throw new SnapshotUnusableException("it is malformed");
    }
}

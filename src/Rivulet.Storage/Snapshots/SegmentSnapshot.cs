using System.Buffers;
using Rivulet.Protocol;
using Rivulet.Storage.Files;
using Rivulet.Storage.Records;

namespace Rivulet.Storage.Snapshots;

/// <summary>
/// The snapshot of a segment in memory: a whole one. One thread.
/// </summary>
internal sealed class SegmentSnapshot : IDisposable
{
    private readonly SnapshotHeader _header;
    private readonly bool _isRewritten;
    private byte[] _content;

    private SegmentSnapshot(SnapshotHeader header, bool isRewritten, byte[] content)
    {
        _header = header;
        _isRewritten = isRewritten;
        _content = content;
    }

    /// <summary>Where in the segment the records end that it tells of.</summary>
    public int EndBytes => _header.EndBytes;

    /// <summary>How many records there are.</summary>
    public int Records => _header.Records;

    /// <summary>Length of the file.</summary>
    public long FileBytes => SnapshotHeader.Bytes + _header.ContentBytes;

    /// <summary>Reads a snapshot, and checks that it is whole.</summary>
    /// <param name="file">Its file.</param>
    /// <param name="segment">The segment that it has to be of.</param>
    /// <param name="segmentFile">The file of that, which has to hold the last record that the snapshot tells of.</param>
    /// <exception cref="SnapshotUnusableException">It is not whole, or of something else.</exception>
    /// <exception cref="IOException">The disk failed.</exception>
    public static SegmentSnapshot Read(IFile file, in SegmentHeader segment, IFile segmentFile)
    {
        Span<byte> bytes = stackalloc byte[SnapshotHeader.Bytes];
        if (!SnapshotHeader.TryRead(bytes[..file.Read(bytes, 0)], out SnapshotHeader header))
            throw new SnapshotUnusableException("it has no header that is whole");
        if (!header.IsOf(in segment))
            throw new SnapshotUnusableException("it is that of another segment");
        if (header.ContentBytes != file.LengthBytes - SnapshotHeader.Bytes || header.ContentBytes > Array.MaxLength)
            throw new SnapshotUnusableException("it is not as long as it says");
        if (!header.CanBeOf(in segment))
            throw new SnapshotUnusableException("it says what cannot be");
        if (!Reaches(segmentFile, in segment, in header))
            throw new SnapshotUnusableException("the log does not reach as far");
        var snapshot = new SegmentSnapshot(
            header, segment.IsRewritten, ArrayPool<byte>.Shared.Rent((int)header.ContentBytes));
        try
        {
            snapshot.ReadContent(file);
            return snapshot;
        }
        catch
        {
            snapshot.Dispose();
            throw;
        }
    }

    /// <summary>Reads its entries, from the first on.</summary>
    public SnapshotDecoder Decode() =>
        new(_content.AsMemory(0, (int)_header.ContentBytes), _isRewritten, _header.EndBytes);

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_content);
        _content = [];
    }

    /// <summary>
    /// Whether the segment has a record where the last one should be: an older copy of it, or one of which the disk has lost
    /// the end, has not.
    /// </summary>
    private static bool Reaches(IFile file, in SegmentHeader segment, in SnapshotHeader header)
    {
        if (header.Records == 0)
            return true;
        Span<byte> bytes = stackalloc byte[RecordLayout.HeaderBytes];
        int read = file.Read(bytes, header.LastBytes);
        return RecordHeader.TryRead(bytes[..read], new RecordSalt(segment.Salt, header.LastBytes), out RecordHeader last) &&
            Math.Min(header.LastBytes + (long)last.AlignedBytes, segment.SizeBytes) == header.EndBytes;
    }

    private void ReadContent(IFile file)
    {
        Span<byte> content = _content.AsSpan(0, (int)_header.ContentBytes);
        if (file.Read(content, SnapshotHeader.Bytes) != content.Length || Crc32C.Compute(content) != _header.ContentChecksum)
            throw new SnapshotUnusableException("it is damaged");
    }
}

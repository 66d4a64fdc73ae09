using System.Buffers;
using System.Buffers.Binary;
using Rivulet.Protocol;
using Rivulet.Storage.Files;
using Rivulet.Storage.Records;

namespace Rivulet.Storage.Log;

/// <summary>
/// Overwrites what removed messages held, where that was asked for: headers and payload (compressed or not) become zeros,
/// everything else stays and the checksum is made to fit, so that the record still tells what it removed. Done once the removal is on
/// the disk; what a crash leaves undone, recovery asks for again. Any thread asks, the committer works.
/// <para>
/// A power cut can leave the record half overwritten, and then it looks as if it had never been written whole. So it is
/// left alone until a record behind it, itself on the disk, proves that it was: else recovery would take it for the end
/// of the log.
/// </para>
/// </summary>
internal sealed class RecordEraser(SegmentSet segments)
{
    private readonly SegmentSet _segments = segments;
    private readonly Lock _gate = new();
    private readonly Queue<Erasure> _wanted = new();

    public void Want(Erasure erasure)
    {
        lock (_gate)
            _wanted.Enqueue(erasure);
    }

    /// <summary>Erases what was asked for and may be, and syncs that.</summary>
    /// <param name="provenUpTo">Up to here records on the disk prove that the log was synced.</param>
    /// <param name="unproven">One that has to wait for such a record.</param>
    /// <returns>Whether one has to wait.</returns>
    public bool Work(long provenUpTo, out Erasure unproven)
    {
        IFile? unsynced = null;
        while (TryTake(provenUpTo, out Erasure erasure))
        {
            // A segment that is gone was rewritten, without the content of what had been removed by then.
            if (_segments.Find(erasure.Segment) is not { File: { } file } segment)
                continue;
            if (unsynced != file)
                unsynced?.SyncData();
            Erase(file, segment.SaltAt(erasure.OffsetBytes), erasure);
            unsynced = file;
        }
        unsynced?.SyncData();
        lock (_gate)
            return _wanted.TryPeek(out unproven) && !IsHeldUp(unproven);
    }

    /// <summary>Overwrites one record, which is then to be synced.</summary>
    public static void Erase(IFile file, RecordSalt salt, Erasure erasure)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(erasure.MaxBytes);
        Span<byte> record = buffer.AsSpan(0, file.Read(buffer.AsSpan(0, erasure.MaxBytes), erasure.OffsetBytes));

        // A record that is damaged is left as it is: there is no telling what in it is whose.
        if (RecordHeader.TryRead(record, salt, out RecordHeader header) &&
            header.StreamId == erasure.StreamId && header.Sequence == erasure.Sequence &&
            header.LengthBytes <= record.Length && RecordBody.IsIntact(record[..header.LengthBytes], header.HeaderBytes, salt))
        {
            record = record[..header.LengthBytes];
            int start = header.HeaderBytes + header.SubjectBytes;
            Span<byte> content = record[start..(header.HeaderBytes + header.ContentBytes)];

            // It may be asked for again at every start.
            if (content.ContainsAnyExcept((byte)0))
            {
                content.Clear();
                uint checksum = salt.OfBody(Crc32C.Compute(RecordBody.Of(record, header.HeaderBytes)));
                BinaryPrimitives.WriteUInt32LittleEndian(record[^RecordLayout.TrailerBytes..], checksum);
                file.Write(record[start..], erasure.OffsetBytes + start);
            }
        }
        ArrayPool<byte>.Shared.Return(buffer);
    }

    private bool TryTake(long provenUpTo, out Erasure erasure)
    {
        lock (_gate)
        {
            bool found = _wanted.TryPeek(out erasure) && !IsHeldUp(erasure) && StartOf(erasure) < provenUpTo;
            if (found)
                _wanted.Dequeue();
            return found;
        }
    }

    // Compaction reads the segment, and overwrites itself what it should not have copied.
    private bool IsHeldUp(in Erasure erasure) => _segments.Find(erasure.Segment) is { IsBeingRewritten: true };

    // What is proven ends with a record, so one that begins in it lies in it.
    private long StartOf(in Erasure erasure) =>
        _segments.Find(erasure.Segment)?.PositionAt(erasure.OffsetBytes) ?? 0;
}

/// <summary>A message that was removed and is to be overwritten.</summary>
internal readonly record struct Erasure(uint StreamId, ulong Sequence, int Segment, int OffsetBytes, int MaxBytes);

using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using Rivulet.Protocol;
using Rivulet.Storage.Files;
using Rivulet.Storage.Records;

namespace Rivulet.Storage.Log;

/// <summary>
/// Overwrites what removed messages held, where that was asked for: headers and payload (compressed or not) become zeros,
/// everything else stays and the checksum is made to fit, so that the record still tells what it removed. Done once the removal is on
/// the disk; what a crash leaves undone, recovery asks for again. Any thread asks, the committer works.
/// </summary>
internal sealed class RecordEraser(SegmentSet segments)
{
    private readonly SegmentSet _segments = segments;
    private readonly Lock _gate = new();
    private readonly Queue<Erasure> _wanted = new();

    /// <param name="segment">Where the record lies.</param>
    /// <param name="offsetBytes">Where in it.</param>
    /// <param name="maxBytes">What its length is at most.</param>
    public void Want(int segment, int offsetBytes, int maxBytes)
    {
        lock (_gate)
            _wanted.Enqueue(new Erasure(segment, offsetBytes, maxBytes));
    }

    /// <summary>Erases what was asked for, and syncs that.</summary>
    public void Work()
    {
        IFile? unsynced = null;
        while (TryTake(out Erasure erasure))
        {
            IFile? file = _segments.Find(erasure.Segment)?.File;
            Debug.Assert(file is not null, "a committed record lies in a segment that has a file");
            if (unsynced != file)
                unsynced?.SyncData();
            Erase(file, _segments.Find(erasure.Segment)!.SaltAt(erasure.OffsetBytes), erasure);
            unsynced = file;
        }
        unsynced?.SyncData();
    }

    private static void Erase(IFile file, RecordSalt salt, Erasure erasure)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(erasure.MaxBytes);
        Span<byte> record = buffer.AsSpan(0, file.Read(buffer.AsSpan(0, erasure.MaxBytes), erasure.OffsetBytes));

        // A record that is damaged is left as it is: there is no telling what in it is whose.
        if (record.Length >= RecordLayout.HeaderBytes && RecordHeader.TryRead(record, salt, out RecordHeader header) &&
            header.LengthBytes <= record.Length && RecordBody.IsIntact(record[..header.LengthBytes], salt))
        {
            record = record[..header.LengthBytes];
            int start = RecordLayout.HeaderBytes + header.SubjectBytes;
            record[start..(RecordLayout.HeaderBytes + header.ContentBytes)].Clear();
            uint checksum = salt.OfBody(Crc32C.Compute(RecordBody.Of(record)));
            BinaryPrimitives.WriteUInt32LittleEndian(record[^RecordLayout.TrailerBytes..], checksum);
            file.Write(record[start..], erasure.OffsetBytes + start);
        }
        ArrayPool<byte>.Shared.Return(buffer);
    }

    private bool TryTake(out Erasure erasure)
    {
        lock (_gate)
            return _wanted.TryDequeue(out erasure);
    }

    private readonly record struct Erasure(int Segment, int OffsetBytes, int MaxBytes);
}

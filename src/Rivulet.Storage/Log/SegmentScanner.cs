using System.Runtime.CompilerServices;
using Rivulet.Storage.Files;
using Rivulet.Storage.Records;

namespace Rivulet.Storage.Log;

/// <summary>What a scan of a segment came upon.</summary>
internal enum ScanResult
{
    /// <summary>A record that is intact.</summary>
    Record,

    /// <summary>A record with an intact header and a body that is not what was written.</summary>
    DamagedBody,

    /// <summary>A stretch without any record, before one that is intact in its header.</summary>
    Unreadable,

    /// <summary>Nothing more.</summary>
    End,
}

/// <summary>
/// Reads a segment from front to back. Where no header is, it goes on at the next place that has one: the salt tells a
/// record of this place from everything else. A header in which one bit is wrong is put right in memory, if
/// the body then is intact. One thread.
/// </summary>
internal sealed class SegmentScanner : IDisposable
{
    private readonly SegmentHeader _segment;
    private readonly long _limitBytes;
    private readonly SegmentWindow _window;
    private int _next;

    /// <summary>Begins a scan.</summary>
    /// <param name="file">The segment's file.</param>
    /// <param name="segment">Its header.</param>
    /// <param name="startBytes">Where a record starts, or the records end.</param>
    public SegmentScanner(IFile file, SegmentHeader segment, int startBytes = SegmentHeader.AreaBytes)
    {
        _next = startBytes;
        _segment = segment;
        _limitBytes = Math.Max(SegmentHeader.AreaBytes, Math.Min(file.LengthBytes, segment.SizeBytes));
        _window = new SegmentWindow(file, _limitBytes);
    }

    /// <summary>Where the present record or stretch starts.</summary>
    public int OffsetBytes { get; private set; }

    /// <summary>Length of the present stretch.</summary>
    public int StretchBytes { get; private set; }

    /// <summary>The header of the present record.</summary>
    public RecordHeader Header { get; private set; }

    /// <summary>
    /// The one bit of the present record that is wrong in the file and was put right in memory, counted from the front
    /// of the file; -1 for none.
    /// </summary>
    public long RepairedBit { get; private set; }

    /// <summary>Where the last record ends, and the next one may start.</summary>
    public int EndBytes => _next;

    /// <summary>At the end: where the last byte lies behind which everything is zero; not before <see cref="EndBytes"/>.</summary>
    public int GarbageEndBytes { get; private set; }

    /// <summary>The present record without padding, as far as the file holds it. Valid until the next move.</summary>
    public ReadOnlySpan<byte> Record => Bytes(OffsetBytes, Header.LengthBytes);

    /// <summary>
    /// What lies between the present record and the place where the next one may start: zeros. In place of
    /// <see cref="Record"/>, which may not be looked at any more. Valid until the next move.
    /// </summary>
    public ReadOnlySpan<byte> Padding =>
        Bytes(OffsetBytes + Header.LengthBytes, Header.AlignedBytes - Header.LengthBytes);

    public void Dispose() => _window.Dispose();

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public ScanResult MoveNext()
    {
        OffsetBytes = _next;
        RepairedBit = -1;
        if (!TryHeaderAt(_next, out RecordHeader header) && !TryRepairHeaderAt(_next, out header))
            return FindNextHeader();
        Header = header;
        _next = (int)Math.Min(_next + (long)header.AlignedBytes, _limitBytes);
        ReadOnlySpan<byte> record = Record;
        bool intact = record.Length == header.LengthBytes &&
            RecordBody.IsIntact(record, header.HeaderBytes, new RecordSalt(_segment.Salt, OffsetBytes));
        return intact ? ScanResult.Record : ScanResult.DamagedBody;
    }

    /// <summary>Moves to the next record, if one is there that is just as it was written.</summary>
    /// <returns>Whether it is; otherwise <see cref="MoveNext"/> tells what is there.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool TryMoveNext()
    {
        int offset = _next;
        if (!TryHeaderAt(offset, out RecordHeader header))
            return false;
        ReadOnlySpan<byte> record = Bytes(offset, header.LengthBytes);
        if (record.Length < header.LengthBytes || !RecordBody.IsIntact(record, header.HeaderBytes, new RecordSalt(_segment.Salt, offset)))
            return false;
        OffsetBytes = offset;
        RepairedBit = -1;
        Header = header;
        _next = (int)Math.Min(offset + (long)header.AlignedBytes, _limitBytes);
        return true;
    }

    /// <summary>
    /// Puts a damaged body right, if one wrong bit explains the damage. Nothing else vouches for the result: damage of
    /// another kind passes for that of one bit with a probability of one in 2^32 for each bit of the body.
    /// </summary>
    /// <returns>Whether one bit does.</returns>
    public bool TryRepairBody()
    {
        if (Record.Length < Header.LengthBytes)
            return false;
        long bit = RecordBody.FindWrongBit(Record, Header.HeaderBytes, new RecordSalt(_segment.Salt, OffsetBytes));
        if (bit < 0)
            return false;
        FlipInMemory(bit);
        return true;
    }

    private ScanResult FindNextHeader()
    {
        int lastNonZero = _next;
        for (int offset = _next; offset < _limitBytes;)
        {
            ReadOnlySpan<byte> window = _window.Rest(offset, RecordLayout.HeaderBytes);
            int nonZero = window.IndexOfAnyExcept((byte)0);
            if (nonZero < 0)
            {
                offset += window.Length;
                continue;
            }
            offset += nonZero;
            int candidate = offset & ~(RecordLayout.Alignment - 1);
            if (candidate > _next && TryHeaderAt(candidate, out _))
            {
                StretchBytes = candidate - _next;
                _next = candidate;
                return ScanResult.Unreadable;
            }
            offset = candidate + RecordLayout.Alignment;
            lastNonZero = (int)Math.Min(offset, _limitBytes);
        }
        GarbageEndBytes = lastNonZero;
        return ScanResult.End;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool TryHeaderAt(int offset, out RecordHeader header)
    {
        return RecordHeader.TryRead(
            Bytes(offset, RecordLayout.HeaderBytes), new RecordSalt(_segment.Salt, offset), out header);
    }

    /// <summary>
    /// Looks for the one bit that makes a header of what is there. Two checksums then vouch for the record: its header's
    /// and its body's.
    /// </summary>
    private bool TryRepairHeaderAt(int offset, out RecordHeader header)
    {
        var salt = new RecordSalt(_segment.Salt, offset);
        Span<byte> repaired = stackalloc byte[RecordLayout.HeaderBytes];
        ReadOnlySpan<byte> bytes = Bytes(offset, RecordLayout.HeaderBytes);
        bytes.CopyTo(repaired);
        if (!RecordHeader.TryRepair(repaired[..bytes.Length], salt, out int bit, out header) || header.LengthBytes > _limitBytes - offset)
        {
            return false;
        }
        ReadOnlySpan<byte> record = Bytes(offset, header.LengthBytes);
        if (record.Length < header.LengthBytes || !RecordBody.IsIntact(record, header.HeaderBytes, salt))
            return false;
        FlipInMemory(bit);
        return true;
    }

    private void FlipInMemory(long bitOfRecord)
    {
        RepairedBit = (OffsetBytes * 8L) + bitOfRecord;
        _window.Flip(RepairedBit);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ReadOnlySpan<byte> Bytes(int offset, int length) => _window.Bytes(offset, length);
}

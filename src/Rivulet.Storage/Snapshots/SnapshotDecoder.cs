using System.Runtime.CompilerServices;
using Rivulet.Storage.Indexing;
using Rivulet.Storage.Log;
using Rivulet.Storage.Records;

namespace Rivulet.Storage.Snapshots;

/// <summary>
/// Reads back what <see cref="SnapshotEncoder"/> wrote. Nothing in the content is believed that a segment of this length
/// cannot hold. One thread.
/// </summary>
/// <param name="content">The content.</param>
/// <param name="isRewritten">Whether the segment is a rewritten one.</param>
/// <param name="endBytes">Where in the segment the records end.</param>
internal sealed class SnapshotDecoder(ReadOnlyMemory<byte> content, bool isRewritten, int endBytes)
{
    private readonly ReadOnlyMemory<byte> _content = content;
    private readonly bool _isRewritten = isRewritten;
    private readonly int _endBytes = endBytes;
    private int _next;
    private bool _isMalformed;

    private int _offsetBytes = SegmentHeader.AreaBytes;
    private byte[] _subject = new byte[256];
    private int _subjectBytes;
    private uint _streamId;
    private ulong _sequence;
    private long _timestampNanos;

    /// <summary>Whether all of it was read and nothing was wrong with it.</summary>
    public bool IsAtEnd => !_isMalformed && _next == _content.Length && _offsetBytes == _endBytes;

    /// <summary>Reads the next entry.</summary>
    /// <returns>Whether there is one; otherwise the end was reached, or something that is none.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool TryRead(RecordEntry into)
    {
        if (_isMalformed || _next == _content.Length)
            return false;
        ReadOnlySpan<byte> bytes = _content.Span;
        byte bits = TakeByte(bytes);
        var header = new RecordHeader
        {
            Kind = (RecordKind)(bits & SnapshotBits.KindMask),
            Flags = (RecordFlags)TakeByte(bytes),
            StreamId = (bits & SnapshotBits.OtherStream) != 0 ? (uint)TakeNumber(bytes, uint.MaxValue) : _streamId,
            IsCompact = (bits & SnapshotBits.Compact) != 0,
        };
        header.IsLinked = header.IsCompact && _isRewritten;
        header.Sequence = _sequence + (ulong)TakeSigned(bytes);
        if (_isRewritten)
            header.UnsyncedBytes = (uint)TakeNumber(bytes, uint.MaxValue);
        if ((bits & SnapshotBits.Unknown) != 0 || header.Kind == RecordKind.None ||
            (header.IsCompact && header.Kind != RecordKind.Message))
        {
            _isMalformed = true;
        }
        if (header.Kind == RecordKind.Message)
            TakeMessage(bytes, bits, ref header, into);
        else
            TakeBody(bytes, ref header, into);
        if (header.LengthBytes > _endBytes - _offsetBytes)
            _isMalformed = true;
        if (_isMalformed)
            return false;
        into.Header = header;
        into.OffsetBytes = _offsetBytes;
        into.IsBlank = false;
        _offsetBytes += header.AlignedBytes;
        (_streamId, _sequence) = (header.StreamId, header.Sequence);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void TakeMessage(ReadOnlySpan<byte> bytes, byte bits, ref RecordHeader header, RecordEntry into)
    {
        int shared = (int)TakeNumber(bytes, (ulong)_subjectBytes);
        ReadOnlySpan<byte> rest = TakeBytes(bytes, (int)TakeNumber(bytes, (ulong)(SubjectRecords.MaxKeyBytes - shared)));
        into.Set(_subject.AsSpan(0, shared), rest);
        if (_subject.Length < into.Bytes.Length)
            Array.Resize(ref _subject, into.Bytes.Length * 2);
        rest.CopyTo(_subject.AsSpan(shared));
        _subjectBytes = into.Bytes.Length;
        header.SubjectBytes = (ushort)_subjectBytes;
        if ((bits & SnapshotBits.HasHeaders) != 0)
            header.HeadersBytes = (int)TakeNumber(bytes, SequenceEntry.MaxContentBytes);
        int storedBytes = (int)TakeNumber(bytes, (ulong)(SequenceEntry.MaxContentBytes - _subjectBytes));
        int plainBytes = header.IsCompressed
            ? (int)TakeNumber(bytes, (ulong)(SequenceEntry.MaxContentBytes - _subjectBytes))
            : storedBytes;
        header.LengthBytes = header.Shape.MessageBytes(_subjectBytes + storedBytes, header.HeadersBytes > 0);
        into.PlainBytes = _subjectBytes + plainBytes;
        TakeFacts(bytes, in header, ref into.Facts);
    }

    private void TakeFacts(ReadOnlySpan<byte> bytes, in RecordHeader header, ref MessageFacts facts)
    {
        facts = default;
        _timestampNanos = facts.TimestampNanos = _timestampNanos + TakeSigned(bytes);
        if ((header.Flags & RecordFlags.HasExpiry) != 0)
            facts.ExpiresAtNanos = facts.TimestampNanos + TakeSigned(bytes);
        if ((header.Flags & RecordFlags.HasDropped) != 0)
            facts.Dropped = header.Sequence - (ulong)TakeSigned(bytes);
        if ((header.Flags & RecordFlags.HasFloor) != 0)
            facts.Floor = header.Sequence - (ulong)TakeSigned(bytes);
        if ((header.Flags & RecordFlags.BatchEnd) != 0)
            facts.BatchSize = TakeVarint(bytes);
    }

    private void TakeBody(ReadOnlySpan<byte> bytes, ref RecordHeader header, RecordEntry into)
    {
        ReadOnlySpan<byte> body = TakeBytes(bytes, (int)TakeNumber(bytes, (ulong)_endBytes));
        into.Set([], body);
        header.LengthBytes = RecordLayout.HeaderBytes + body.Length + RecordLayout.TrailerBytes;
    }

    private byte TakeByte(ReadOnlySpan<byte> bytes)
    {
        if ((uint)_next < (uint)bytes.Length)
            return bytes[_next++];
        _isMalformed = true;
        return 0;
    }

    private ReadOnlySpan<byte> TakeBytes(ReadOnlySpan<byte> bytes, int count)
    {
        if (count > bytes.Length - _next)
        {
            _isMalformed = true;
            return [];
        }
        _next += count;
        return bytes.Slice(_next - count, count);
    }

    /// <summary>A number that is at most so large.</summary>
    private ulong TakeNumber(ReadOnlySpan<byte> bytes, ulong max)
    {
        ulong value = TakeVarint(bytes);
        if (value <= max)
            return value;
        _isMalformed = true;
        return 0;
    }

    private long TakeSigned(ReadOnlySpan<byte> bytes)
    {
        ulong value = TakeVarint(bytes);
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong TakeVarint(ReadOnlySpan<byte> bytes)
    {
        // Perf: most numbers are of one byte.
        if ((uint)_next < (uint)bytes.Length && bytes[_next] < 0x80)
            return bytes[_next++];
        return TakeLongVarint(bytes);
    }

    private ulong TakeLongVarint(ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            byte next = TakeByte(bytes);
            if (shift == 63 && next > 1)
                break;
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }
        _isMalformed = true;
        return 0;
    }
}

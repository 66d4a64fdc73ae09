using System.Buffers;
using System.Runtime.CompilerServices;
using Rivulet.Storage.Log;
using Rivulet.Storage.Records;

namespace Rivulet.Storage.Snapshots;

/// <summary>
/// Turns entries into the content of a snapshot, one behind the other: docs/formats/snapshot.md. One thread.
/// </summary>
/// <param name="isRewritten">Whether the segment is a rewritten one, whose records are linked.</param>
internal sealed class SnapshotEncoder(bool isRewritten) : IDisposable
{
    // Everything of an entry that has a fixed or bounded length.
    private const int EntryBytesMax = 2 + (13 * 10);

    private readonly bool _isRewritten = isRewritten;

    // Rented, and large enough from the start for what a writer lets gather: a store under load writes one snapshot after
    // the other.
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(2 * SnapshotWriter.FlushBytes);
    private int _length;

    // What the next entry is told in relation to.
    private byte[] _subject = new byte[256];
    private int _subjectBytes;
    private uint _streamId;
    private ulong _sequence;
    private long _timestampNanos;

    /// <summary>What was encoded since the last <see cref="Clear"/>.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    /// <summary>Forgets what was encoded; what follows goes on behind it all the same.</summary>
    public void Clear() => _length = 0;

    /// <summary>Gives the buffer back.</summary>
    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
        _length = 0;
    }

    public void Add(RecordEntry entry)
    {
        ref readonly RecordHeader header = ref entry.Header;
        Reserve(EntryBytesMax + entry.Bytes.Length);
        bool isOtherStream = header.StreamId != _streamId;
        _bytes[_length++] = (byte)((byte)header.Kind |
            (isOtherStream ? SnapshotBits.OtherStream : 0) |
            (entry.IsMessage && header.HeadersBytes > 0 ? SnapshotBits.HasHeaders : 0) |
            (header.IsCompact ? SnapshotBits.Compact : 0));
        _bytes[_length++] = (byte)header.Flags;
        if (isOtherStream)
            PutVarint(header.StreamId);
        PutSigned((long)(header.Sequence - _sequence));
        if (_isRewritten)
            PutVarint(header.UnsyncedBytes);
        if (entry.IsMessage)
            PutMessage(entry);
        else
            PutBytes(entry.Bytes);
        (_streamId, _sequence) = (header.StreamId, header.Sequence);
    }

    private void PutMessage(RecordEntry entry)
    {
        ref readonly RecordHeader header = ref entry.Header;
        PutSubject(entry.Bytes);
        if (header.HeadersBytes > 0)
            PutVarint((ulong)header.HeadersBytes);
        PutVarint((ulong)(header.ContentBytes - header.SubjectBytes));
        if (header.IsCompressed)
            PutVarint((ulong)(entry.PlainBytes - header.SubjectBytes));
        ref readonly MessageFacts facts = ref entry.Facts;
        PutSigned(facts.TimestampNanos - _timestampNanos);
        if ((header.Flags & RecordFlags.HasExpiry) != 0)
            PutSigned(facts.ExpiresAtNanos - facts.TimestampNanos);
        if ((header.Flags & RecordFlags.HasDropped) != 0)
            PutSigned((long)(header.Sequence - facts.Dropped));
        if ((header.Flags & RecordFlags.HasFloor) != 0)
            PutSigned((long)(header.Sequence - facts.Floor));
        if ((header.Flags & RecordFlags.BatchEnd) != 0)
            PutVarint(facts.BatchSize);
        _timestampNanos = facts.TimestampNanos;
    }

    private void PutSubject(ReadOnlySpan<byte> subject)
    {
        int shared = subject.CommonPrefixLength(_subject.AsSpan(0, _subjectBytes));
        PutVarint((ulong)shared);
        PutBytes(subject[shared..]);
        if (_subject.Length < subject.Length)
            Array.Resize(ref _subject, subject.Length * 2);
        subject[shared..].CopyTo(_subject.AsSpan(shared));
        _subjectBytes = subject.Length;
    }

    private void PutBytes(ReadOnlySpan<byte> value)
    {
        PutVarint((ulong)value.Length);
        value.CopyTo(_bytes.AsSpan(_length));
        _length += value.Length;
    }

    /// <summary>A difference, which is small in either direction.</summary>
    private void PutSigned(long value) => PutVarint((ulong)((value << 1) ^ (value >> 63)));

    /// <summary>Seven bits a byte, lowest first; the top bit says that more follow.</summary>
    private void PutVarint(ulong value)
    {
        while (value >= 0x80)
        {
            _bytes[_length++] = (byte)(value | 0x80);
            value >>= 7;
        }
        _bytes[_length++] = (byte)value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Reserve(int count)
    {
        if (_bytes.Length - _length < count)
            Grow(count);
    }

    private void Grow(int count)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(_length + count);
        Written.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}

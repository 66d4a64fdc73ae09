using System.Buffers;
using Rivulet.Storage.Log;

namespace Rivulet.Storage;

/// <summary>
/// A lease of a pooled buffer that holds one message that was read. Made once and used for many reads: each read
/// replaces what it holds, and only a message larger than any before it takes another buffer. One thread at a time.
/// </summary>
public sealed class StoredMessage : IDisposable
{
    private byte[] _buffer = [];

    // What a compressed record was read into.
    private byte[] _packed = [];
    private ReadAhead? _ahead;
    private int _subjectOffset;
    private int _subjectBytes;
    private int _headersBytes;
    private int _payloadBytes;

    /// <summary>Its sequence; 0 when this holds no message.</summary>
    public ulong Sequence { get; private set; }

    /// <summary>Its timestamp, in nanoseconds since the Unix epoch.</summary>
    public long TimestampNanos { get; private set; }

    /// <summary>Its subject. Valid until the next read or disposal.</summary>
    public ReadOnlySpan<byte> Subject => _buffer.AsSpan(_subjectOffset, _subjectBytes);

    /// <summary>Its header block, or empty. Valid until the next read or disposal.</summary>
    public ReadOnlySpan<byte> Headers => _buffer.AsSpan(_subjectOffset + _subjectBytes, _headersBytes);

    /// <summary>Its payload, or empty. Valid until the next read or disposal.</summary>
    public ReadOnlySpan<byte> Payload =>
        _buffer.AsSpan(_subjectOffset + _subjectBytes + _headersBytes, _payloadBytes);

    /// <summary>Its payload as memory of the lease. Valid until the next read or disposal.</summary>
    public ReadOnlyMemory<byte> PayloadMemory =>
        _buffer.AsMemory(_subjectOffset + _subjectBytes + _headersBytes, _payloadBytes);

    /// <summary>Gives what it holds back to the pool. Reading into the lease again takes a new one.</summary>
    public void Dispose()
    {
        Clear();
        Return(ref _buffer);
        Return(ref _packed);
        ReleaseAhead();
    }

    /// <summary>
    /// Gives back what was read ahead for the next messages, which a reader that goes through a stream in order has: for when it
    /// has come to an end and waits.
    /// </summary>
    public void ReleaseAhead() => _ahead?.Release();

    /// <summary>Reads for this lease.</summary>
    internal ReadAhead Ahead => _ahead ??= new ReadAhead();

    /// <summary>Room for a record that is about to be read; what the lease held is gone.</summary>
    internal Span<byte> Prepare(int recordBytes)
    {
        Clear();
        if (_buffer.Length < recordBytes)
        {
            Return(ref _buffer);
            _buffer = ArrayPool<byte>.Shared.Rent(recordBytes);
        }
        return _buffer.AsSpan(0, recordBytes);
    }

    /// <summary>Room for what is unpacked from the record, which stays where it is until the next read.</summary>
    internal Span<byte> PrepareUnpacked(int contentBytes)
    {
        (_buffer, _packed) = (_packed, _buffer);
        return Prepare(contentBytes);
    }

    /// <summary>Says where in the prepared buffer the message lies: subject, headers, payload, one after the other.</summary>
    internal void Set(
        ulong sequence, long timestampNanos, int subjectOffset, int subjectBytes, int headersBytes, int payloadBytes)
    {
        Sequence = sequence;
        TimestampNanos = timestampNanos;
        _subjectOffset = subjectOffset;
        _subjectBytes = subjectBytes;
        _headersBytes = headersBytes;
        _payloadBytes = payloadBytes;
    }

    /// <summary>Whether it has headers or a payload, and they are nothing but zeros.</summary>
    internal bool IsBlank => _headersBytes + _payloadBytes > 0 &&
        !_buffer.AsSpan(_subjectOffset + _subjectBytes, _headersBytes + _payloadBytes).ContainsAnyExcept((byte)0);

    /// <summary>Forgets the message and keeps the buffer.</summary>
    internal void Clear() => Set(0, 0, 0, 0, 0, 0);

    private static void Return(ref byte[] buffer)
    {
        if (buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
    }
}

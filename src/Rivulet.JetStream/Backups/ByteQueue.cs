using System.Buffers;

namespace Rivulet.JetStream.Backups;

/// <summary>Bytes that are appended at one end and taken at the other, in one piece. One thread at a time.</summary>
internal sealed class ByteQueue : IBufferWriter<byte>
{
    private const int FirstBytes = 4096;

    private byte[] _buffer = [];
    private int _start;
    private int _end;

    /// <summary>What is in it. Valid until something is appended.</summary>
    public ReadOnlySpan<byte> Unread => _buffer.AsSpan(_start, _end - _start);

    /// <summary>How much is in it.</summary>
    public int Length => _end - _start;

    /// <inheritdoc/>
    public void Advance(int count) => _end += count;

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        int wanted = Math.Max(1, sizeHint);
        if (_buffer.Length - _end < wanted)
            MakeRoom(wanted);
        return _buffer.AsMemory(_end);
    }

    /// <summary>Takes bytes from the front.</summary>
    public void Consume(int count)
    {
        _start += count;
        if (_start == _end)
            _start = _end = 0;
    }

    private void MakeRoom(int wanted)
    {
        int length = Length;
        byte[] target = length + wanted <= _buffer.Length / 2
            ? _buffer
            : new byte[Math.Max(FirstBytes, Math.Max(length + wanted, 2 * length))];
        Unread.CopyTo(target);
        _buffer = target;
        (_start, _end) = (0, length);
    }
}

using System.Buffers;

namespace Rivulet.Client;

/// <summary>
/// The bytes received and not parsed yet: <c>[consumed | unread | free]</c>. Belongs to the receive loop. Grows for a
/// message larger than it, and goes back to its usual size afterwards.
/// </summary>
internal sealed class ReceiveBuffer : IDisposable
{
    private const int UsualBytes = 32 * 1024;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(UsualBytes);
    private int _start;
    private int _end;

    public ReadOnlySpan<byte> Unread => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Room for the next receive.</summary>
    /// <param name="neededBytes">Bytes that <see cref="Unread"/> must be able to hold; 0 where it is not known.</param>
    public Memory<byte> GetFree(int neededBytes)
    {
        int unread = _end - _start;
        if (unread == 0)
            _start = _end = 0;
        int wanted = Math.Max(neededBytes, unread + 1);
        if (wanted > _buffer.Length || (unread == 0 && _buffer.Length > UsualBytes * 2 && wanted <= UsualBytes))
            MoveTo(ArrayPool<byte>.Shared.Rent(Math.Max(wanted, UsualBytes)));
        else if (_start > 0 && (_start + wanted > _buffer.Length || _buffer.Length - _end < _buffer.Length / 4))
            Compact();
        return _buffer.AsMemory(_end);
    }

    public void Received(int count) => _end += count;

    public void Consume(int count) => _start += count;

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _start = _end = 0;
    }

    private void Compact()
    {
        Unread.CopyTo(_buffer);
        _end -= _start;
        _start = 0;
    }

    private void MoveTo(byte[] other)
    {
        Unread.CopyTo(other);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = other;
        _end -= _start;
        _start = 0;
    }
}

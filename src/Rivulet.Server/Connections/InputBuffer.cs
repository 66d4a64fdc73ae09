using System.Buffers;
using System.Diagnostics;

namespace Rivulet.Server.Connections;

/// <summary>What a connection has received and not executed yet, in one piece.</summary>
/// <remarks>
/// <para>Only the receive loop touches it. Call order: <see cref="Free"/>, <see cref="Filled"/>, look at
/// <see cref="Unread"/>, <see cref="Consume"/>, and round again.</para>
/// <para>It starts small, doubles when a receive fills it, and halves after a run of receives that needed little of it. What it took
/// for a large message its owner has it give back (<see cref="ShrinkToUsual"/>).
/// It grows with what has arrived, never with what was announced: a peer that promises a gigabyte has to send it.</para>
/// </remarks>
internal sealed class InputBuffer : IDisposable
{
    private const int InitialBytes = 4 * 1024;
    private const int ShortReceivesToShrink = 4;

    // Reading more than this at once gains nothing; beyond it the buffer grows only for a message that needs it.
    private const int UsualBytesMax = 128 * 1024;

    // The shared pool keeps dozens of arrays of each size, and lets go of them one by one. What is larger than this is made for the
    // message that needs it, and goes with it.
    private const int PooledBytesMax = 4 * 1024 * 1024;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(InitialBytes);
    private int _start;
    private int _end;
    private int _neededBytes;
    private int _shortReceives;
    private bool _wasFilled;

    /// <summary>What has been received and not consumed.</summary>
    public ReadOnlySpan<byte> Unread => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Bytes of memory held.</summary>
    public int CapacityBytes => _buffer.Length;

    /// <summary>Whether there is nothing in it, and it is larger than it gets but for a message that needs it.</summary>
    public bool IsOversized => _start == _end && _buffer.Length > UsualBytesMax;

    /// <summary>Where to receive to. Never empty.</summary>
    public Memory<byte> Free()
    {
        int length = _end - _start;
        if (length == 0)
        {
            _start = 0;
            _end = 0;
        }
        else if (_start > 0)
        {
            // What is left is the beginning of one operation, and moves once at most.
            Unread.CopyTo(_buffer);
            _start = 0;
            _end = length;
        }

        if (_end == _buffer.Length || (_wasFilled && _buffer.Length < UsualBytesMax))
            Resize(_buffer.Length * 2);
        else if (length == 0 && _shortReceives >= ShortReceivesToShrink && _buffer.Length > InitialBytes)
            Resize(_buffer.Length / 2);
        _wasFilled = false;
        return _buffer.AsMemory(_end);
    }

    /// <summary>Notes what a receive brought.</summary>
    public void Filled(int bytes)
    {
        Debug.Assert(bytes <= _buffer.Length - _end, "received past the buffer");
        _end += bytes;
        _wasFilled = _end == _buffer.Length;
        _shortReceives = bytes < _buffer.Length / 4 ? _shortReceives + 1 : 0;
    }

    /// <summary>Lets go of bytes from the front of <see cref="Unread"/>.</summary>
    /// <param name="bytes">How many.</param>
    /// <param name="neededBytes">How many bytes the rest must grow to before looking again makes sense; 0 if unknown.</param>
    public void Consume(int bytes, int neededBytes)
    {
        Debug.Assert(bytes <= _end - _start, "consumed more than there was");
        _start += bytes;
        _neededBytes = neededBytes;
    }

    /// <summary>Whether looking at <see cref="Unread"/> makes sense, going by what was needed last time.</summary>
    public bool IsWorthReading => _end - _start >= _neededBytes;

    /// <summary>Gives back what it took for a message that is done with.</summary>
    public void ShrinkToUsual()
    {
        Debug.Assert(IsOversized, "there is something in it, or it is not large");
        Resize(UsualBytesMax);
        _wasFilled = false;
    }

    /// <summary>Drops everything received.</summary>
    public void Discard()
    {
        Consume(_end - _start, 0);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Return(_buffer);
        _buffer = [];
        _start = 0;
        _end = 0;
    }

    private void Resize(int bytes)
    {
        byte[] next = bytes > PooledBytesMax ? GC.AllocateUninitializedArray<byte>(bytes) : ArrayPool<byte>.Shared.Rent(bytes);
        int length = _end - _start;
        Unread.CopyTo(next);
        Return(_buffer);
        _buffer = next;
        _start = 0;
        _end = length;
        _shortReceives = 0;
    }

    private static void Return(byte[] buffer)
    {
        if (buffer.Length <= PooledBytesMax)
            ArrayPool<byte>.Shared.Return(buffer);
    }
}

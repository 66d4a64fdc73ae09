using System.Buffers;

namespace Rivulet.Server.Transports;

/// <summary>What a layer has made of bytes that it was given to send, until the transport below has taken all of it.</summary>
/// <remarks>
/// The bytes that it stands for count as sent only then; whoever gave them gives them again until they do
/// (<see cref="IByteTransport.TrySend"/>). Its buffer is from the shared pool and goes back there whenever it is empty, so that an
/// idle connection has none. The thread whose turn it is to send is the only one here.
/// </remarks>
internal sealed class EncodedOutput
{
    private byte[] _buffer = [];
    private int _start;
    private int _end;
    private int _givenBytes;

    /// <summary>Whether all of it has been taken.</summary>
    public bool IsEmpty => _start == _end;

    /// <summary>What is left of it.</summary>
    public ReadOnlySpan<byte> Unsent => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Free space of at least the given size, to write to.</summary>
    public Span<byte> Reserve(int bytes)
    {
        if (_buffer.Length - _end < bytes)
            Grow(bytes);
        return _buffer.AsSpan(_end);
    }

    /// <summary>Notes that bytes were written to what <see cref="Reserve"/> gave.</summary>
    public void Written(int bytes)
    {
        _end += bytes;
    }

    /// <summary>Adds bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        _end += bytes.Length;
    }

    /// <summary>Notes how many given bytes what was written stands for.</summary>
    public void StandsFor(int givenBytes)
    {
        _givenBytes += givenBytes;
    }

    /// <summary>Sends what can be sent without waiting. Completed, with the given bytes, once nothing is left.</summary>
    public TransportResult TrySend(IByteTransport below)
    {
        while (_start < _end)
        {
            var result = below.TrySend(_buffer.AsMemory(_start, _end - _start));
            if (result.Status != TransportStatus.Completed)
                return result;
            _start += result.Bytes;
        }

        return Taken();
    }

    /// <summary>Sends all of it. Completed with the given bytes.</summary>
    public async ValueTask<TransportResult> SendAsync(IByteTransport below)
    {
        if (_start < _end)
        {
            var result = await below.SendAsync(_buffer.AsMemory(_start, _end - _start)).ConfigureAwait(false);
            if (result.Status != TransportStatus.Completed)
                return result;
            _start = _end;
        }

        return Taken();
    }

    /// <summary>Gives the buffer back; what is in it is lost.</summary>
    public void Release()
    {
        _start = 0;
        _end = 0;
        _givenBytes = 0;
        if (_buffer.Length == 0)
            return;
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private TransportResult Taken()
    {
        int given = _givenBytes;
        Release();
        return TransportResult.Completed(given);
    }

    private void Grow(int bytes)
    {
        int length = _end - _start;
        byte[] next = ArrayPool<byte>.Shared.Rent(length + bytes);
        _buffer.AsSpan(_start, length).CopyTo(next);
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = next;
        _start = 0;
        _end = length;
    }
}

namespace Rivulet.Server.Transports;

/// <summary>A transport as the stream that <see cref="System.Net.Security.SslStream"/> wants below it.</summary>
/// <remarks>
/// While the handshake runs, what is written is sent at once. After it, what a thread has written between
/// <see cref="BeginGather"/> and <see cref="EndGather"/> is gathered, and that thread sends all of it together and knows how far that
/// went. What the reading side would like to say beside it, an alert before it fails, is dropped: a sender may be at work. Reads fail with
/// an <see cref="IOException"/> where the transport has an error to tell.
/// </remarks>
internal sealed class TransportStream : Stream
{
    private readonly Func<Memory<byte>, ValueTask<TransportResult>> _receive;
    private readonly IByteTransport _below;
    private volatile bool _isGathering;
    private int _gatheringThread;
    private EncodedOutput? _gathered;

    /// <summary>A stream that writes to a transport and receives through a function in front of it.</summary>
    public TransportStream(IByteTransport below, Func<Memory<byte>, ValueTask<TransportResult>> receive)
    {
        _below = below;
        _receive = receive;
    }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>What this thread writes from here on is added to <paramref name="output"/>. For good, nothing is sent at once any more.</summary>
    public void BeginGather(EncodedOutput output)
    {
        _gathered = output;
        Volatile.Write(ref _gatheringThread, Environment.CurrentManagedThreadId);
        _isGathering = true;
    }

    /// <summary>What is written from here on is dropped, until <see cref="BeginGather"/>.</summary>
    public void EndGather()
    {
        Volatile.Write(ref _gatheringThread, 0);
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var result = await _receive(buffer).ConfigureAwait(false);
        return result.Status switch
        {
            TransportStatus.Completed => result.Bytes,
            TransportStatus.Closed => 0,
            _ => throw new IOException("The connection failed.", result.Error),
        };
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!_isGathering)
            return SendAsync(buffer);
        if (Volatile.Read(ref _gatheringThread) == Environment.CurrentManagedThreadId)
            _gathered!.Append(buffer.Span);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken)
    {
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count)
    {
        throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count)
    {
        throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin)
    {
        throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override void SetLength(long value)
    {
        throw new NotSupportedException();
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        var result = await _below.SendAsync(bytes).ConfigureAwait(false);
        if (result.Status != TransportStatus.Completed)
            throw new IOException("The connection has ended.", result.Error);
    }
}

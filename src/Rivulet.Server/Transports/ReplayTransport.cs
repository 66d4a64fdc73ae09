using System.Net;
using Rivulet.Server.Connections;

namespace Rivulet.Server.Transports;

/// <summary>
/// A transport whose first bytes have been read already: hands them out again, then passes everything through.
/// Whoever reads past an upgrade point (a peeked TLS record, frames behind a WebSocket handshake) gives the rest to the
/// next layer this way.
/// </summary>
internal sealed class ReplayTransport : IByteTransport
{
    private readonly IByteTransport _inner;
    private ReadOnlyMemory<byte> _replay;

    /// <summary>Puts <paramref name="alreadyRead"/> in front of what <paramref name="inner"/> still has to say.</summary>
    public ReplayTransport(IByteTransport inner, ReadOnlyMemory<byte> alreadyRead)
    {
        _inner = inner;
        _replay = alreadyRead;
    }

    /// <inheritdoc/>
    public IPEndPoint? RemoteEndPoint => _inner.RemoteEndPoint;

    /// <inheritdoc/>
    public ValueTask<TransportResult> ReceiveAsync(Memory<byte> buffer)
    {
        if (_replay.IsEmpty)
            return _inner.ReceiveAsync(buffer);
        int count = Math.Min(_replay.Length, buffer.Length);
        _replay[..count].CopyTo(buffer);
        _replay = _replay[count..];
        return new(TransportResult.Completed(count));
    }

    /// <inheritdoc/>
    public TransportResult TrySend(ReadOnlyMemory<byte> bytes)
    {
        return _inner.TrySend(bytes);
    }

    /// <inheritdoc/>
    public ValueTask<TransportResult> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        return _inner.SendAsync(bytes);
    }

    /// <inheritdoc/>
    public void CloseOutput(ClosedReason reason)
    {
        _inner.CloseOutput(reason);
    }

    /// <inheritdoc/>
    public void Abort()
    {
        _inner.Abort();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        return _inner.DisposeAsync();
    }
}

using System.Net;
using System.Net.Sockets;
using Rivulet.Server.Connections;

namespace Rivulet.Server.Transports;

/// <summary>A connected stream socket. Owns it.</summary>
/// <remarks>
/// Once aborted it reads nothing more: closing a socket with unread input resets the connection, and by that a peer that waits for
/// room to send learns of the end. If the input were read instead, the system would not tell the peer of the room, since this side is
/// shut, and would forget the connection; the peer would ask for room in vain for a minute or two. So a connection whose input was
/// read while the abort came is reset as well.
/// </remarks>
internal sealed class SocketTransport : IByteTransport
{
    private readonly Socket _socket;
    private readonly SocketOperation _receive;
    private readonly SocketOperation _send;
    private volatile bool _isAborted;
    private volatile bool _readAfterAbort;

    /// <summary>Takes over a connected socket.</summary>
    public SocketTransport(Socket socket, SocketCompletions completions)
    {
        _socket = socket;
        var loops = completions.Prepare(socket);
        _receive = new SocketOperation(loops, NoteReceived);
        _send = new SocketOperation(loops);
        RemoteEndPoint = Plain(socket.RemoteEndPoint as IPEndPoint);

        // Replies are small and are written once per batch, so waiting to fill a segment only adds latency.
        if (socket.ProtocolType == ProtocolType.Tcp)
            socket.NoDelay = true;

        // Makes the synchronous calls below return at once when they cannot go on. Asynchronous calls still wait.
        socket.Blocking = false;
    }

    /// <inheritdoc/>
    public IPEndPoint? RemoteEndPoint { get; }

    /// <inheritdoc/>
    public ValueTask<TransportResult> ReceiveAsync(Memory<byte> buffer)
    {
        if (_isAborted)
            return new(TransportResult.Closed);
        try
        {
            return _receive.ReceiveAsync(_socket, buffer);
        }
        catch (ObjectDisposedException)
        {
            return new(TransportResult.Closed);
        }
    }

    /// <inheritdoc/>
    public bool CanLook => true;

    /// <inheritdoc/>
    public TransportResult TryReceive(Span<byte> buffer)
    {
        if (_isAborted)
            return TransportResult.Closed;
        try
        {
            int received = _socket.Receive(buffer, SocketFlags.None, out SocketError error);
            if (error != SocketError.Success)
                return Translate(error);
            NoteReceived(received);
            return received > 0 ? TransportResult.Completed(received) : TransportResult.Closed;
        }
        catch (ObjectDisposedException)
        {
            return TransportResult.Closed;
        }
    }

    /// <inheritdoc/>
    public TransportResult TrySend(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            int sent = _socket.Send(bytes.Span, SocketFlags.None, out SocketError error);
            return error == SocketError.Success ? TransportResult.Completed(sent) : Translate(error);
        }
        catch (ObjectDisposedException)
        {
            return TransportResult.Closed;
        }
    }

    /// <inheritdoc/>
    public ValueTask<TransportResult> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return _send.SendAsync(_socket, bytes);
        }
        catch (ObjectDisposedException)
        {
            return new(TransportResult.Closed);
        }
    }

    /// <inheritdoc/>
    public void CloseOutput(ClosedReason reason)
    {
        Shutdown(SocketShutdown.Send);
    }

    /// <inheritdoc/>
    public void Abort()
    {
        // Shutting down, rather than disposing, lets calls under way on other threads end by themselves while the
        // descriptor is still ours; DisposeAsync closes it once both directions have stopped.
        _isAborted = true;
        Shutdown(SocketShutdown.Both);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        if (_readAfterAbort)
            _socket.Close(0);
        else
            _socket.Dispose();
        _receive.Dispose();
        _send.Dispose();
        return ValueTask.CompletedTask;
    }

    // Where both kinds of addresses come to one socket, an IPv4 peer has one that stands for its own.
    private static IPEndPoint? Plain(IPEndPoint? peer)
    {
        return peer is { Address.IsIPv4MappedToIPv6: true } ? new IPEndPoint(peer.Address.MapToIPv4(), peer.Port) : peer;
    }

    /// <summary>What a socket error means for the connection.</summary>
    internal static TransportResult Translate(SocketError error)
    {
        return error switch
        {
            SocketError.WouldBlock or SocketError.IOPending or SocketError.NoBufferSpaceAvailable
                => TransportResult.WouldBlock,
            SocketError.OperationAborted or SocketError.Shutdown or SocketError.Interrupted or SocketError.NotSocket
                => TransportResult.Closed,
            _ => TransportResult.Failed(new SocketException((int)error)),
        };
    }

    private void NoteReceived(int bytes)
    {
        if (bytes > 0 && _isAborted)
            _readAfterAbort = true;
    }

    private void Shutdown(SocketShutdown how)
    {
        try
        {
            _socket.Shutdown(how);
        }
        catch (SocketException)
        {
            // The peer is gone already: what shutting down was to bring about has happened.
        }
        catch (ObjectDisposedException)
        {
            // Closed before; likewise.
        }
    }
}

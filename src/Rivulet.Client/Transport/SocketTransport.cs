using System.Net;
using System.Net.Sockets;

namespace Rivulet.Client.Transport;

/// <summary>A TCP socket.</summary>
internal sealed class SocketTransport : ClientTransport
{
    private readonly Socket _socket;

    private SocketTransport(Socket socket)
    {
        _socket = socket;
        RemoteAddress = Describe(socket.RemoteEndPoint);
    }

    public override string RemoteAddress { get; }

    /// <summary>Connects to a host, trying its addresses in turn.</summary>
    /// <exception cref="SocketException">None of them answered.</exception>
    public static async ValueTask<SocketTransport> ConnectAsync(
        string host, int port, CancellationToken cancellationToken)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(host, port, cancellationToken).ConfigureAwait(false);
            return new SocketTransport(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public override ValueTask<int> ReceiveAsync(Memory<byte> memory, CancellationToken cancellationToken) =>
        _socket.ReceiveAsync(memory, SocketFlags.None, cancellationToken);

    public override async ValueTask SendAsync(ReadOnlyMemory<byte> memory, CancellationToken cancellationToken)
    {
        while (memory.Length > 0)
        {
            int sent = await _socket.SendAsync(memory, SocketFlags.None, cancellationToken).ConfigureAwait(false);
            memory = memory[sent..];
        }
    }

    private static string Describe(EndPoint? peer) => peer is IPEndPoint { Address.IsIPv4MappedToIPv6: true } mapped
        ? new IPEndPoint(mapped.Address.MapToIPv4(), mapped.Port).ToString()
        : peer?.ToString() ?? "";

    public override Stream AsStream() => new NetworkStream(_socket, ownsSocket: true);

    public override ValueTask CloseSendAsync()
    {
        _socket.Shutdown(SocketShutdown.Send);
        return ValueTask.CompletedTask;
    }

    public override void Abort() => _socket.Dispose();

    public override ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }
}

using System.Net;
using System.Net.Sockets;

namespace Rivulet.Conformance.Tests.Targets;

/// <summary>Opens sockets that send each write at once.</summary>
internal static class SocketStream
{
    public static async Task<Stream> ConnectAsync(IPEndPoint endpoint)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endpoint, TestContext.Current.CancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

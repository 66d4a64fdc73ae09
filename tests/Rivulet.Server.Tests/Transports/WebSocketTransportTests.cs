using System.Net.WebSockets;
using Rivulet.Server.Transports;
using Rivulet.Server.WebSockets;

namespace Rivulet.Server.Tests.Transports;

/// <summary>WebSocket framing over a socket, with the runtime's own implementation at the other end.</summary>
public class WebSocketTransportTests : TransportTests
{
    private protected virtual bool Compress => false;

    private protected override async Task<(IByteTransport Transport, Stream Peer)> ConnectAsync()
    {
        var (socket, below) = await SocketTransportTests.ConnectPairAsync();
        var client = WebSocket.CreateFromStream(below, new WebSocketCreationOptions
        {
            KeepAliveInterval = TimeSpan.Zero,
            DangerousDeflateOptions = Compress
                ? new WebSocketDeflateOptions { ClientContextTakeover = false, ServerContextTakeover = false }
                : null,
        });
        return (
            new WebSocketTransport(socket, new WebSocketTerms { Compress = Compress }),
            WebSocketStream.Create(client, WebSocketMessageType.Binary, ownsWebSocket: true));
    }
}

/// <summary>The same with compressed messages.</summary>
public sealed class CompressedWebSocketTransportTests : WebSocketTransportTests
{
    private protected override bool Compress => true;
}

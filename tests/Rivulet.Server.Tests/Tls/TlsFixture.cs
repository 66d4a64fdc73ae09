using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Rivulet.Server.Tests.Transports;
using Rivulet.TestKit.Security;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Tls;

/// <summary>Clients for a server with TLS, down to the bytes.</summary>
internal static class TlsFixture
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>A socket to a port on this machine, as a stream.</summary>
    public static async Task<NetworkStream> DialAsync(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), Cancel);
        return new NetworkStream(socket, ownsSocket: true);
    }

    /// <summary>Makes the handshake over a stream.</summary>
    public static async Task<SslStream> SecureAsync(
        Stream stream, TestAuthority authority, X509Certificate2? certificate = null, SslProtocols protocols = SslProtocols.None)
    {
        var secure = new SslStream(stream);
        var options = TlsTransportTests.TrustingOptions(authority, certificate);
        options.EnabledSslProtocols = protocols;
        await secure.AuthenticateAsClientAsync(options, Cancel);
        return secure;
    }

    /// <summary>Reads INFO in plain text, byte by byte, so that nothing behind it is read.</summary>
    public static async Task<string> ReadPlainLineAsync(Stream stream)
    {
        var line = new List<byte>();
        byte[] one = new byte[1];
        while (line.Count == 0 || line[^1] != '\n')
        {
            if (await stream.ReadAsync(one, Cancel) == 0)
                break;
            line.Add(one[0]);
        }

        return System.Text.Encoding.Latin1.GetString([.. line]);
    }

    /// <summary>Connects as clients usually do: INFO, then the handshake, then CONNECT.</summary>
    public static async Task<(RawClient Client, string Info, SslStream Stream)> ConnectAsync(
        int port, TestAuthority authority, X509Certificate2? certificate = null, SslProtocols protocols = SslProtocols.None)
    {
        var stream = await DialAsync(port);
        string info = await ReadPlainLineAsync(stream);
        var secure = await SecureAsync(stream, authority, certificate, protocols);
        var client = RawClient.Over(secure);
        await client.SayConnectAsync();
        return (client, info, secure);
    }
}

using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Rivulet.Server.Tls;
using Rivulet.Server.Transports;
using Rivulet.TestKit.Security;

namespace Rivulet.Server.Tests.Transports;

/// <summary>TLS over a socket, after the handshake.</summary>
public sealed class TlsTransportTests : TransportTests
{
    private static readonly TestAuthority Authority = new();

    private protected override Task<(IByteTransport Transport, Stream Peer)> ConnectAsync()
    {
        return SecureAsync();
    }

    private static async Task<(IByteTransport Transport, Stream Peer)> SecureAsync()
    {
        var (socket, below) = await SocketTransportTests.ConnectPairAsync();
        var transport = new TlsTransport(socket);
        var server = new TlsServer(Authority.ServerOptions());
        var peer = new SslStream(below);
        var handshake = transport.AuthenticateAsync(stream => server.AuthenticateAsync(stream, verification: null));
        await peer.AuthenticateAsClientAsync(TrustingOptions(Authority));
        await handshake;
        return (transport, peer);
    }

    /// <summary>What a client says who trusts the authority.</summary>
    internal static SslClientAuthenticationOptions TrustingOptions(TestAuthority authority, X509Certificate2? certificate = null)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(authority.Trust);
        return new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            CertificateChainPolicy = policy,
            ClientCertificateContext = certificate is null ? null : SslStreamCertificateContext.Create(certificate, null, offline: true),
        };
    }

    [Fact]
    public async Task Bytes_peeked_at_before_the_handshake_are_part_of_it()
    {
        var (socket, below) = await SocketTransportTests.ConnectPairAsync();
        await using var transport = new TlsTransport(socket);
        await using var peer = new SslStream(below);
        Assert.Null(await transport.PeekAsync(TimeSpan.FromMilliseconds(20), TimeProvider.System));
        var client = peer.AuthenticateAsClientAsync(TrustingOptions(Authority), TestContext.Current.CancellationToken);
        Assert.Equal((byte)0x16, await transport.PeekAsync(TimeSpan.FromSeconds(10), TimeProvider.System));
        var server = new TlsServer(Authority.ServerOptions());
        await transport.AuthenticateAsync(stream => server.AuthenticateAsync(stream, verification: null));
        await client;
        transport.TrySend("hello"u8.ToArray());
        byte[] buffer = new byte[5];
        await peer.ReadExactlyAsync(buffer, TestContext.Current.CancellationToken);
        Assert.Equal("hello", Encoding.ASCII.GetString(buffer));
    }

    [Fact]
    public async Task What_is_no_handshake_is_told_at_the_first_byte()
    {
        var (socket, below) = await SocketTransportTests.ConnectPairAsync();
        await using var transport = new TlsTransport(socket);
        await below.WriteAsync("P"u8.ToArray(), TestContext.Current.CancellationToken);
        var server = new TlsServer(Authority.ServerOptions());
        var failure = await Assert.ThrowsAsync<NotTlsException>(
            () => transport.AuthenticateAsync(stream => server.AuthenticateAsync(stream, verification: null)));
        Assert.Equal("tls: first record does not look like a TLS handshake", failure.Message);
        await below.DisposeAsync();
    }

    [Fact]
    public async Task Large_and_small_sends_arrive_in_order_while_the_peer_reads_slowly()
    {
        var (transport, peer) = await SecureAsync();
        await using var first = transport;
        await using var second = peer;
        byte[] sent = new byte[3_000_000];
        new Random(7).NextBytes(sent);
        var sending = Task.Run(async () =>
        {
            int at = 0;
            for (int size = 1; at < sent.Length; size = size * 3 % 200_003)
            {
                int length = Math.Min(size, sent.Length - at);
                int done = 0;
                while (done < length)
                {
                    var result = transport.TrySend(sent.AsMemory(at + done, length - done));
                    if (result.Status == TransportStatus.WouldBlock)
                        result = await transport.SendAsync(sent.AsMemory(at + done, length - done));
                    Assert.Equal(TransportStatus.Completed, result.Status);
                    done += result.Bytes;
                }

                at += length;
            }
        }, TestContext.Current.CancellationToken);
        byte[] received = new byte[sent.Length];
        await peer.ReadExactlyAsync(received, TestContext.Current.CancellationToken);
        await sending;
        Assert.True(sent.AsSpan().SequenceEqual(received));
    }
}

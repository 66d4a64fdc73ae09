using System.Security.Authentication;
using Rivulet.Server.Tls;
using Rivulet.TestKit.Security;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Tls;

/// <summary>Clients over TLS: the order of greeting and handshake, what is refused, and what others notice of it.</summary>
public sealed class TlsConnectionTests : IDisposable
{
    private readonly TestAuthority _authority = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _authority.Dispose();
    }

    [Theory]
    [InlineData(SslProtocols.Tls12, "1.2")]
    [InlineData(SslProtocols.Tls13, "1.3")]
    public async Task A_client_is_greeted_in_plain_and_goes_on_over_tls(SslProtocols protocol, string version)
    {
        await using var server = await StartAsync();
        var (client, info, _) = await TlsFixture.ConnectAsync(server.Port, _authority, protocols: protocol);
        await using var _ = client;
        Assert.Contains("\"tls_required\":true", info, StringComparison.Ordinal);
        Assert.DoesNotContain("tls_verify", info, StringComparison.Ordinal);
        Assert.DoesNotContain("tls_available", info, StringComparison.Ordinal);
        string payload = new('x', 200_000);
        await client.SendAsync($"SUB a 1\r\nPUB a {payload.Length}\r\n{payload}\r\n");
        await client.ExpectAsync($"MSG a 1 {payload.Length}\r\n{payload}\r\n");
        Assert.Contains("[Information] TLS required for client connections", server.Log.Lines);
        Assert.Contains(server.Log.Lines, line => line.EndsWith(" - Starting TLS client connection handshake", StringComparison.Ordinal));
        Assert.Contains(server.Log.Lines, line => line.EndsWith(" - TLS handshake complete", StringComparison.Ordinal));
        Assert.Contains(server.Log.Lines, line => line.Contains($" - TLS version {version}, cipher suite TLS_", StringComparison.Ordinal));
        Assert.StartsWith("tls://127.0.0.1:", server.Server.ClientUrl, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_without_tls_is_closed_and_the_log_says_so()
    {
        await using var server = await StartAsync();
        await using var client = await server.ConnectAsync();
        await client.SendAsync("CONNECT {}\r\nPING\r\n");
        Assert.Equal("", await client.ReadToEndAsync());
        await Eventually.Holds(() => server.Server.ConnectionCount == 0);
        Assert.Contains(
            server.Log.Lines,
            line => line.StartsWith("[Debug]", StringComparison.Ordinal)
                && line.EndsWith(" - TLS handshake error: tls: first record does not look like a TLS handshake", StringComparison.Ordinal));
        Assert.Contains(server.Log.Lines, line => line.EndsWith("Client connection closed: TLS Handshake Failure", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_handshake_that_never_ends_is_ended_by_the_time_for_it()
    {
        await using var server = await StartAsync(tls => tls with { Timeout = TimeSpan.FromMilliseconds(300) });
        await using var silent = await server.ConnectAsync();
        await using var begun = await server.ConnectAsync();
        await begun.SendAsync("\x16\x03\x01\x02\x00\x01");
        Assert.Equal("", await silent.ReadToEndAsync());
        await begun.ReadToEndAsync();
        await Eventually.Holds(() => server.Server.ConnectionCount == 0);
        Assert.Equal(2, server.Log.Lines.Count(line => line.EndsWith(" - TLS handshake timeout", StringComparison.Ordinal)));
        Assert.DoesNotContain(server.Log.Lines, line => line.Contains("TLS handshake error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Garbage_in_place_of_a_handshake_ends_that_connection_only()
    {
        await using var server = await StartAsync();
        var (good, _, _) = await TlsFixture.ConnectAsync(server.Port, _authority);
        await using var _ = good;
        var random = new Random(5);
        for (int i = 0; i < 50; i++)
        {
            await using var bad = await server.ConnectAsync();
            byte[] garbage = new byte[random.Next(1, 2000)];
            random.NextBytes(garbage);
            if (i % 2 == 0)
                garbage[0] = 0x16;
            try
            {
                await bad.SendAsync(garbage);
            }
            catch (IOException)
            {
                // Closed already.
            }
        }

        Assert.Equal("", await good.PingAsync());
        await Eventually.Holds(() => server.Server.ConnectionCount == 1);
    }

    [Fact]
    public async Task With_handshake_first_there_is_no_greeting_in_plain()
    {
        await using var server = await StartAsync(tls => tls with { HandshakeFirst = true });
        Assert.Contains(
            "[Warning] Clients that are not using \"TLS Handshake First\" option will fail to connect", server.Log.Lines);
        var stream = await TlsFixture.DialAsync(server.Port);
        await using var client = RawClient.Over(await TlsFixture.SecureAsync(stream, _authority));
        var info = await client.ReadInfoAsync();
        Assert.True(info.TlsRequired);
        await client.SayConnectAsync();
        Assert.True(Assert.Single(server.Server.Connections).Peer.Tls!.WasFirst);
    }

    [Fact]
    public async Task With_a_fallback_both_kinds_of_clients_get_in()
    {
        await using var server = await StartAsync(
            tls => tls with { HandshakeFirst = true, HandshakeFirstFallback = TimeSpan.FromMilliseconds(50) });
        var (patient, info, _) = await TlsFixture.ConnectAsync(server.Port, _authority);
        await using var _ = patient;
        Assert.Contains("\"tls_required\":true", info, StringComparison.Ordinal);
        await using var first = RawClient.Over(await TlsFixture.SecureAsync(await TlsFixture.DialAsync(server.Port), _authority));
        await first.ReadInfoAsync();
        await first.SayConnectAsync();
        Assert.Equal([false, true], server.Server.Connections.Select(connection => connection.Peer.Tls!.WasFirst).Order());
    }

    [Fact]
    public async Task With_allow_non_tls_the_first_byte_decides()
    {
        await using var server = await StartAsync(configure: options => options with { AllowNonTls = true });
        Assert.Contains("[Information] TLS available for client connections", server.Log.Lines);
        await using var plain = await server.ConnectAsync();
        Assert.True(plain.Info.TlsAvailable);
        Assert.False(plain.Info.TlsRequired);
        await plain.SayConnectAsync();
        await plain.SendAsync("SUB a 1\r\n");
        await plain.PingAsync();
        var (secure, _, _) = await TlsFixture.ConnectAsync(server.Port, _authority);
        await using var _ = secure;
        await secure.SendAsync("PUB a 2\r\nhi\r\n");
        await plain.ExpectAsync("MSG a 1 2\r\nhi\r\n");
        Assert.Single(server.Server.Connections, connection => connection.Peer.Tls is not null);
    }

    [Fact]
    public async Task With_allow_non_tls_a_silent_client_is_not_cut_off()
    {
        await using var server = await StartAsync(
            tls => tls with { Timeout = TimeSpan.FromMilliseconds(50) }, options => options with { AllowNonTls = true });
        await using var client = await server.ConnectAsync();
        await Task.Delay(200, Cancel);
        await client.SayConnectAsync();
    }

    [Fact]
    public async Task Inside_the_process_there_is_no_tls()
    {
        await using var server = await StartAsync(tls => tls with { HandshakeFirst = true });
        await using var client = await RawClient.ConnectAsync(server.Server);
        Assert.False(client.Info.TlsRequired || client.Info.TlsAvailable);
        await client.SayConnectAsync();
    }

    [Fact]
    public async Task A_client_certificate_is_demanded_verified_and_kept_for_who_asks()
    {
        await using var server = await StartAsync(tls => tls with { VerifyClients = true, Authorities = _authority.Trust });
        using var certificate = _authority.IssueClient("CN=derek,O=Synadia");
        var (client, info, _) = await TlsFixture.ConnectAsync(server.Port, _authority, certificate);
        await using var _ = client;
        Assert.Contains("\"tls_verify\":true", info, StringComparison.Ordinal);
        var peer = Assert.Single(server.Server.Connections).Peer;
        Assert.Equal(certificate.Thumbprint, peer.Certificate!.Thumbprint);
        Assert.False(peer.Certificate.HasPrivateKey);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task A_client_without_a_certificate_or_with_a_wrong_one_is_refused(SslProtocols protocol)
    {
        await using var server = await StartAsync(tls => tls with { VerifyClients = true, Authorities = _authority.Trust });
        using var others = new TestAuthority("Others");
        await RefusedAsync(server, null, protocol, "tls: client didn't provide a certificate");
        using var foreign = others.IssueClient("CN=mallory");
        await RefusedAsync(
            server, foreign, protocol,
            $"tls: failed to verify certificate: x509: certificate signed by unknown authority (CN=mallory SHA-256: {Fingerprint.Of(foreign)})");
        using var expired = _authority.IssueClient("CN=late", TimeSpan.FromMinutes(-5));
        await RefusedAsync(
            server, expired, protocol,
            $"tls: failed to verify certificate: x509: certificate has expired or is not yet valid (CN=late SHA-256: {Fingerprint.Of(expired)})");
        using var wrongUse = _authority.IssueServer();
        await RefusedAsync(
            server, wrongUse, protocol,
            $"tls: failed to verify certificate: x509: certificate specifies an incompatible key usage (CN=server SHA-256: {Fingerprint.Of(wrongUse)})");
    }

    [Fact]
    public async Task Only_pinned_keys_get_in()
    {
        using var known = _authority.IssueClient("CN=known");
        using var unknown = _authority.IssueClient("CN=unknown");
        await using var server = await StartAsync(tls => tls with
        {
            VerifyClients = true,
            Authorities = _authority.Trust,
            PinnedCertificates = new HashSet<string> { Fingerprint.OfKey(known) },
        });
        var (client, _, _) = await TlsFixture.ConnectAsync(server.Port, _authority, known);
        await using var _ = client;
        await RefusedAsync(server, unknown, SslProtocols.Tls13, "certificate not pinned");
    }

    [Fact]
    public async Task More_handshakes_than_the_rate_allows_are_turned_away()
    {
        await using var server = await StartAsync(tls => tls with { ConnectionRateLimit = 2 });
        var (one, _, _) = await TlsFixture.ConnectAsync(server.Port, _authority);
        await using var first = one;
        var (two, _, _) = await TlsFixture.ConnectAsync(server.Port, _authority);
        await using var second = two;
        await using var third = await server.ConnectAsync();
        Assert.Equal("-ERR 'Connection throttling is active. Please try again later.'\r\n", await third.ReadToEndAsync());
    }

    [Fact]
    public async Task Another_certificate_after_a_reload_is_for_new_connections()
    {
        await using var server = await StartAsync();
        var (old, _, before) = await TlsFixture.ConnectAsync(server.Port, _authority);
        await using var _ = old;
        var changes = server.Server.Reload(server.Server.Options with { Tls = _authority.ServerOptions() });
        Assert.Equal(["tls = enabled"], changes);
        Assert.Empty(server.Server.Reload(server.Server.Options with { MaxTracedMessageLength = 0 }));
        var (fresh, _, after) = await TlsFixture.ConnectAsync(server.Port, _authority);
        await using var other = fresh;
        Assert.NotEqual(before.RemoteCertificate!.GetCertHashString(), after.RemoteCertificate!.GetCertHashString());
        Assert.Equal("", await old.PingAsync());
    }

    [Fact]
    public async Task A_reload_without_the_key_of_a_client_closes_it()
    {
        using var certificate = _authority.IssueClient();
        await using var server = await StartAsync(tls => tls with { VerifyClients = true, Authorities = _authority.Trust });
        var (client, _, _) = await TlsFixture.ConnectAsync(server.Port, _authority, certificate);
        await using var _ = client;
        var tls = server.Server.Options.Tls! with { PinnedCertificates = new HashSet<string> { new('0', 64) } };
        Assert.Equal(["1 pinned_certs"], server.Server.Reload(server.Server.Options with { Tls = tls }));
        await Eventually.Holds(() => server.Server.ConnectionCount == 0);
    }

    [Fact]
    public async Task Several_certificates_are_chosen_by_the_name_that_is_asked_for()
    {
        using var other = _authority.IssueServer("other.example");
        using var local = _authority.IssueServer("localhost");
        await using var server = await StartAsync(tls => tls with
        {
            Certificates = [new TlsCertificate(other, []), new TlsCertificate(local, [])],
        });
        var (client, _, stream) = await TlsFixture.ConnectAsync(server.Port, _authority);
        await using var _ = client;
        Assert.Equal(local.Thumbprint, stream.RemoteCertificate!.GetCertHashString());
    }

    [Fact]
    public async Task The_lowest_version_is_kept()
    {
        await using var server = await StartAsync(tls => tls with { MinVersion = SslProtocols.Tls13 });
        await using var stream = await TlsFixture.DialAsync(server.Port);
        await TlsFixture.ReadPlainLineAsync(stream);
        await Assert.ThrowsAnyAsync<Exception>(() => TlsFixture.SecureAsync(stream, _authority, protocols: SslProtocols.Tls12));
        var (client, _, _) = await TlsFixture.ConnectAsync(server.Port, _authority, protocols: SslProtocols.Tls13);
        await client.DisposeAsync();
    }

    [Fact]
    public async Task A_client_beyond_the_limit_is_told_in_plain()
    {
        await using var server = await StartAsync(configure: options => options with { MaxConnections = 1 });
        var (client, _, _) = await TlsFixture.ConnectAsync(server.Port, _authority);
        await using var _ = client;
        await using var second = await server.ConnectAsync();
        Assert.Equal("-ERR 'maximum connections exceeded'\r\n", await second.ReadToEndAsync());
    }

    [Fact]
    public async Task The_end_of_the_server_is_told_over_tls()
    {
        await using var server = await StartAsync();
        var (client, _, _) = await TlsFixture.ConnectAsync(server.Port, _authority);
        await using var _ = client;
        await server.Server.StopAsync();
        Assert.Equal("", await client.ReadToEndAsync());
    }

    private async Task<EmbeddedServer> StartAsync(
        Func<TlsServerOptions, TlsServerOptions>? tls = null, Func<NatsServerOptions, NatsServerOptions>? configure = null)
    {
        var options = _authority.ServerOptions();
        options = tls is null ? options : tls(options);
        return await EmbeddedServer.StartAsync(server =>
        {
            server = server with { Tls = options };
            return configure is null ? server : configure(server);
        });
    }

    private async Task RefusedAsync(
        EmbeddedServer server, System.Security.Cryptography.X509Certificates.X509Certificate2? certificate, SslProtocols protocol, string reason)
    {
        int before = server.Server.ConnectionCount;
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            var (client, _, _) = await TlsFixture.ConnectAsync(server.Port, _authority, certificate, protocol);
            await client.DisposeAsync();
        });
        await Eventually.Holds(() => server.Log.Lines.Any(line => line.EndsWith($" - TLS handshake error: {reason}", StringComparison.Ordinal)));
        await Eventually.Holds(() => server.Server.ConnectionCount == before);
    }
}

using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Rivulet.Server.Tests.Tls;
using Rivulet.Server.Tls;
using Rivulet.TestKit.Processes;
using Rivulet.TestKit.Security;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Configuration.Effects;

/// <summary>Keys of the block <c>tls</c>, from the text to who comes in.</summary>
public sealed class TlsKeyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new("tls-keys");
    private readonly TestAuthority _authority = new();
    private readonly string _pair;
    private readonly string _ca;

    public TlsKeyTests()
    {
        using var certificate = _authority.IssueServer();
        var (file, key) = TestAuthority.Write(certificate, _folder, "server");
        _pair = $"cert_file: \"{file}\", key_file: \"{key}\"";
        _ca = _authority.WriteTrust(_folder);
    }

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Clients_have_to_show_a_certificate_of_the_authority()
    {
        await using var server = await StartAsync($"ca_file: \"{_ca}\", verify: true");
        using var mine = _authority.IssueClient();
        await using var client = await SecureAsync(server, mine);
        using var others = new TestAuthority("Others");
        using var foreign = others.IssueClient();
        await RefusedAsync(server, null);
        await RefusedAsync(server, foreign);
    }

    [Fact]
    public async Task Certificates_name_users()
    {
        await using var server = await StartAsync(
            $"ca_file: \"{_ca}\", verify_and_map: true", "authorization { users: [ { user: \"CN=ann,O=Synadia\" } ] }");
        using var ann = _authority.IssueClient("CN=ann,O=Synadia");
        await using var client = await SecureAsync(server, ann);
        Assert.Equal("CN=ann,O=Synadia", Assert.Single(server.Server.Connections).Identity.UserLabel);
        using var bob = _authority.IssueClient("CN=bob,O=Synadia");
        await RefusedAsync(server, bob);
    }

    [Fact]
    public async Task Only_pinned_certificates_get_in()
    {
        using var known = _authority.IssueClient("CN=known");
        using var unknown = _authority.IssueClient("CN=unknown");
        await using var server = await StartAsync($"ca_file: \"{_ca}\", verify: true, pinned_certs: [ \"{Fingerprint.OfKey(known)}\" ]");
        await using var client = await SecureAsync(server, known);
        await RefusedAsync(server, unknown);
    }

    [Theory]
    [InlineData("handshake_first")]
    [InlineData("first")]
    [InlineData("immediate")]
    public async Task The_handshake_may_come_first(string key)
    {
        await using var server = await StartAsync($"{key}: true");
        await using var client = RawClient.Over(await TlsFixture.SecureAsync(await TlsFixture.DialAsync(server.Port), _authority));
        Assert.True((await client.ReadInfoAsync()).TlsRequired);
    }

    [Fact]
    public async Task A_handshake_takes_so_long_at_most()
    {
        await using var server = await StartAsync("timeout: \"100ms\"");
        await using var silent = await server.ConnectAsync();
        Assert.Equal("", await silent.ReadToEndAsync());
        Assert.Contains(server.Log.Lines, line => line.EndsWith(" - TLS handshake timeout", StringComparison.Ordinal));
    }

    [Fact]
    public async Task There_may_be_so_many_handshakes_in_a_second()
    {
        await using var server = await StartAsync("connection_rate_limit: 1");
        await using var first = await SecureAsync(server);
        await using var second = await server.ConnectAsync();
        Assert.Equal("-ERR 'Connection throttling is active. Please try again later.'\r\n", await second.ReadToEndAsync());
    }

    [Fact]
    public async Task Older_versions_are_refused()
    {
        await using var server = await StartAsync("min_version: \"1.3\"");
        await using var stream = await TlsFixture.DialAsync(server.Port);
        await TlsFixture.ReadPlainLineAsync(stream);
        await Assert.ThrowsAnyAsync<Exception>(() => TlsFixture.SecureAsync(stream, _authority, protocols: SslProtocols.Tls12));
        await using var client = await SecureAsync(server);
    }

    [Fact]
    public async Task The_suite_is_one_of_those_that_are_named()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the system's settings say which suites there are");
        await using var server = await StartAsync(
            "cipher_suites: [ TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_RSA_WITH_AES_128_CBC_SHA ], allow_insecure_cipher_suites: true");
        var (client, _, stream) = await TlsFixture.ConnectAsync(server.Port, _authority, protocols: SslProtocols.Tls12);
        await using var _ = client;
        Assert.Equal(TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, stream.NegotiatedCipherSuite);
    }

    [Theory]
    [InlineData("certs")]
    [InlineData("certificates")]
    public async Task The_certificate_for_the_name_is_taken(string key)
    {
        using var other = _authority.IssueServer("other.example");
        using var local = _authority.IssueServer("localhost");
        string Pair(X509Certificate2 certificate, string name)
        {
            var (file, keyFile) = TestAuthority.Write(certificate, _folder, name);
            return $"{{ cert_file: \"{file}\", key_file: \"{keyFile}\" }}";
        }

        await using var server = await ConfiguredServer.StartAsync($"tls {{ {key}: [ {Pair(other, "other")}, {Pair(local, "local")} ] }}");
        var (client, _, stream) = await TlsFixture.ConnectAsync(server.Port, _authority);
        await using var _ = client;
        Assert.Equal(local.Thumbprint, stream.RemoteCertificate!.GetCertHashString());
    }

    [Fact]
    public async Task Clients_without_tls_may_come_in_as_well()
    {
        await using var server = await StartAsync("", "allow_non_tls: true");
        await using var plain = await server.ConnectQuietAsync();
        Assert.True(plain.Info.TlsAvailable);
        await using var secure = await SecureAsync(server);
    }

    [Theory]
    [InlineData("https: \"127.0.0.1:-1\"")]
    [InlineData("https_port: -1")]
    public async Task Monitoring_is_over_https(string text)
    {
        await using var server = await StartAsync("", text);
        await using var stream = await TlsFixture.SecureAsync(await TlsFixture.DialAsync(server.Server.MonitoringPort), _authority);
        await stream.WriteAsync("GET /healthz HTTP/1.0\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.StartsWith("HTTP/1.1 200 OK", await TlsFixture.ReadPlainLineAsync(stream), StringComparison.Ordinal);
    }

    private Task<EmbeddedServer> StartAsync(string keys, string more = "")
    {
        return ConfiguredServer.StartAsync($"tls {{ {_pair}, {keys} }}\n{more}");
    }

    private async Task<RawClient> SecureAsync(EmbeddedServer server, X509Certificate2? certificate = null)
    {
        return (await TlsFixture.ConnectAsync(server.Port, _authority, certificate)).Client;
    }

    private async Task RefusedAsync(EmbeddedServer server, X509Certificate2? certificate)
    {
        await Assert.ThrowsAnyAsync<Exception>(async () => await (await SecureAsync(server, certificate)).DisposeAsync());
    }
}

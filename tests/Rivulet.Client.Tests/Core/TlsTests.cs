using System.Security.Authentication;
using Rivulet.Client.Tests.Servers;
using Rivulet.Server;
using Rivulet.TestKit.Processes;
using Rivulet.TestKit.Security;

namespace Rivulet.Client.Tests.Core;

/// <summary>Connections over TLS, to our server in this process.</summary>
public sealed class TlsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new("client-tls");
    private readonly TestAuthority _authority = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("nats")]
    [InlineData("tls")]
    public async Task A_server_that_requires_tls_gets_it(string scheme)
    {
        await using NatsServer server = await StartAsync();
        await using NatsConnection connection = await ConnectAsync(server, scheme, Trusting());
        await EchoAsync(connection);
    }

    [Fact]
    public async Task The_handshake_can_come_first()
    {
        await using NatsServer server = await StartAsync(tls => tls with { HandshakeFirst = true });
        await using NatsConnection connection = await ConnectAsync(server, "nats", Trusting() with { HandshakeFirst = true });
        await EchoAsync(connection);
    }

    [Fact]
    public async Task A_certificate_of_ours_is_shown()
    {
        await using NatsServer server = await StartAsync(tls => tls with { VerifyClients = true, Authorities = _authority.Trust });
        using var certificate = _authority.IssueClient();
        var (certificateFile, keyFile) = TestAuthority.Write(certificate, _folder, "client");
        NatsTlsOptions options = NatsTlsOptions.FromFiles(certificateFile, keyFile, _authority.WriteTrust(_folder));
        await using NatsConnection connection = await ConnectAsync(server, "tls", options);
        await EchoAsync(connection);
        await Assert.ThrowsAnyAsync<NatsException>(() => ConnectAsync(server, "tls", Trusting()));
    }

    [Fact]
    public async Task A_server_of_an_unknown_authority_is_refused()
    {
        await using NatsServer server = await StartAsync();
        NatsNoServersException none = await Assert.ThrowsAsync<NatsNoServersException>(() => ConnectAsync(server, "tls", null));
        NatsTlsException failure = Assert.IsType<NatsTlsException>(none.InnerException);
        Assert.StartsWith("tls: failed to verify certificate: ", failure.Message, StringComparison.Ordinal);
        Assert.IsType<AuthenticationException>(failure.InnerException);
    }

    [Fact]
    public async Task A_server_with_another_name_is_refused()
    {
        using var certificate = _authority.IssueServer("elsewhere.example");
        await using NatsServer server = await StartAsync(tls => tls with { Certificates = [new TlsCertificate(certificate, [])] });
        NatsNoServersException none = await Assert.ThrowsAsync<NatsNoServersException>(() => ConnectAsync(server, "tls", Trusting()));
        Assert.IsType<NatsTlsException>(none.InnerException);
    }

    [Fact]
    public async Task Each_server_of_the_list_is_held_to_its_own_name()
    {
        await using NatsServer server = await StartAsync();
        NatsTlsOptions tls = Trusting();
        await using NatsConnection first = await NatsConnection.ConnectAsync(
            new NatsConnectionOptions { Servers = [$"tls://127.0.0.1:{server.Port}"], Tls = tls }, Token);
        Assert.Null(tls.Authentication!.TargetHost);
        await using NatsConnection second = await NatsConnection.ConnectAsync(
            new NatsConnectionOptions { Servers = [$"tls://localhost:{server.Port}"], Tls = tls }, Token);
        await EchoAsync(second);
    }

    [Fact]
    public async Task A_server_without_tls_is_not_enough_where_it_is_required()
    {
        await using TestServer server = await TestServer.StartAsync();
        NatsNoServersException none = await Assert.ThrowsAsync<NatsNoServersException>(() => NatsConnection.ConnectAsync(
            new NatsConnectionOptions { Servers = [server.Url], Tls = Trusting() }, Token));
        Assert.Equal("secure connection not available", none.InnerException!.Message);
    }

    [Fact]
    public async Task A_lost_connection_comes_back_over_tls()
    {
        NatsServerOptions options = Options(tls => tls);
        NatsServer server = await NatsServer.StartAsync(options, Token);
        await using NatsConnection connection = await ConnectAsync(server, "tls", Trusting());
        int port = server.Port;
        await server.DisposeAsync();
        await using NatsServer again = await NatsServer.StartAsync(options with { Port = port }, Token);
        for (int i = 0; i < 500 && connection.State != NatsConnectionState.Open; i++)
            await Task.Delay(10, Token);
        await EchoAsync(connection);
    }

    [Fact]
    public void Files_that_cannot_be_used_are_told()
    {
        using var certificate = _authority.IssueClient();
        using var other = _authority.IssueClient();
        var (certificateFile, _) = TestAuthority.Write(certificate, _folder, "one");
        var (_, keyFile) = TestAuthority.Write(other, _folder, "two");
        Assert.StartsWith(
            "error loading client certificate: ", Assert.Throws<NatsTlsException>(() => NatsTlsOptions.FromFiles(certificateFile, keyFile)).Message, StringComparison.Ordinal);
        Assert.StartsWith(
            "error loading client certificate: ", Assert.Throws<NatsTlsException>(() => NatsTlsOptions.FromFiles("nope", "nope")).Message, StringComparison.Ordinal);
        Assert.StartsWith(
            "error loading or parsing rootCA file: ", Assert.Throws<NatsTlsException>(() => NatsTlsOptions.FromFiles(authorityFile: "nope")).Message, StringComparison.Ordinal);
        File.WriteAllText(_folder.Combine("empty"), "");
        Assert.StartsWith(
            "error loading or parsing rootCA file: ",
            Assert.Throws<NatsTlsException>(() => NatsTlsOptions.FromFiles(authorityFile: _folder.Combine("empty"))).Message,
            StringComparison.Ordinal);
    }

    private NatsTlsOptions Trusting() => NatsTlsOptions.FromFiles(authorityFile: _authority.WriteTrust(_folder));

    private NatsServerOptions Options(Func<TlsServerOptions, TlsServerOptions> tls) => new()
    {
        Host = "127.0.0.1",
        Port = -1,
        Tls = tls(_authority.ServerOptions()),
    };

    private Task<NatsServer> StartAsync(Func<TlsServerOptions, TlsServerOptions>? tls = null) =>
        NatsServer.StartAsync(Options(tls ?? (options => options)), Token);

    private static Task<NatsConnection> ConnectAsync(NatsServer server, string scheme, NatsTlsOptions? tls) =>
        NatsConnection.ConnectAsync(new NatsConnectionOptions { Servers = [$"{scheme}://localhost:{server.Port}"], Tls = tls }, Token);

    private static async Task EchoAsync(NatsConnection connection)
    {
        await using NatsSubscription subscription = connection.SubscribeAsync("echo");
        await connection.PublishAsync("echo", new ReadOnlyMemory<byte>("hi"u8.ToArray()), cancellationToken: Token);
        await foreach (NatsMessage message in subscription.WithCancellation(Token))
        {
            Assert.Equal("hi"u8.ToArray(), message.Payload.ToArray());
            break;
        }
    }
}

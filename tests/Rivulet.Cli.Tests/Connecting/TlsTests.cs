using Rivulet.Server;
using Rivulet.TestKit.Processes;
using Rivulet.TestKit.Security;

namespace Rivulet.Cli.Tests.Connecting;

/// <summary>TLS, by flags, environment and context.</summary>
public sealed class TlsTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new("cli-tls");
    private readonly TestAuthority _authority = new();
    private NatsServer _server = null!;
    private string _certificate = "";
    private string _key = "";
    private string _ca = "";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        using var certificate = _authority.IssueClient();
        (_certificate, _key) = TestAuthority.Write(certificate, _folder, "client");
        _ca = _authority.WriteTrust(_folder);
        _server = await StartAsync(_authority.ServerOptions() with { VerifyClients = true, Authorities = _authority.Trust });
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _authority.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Certificates_come_from_flags()
    {
        await SucceedsAsync(_server, null, "--tlscert", _certificate, "--tlskey", _key, "--tlsca", _ca);
    }

    [Fact]
    public async Task Certificates_come_from_the_environment()
    {
        await SucceedsAsync(_server, new() { ["NATS_CERT"] = _certificate, ["NATS_KEY"] = _key, ["NATS_CA"] = _ca });
    }

    [Fact]
    public async Task Certificates_come_from_a_context_and_from_the_home_directory()
    {
        await File.WriteAllTextAsync(
            _folder.Combine("c.json"),
            """{"cert":"~/client-cert.pem","key":"~/client-key.pem","ca":"~/ca.pem"}""",
            Token);
        await SucceedsAsync(_server, new() { ["HOME"] = _folder.Path }, "--context", _folder.Combine("c.json"));
    }

    [Theory]
    [InlineData("--tlsfirst")]
    [InlineData("--tls-first")]
    [InlineData("--context")]
    public async Task The_handshake_may_come_first(string flag)
    {
        await using var server = await StartAsync(_authority.ServerOptions() with { HandshakeFirst = true });
        await File.WriteAllTextAsync(_folder.Combine("first.json"), """{"tls_first":true}""", Token);
        string[] flags = flag == "--context" ? [flag, _folder.Combine("first.json")] : [flag];
        await SucceedsAsync(server, null, [.. flags, "--tlsca", _ca]);
    }

    [Fact]
    public async Task What_is_wrong_is_told_in_a_line()
    {
        await FailsAsync("tls: failed to verify certificate: The remote certificate ");
        await FailsAsync("nats: error loading or parsing rootCA file: ", "--tlsca", "nope");
        await FailsAsync("nats: error loading client certificate: ", "--tlscert", "nope", "--tlskey", "nope");
        await FailsAsync("a client certificate and its key are needed together", "--tlscert", _certificate);
    }

    private static Task<NatsServer> StartAsync(TlsServerOptions tls) =>
        NatsServer.StartAsync(new NatsServerOptions { Host = "127.0.0.1", Port = -1, Tls = tls }, Token);

    private static async Task SucceedsAsync(NatsServer server, Dictionary<string, string>? environment, params string[] flags)
    {
        var run = await CliRun.CompleteAsync(["pub", "a", "b", .. flags], $"tls://localhost:{server.Port}", environment: environment);
        Assert.Equal(0, await run.Exit);
    }

    private async Task FailsAsync(string error, params string[] flags)
    {
        var run = await CliRun.CompleteAsync(["pub", "a", "b", .. flags], $"tls://localhost:{_server.Port}");
        Assert.Equal(1, await run.Exit);
        Assert.StartsWith($"nats: error: {error}", run.Error, StringComparison.Ordinal);
    }
}

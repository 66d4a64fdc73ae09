using System.Globalization;
using System.Text.Json;
using Rivulet.Server.Tests.Tls;
using Rivulet.TestKit.Processes;
using Rivulet.TestKit.Security;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Program;

/// <summary>The program with TLS and WebSocket: flags, ports file, monitoring, and certificates that change.</summary>
public sealed class SecureProgramTests : IDisposable
{
    private readonly TemporaryFolder _folder = new("secure-program");
    private readonly TestAuthority _authority = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Flags_turn_tls_on()
    {
        var (certificate, key) = WriteServer();
        await using var server = await ServerProcess.StartAsync(new ServerProcessOptions
        {
            JetStream = false,
            Arguments = ["--tlscert", certificate, "--tlskey", key, "--tlscacert", _authority.WriteTrust(_folder), "--tlsverify"],
        });
        using var mine = _authority.IssueClient();
        var (client, info, _) = await TlsFixture.ConnectAsync(server.Port, _authority, mine);
        await using var _ = client;
        Assert.Contains("\"tls_required\":true,\"tls_verify\":true", info, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_flag_turns_tls_off()
    {
        var (certificate, key) = WriteServer();
        await using var server = await ServerProcess.StartAsync(new ServerProcessOptions
        {
            JetStream = false,
            Configuration = $"tls {{ cert_file: \"{certificate}\", key_file: \"{key}\" }}",
            Arguments = ["--tls=false"],
        });
        await using var client = await RawClient.ConnectAsync(server.Port);
        await client.SayConnectAsync();
    }

    [Fact]
    public async Task Everything_listens_and_is_in_the_ports_file()
    {
        var (certificate, key) = WriteServer();
        string pair = $"cert_file: \"{certificate}\", key_file: \"{key}\"";
        await using var server = await ServerProcess.StartAsync(new ServerProcessOptions
        {
            JetStream = false,
            Configuration = $$"""
                tls { {{pair}} }
                https: "127.0.0.1:-1"
                ports_file_dir: "{{_folder.Path}}"
                websocket { listen: "127.0.0.1:-1", tls { {{pair}} }, advertise: "x:5", handshake_timeout: "3s" }
                """,
        });
        var ports = await PortsAsync(server);
        Assert.Equal($"tls://127.0.0.1:{server.Port}", ports.GetProperty("nats")[0].GetString());
        Assert.StartsWith("wss://127.0.0.1:", ports.GetProperty("websocket")[0].GetString(), StringComparison.Ordinal);
        var monitoring = new Uri(ports.GetProperty("monitoring")[0].GetString()!);
        Assert.Equal("https", monitoring.Scheme);
        Assert.Contains(server.Log, line => line.EndsWith($"[INF] Starting https monitor on 127.0.0.1:{monitoring.Port}", StringComparison.Ordinal));

        var (client, _, _) = await TlsFixture.ConnectAsync(server.Port, _authority);
        await using var _ = client;
        using var varz = JsonDocument.Parse(await GetAsync(monitoring, "/varz"));
        var root = varz.RootElement;
        Assert.True(root.GetProperty("tls_required").GetBoolean());
        Assert.Equal((0, monitoring.Port), (root.GetProperty("http_port").GetInt32(), root.GetProperty("https_port").GetInt32()));
        var webSocket = root.GetProperty("websocket");
        Assert.Equal(("127.0.0.1", "x:5", 3_000_000_000L), (webSocket.GetProperty("host").GetString(), webSocket.GetProperty("advertise").GetString(), webSocket.GetProperty("handshake_timeout").GetInt64()));
        Assert.True(root.GetProperty("tls_cert_not_after").GetDateTimeOffset() > DateTimeOffset.UtcNow.AddDays(10));
        Assert.True(webSocket.TryGetProperty("tls_cert_not_after", out var _));
        using var connz = JsonDocument.Parse(await GetAsync(monitoring, "/connz"));
        var connection = connz.RootElement.GetProperty("connections")[0];
        Assert.Equal("1.3", connection.GetProperty("tls_version").GetString());
        Assert.StartsWith("TLS_", connection.GetProperty("tls_cipher_suite").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hang_up_takes_a_new_certificate_for_everything()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals of Unix");
        var (certificate, key) = WriteServer();
        string pair = $"cert_file: \"{certificate}\", key_file: \"{key}\"";
        await using var server = await ServerProcess.StartAsync(new ServerProcessOptions
        {
            JetStream = false,
            Configuration = $"tls {{ {pair} }}\nhttps: \"127.0.0.1:-1\"\nports_file_dir: \"{_folder.Path}\"",
        });
        var (before, _, oldStream) = await TlsFixture.ConnectAsync(server.Port, _authority);
        await using var _ = before;
        WriteServer();
        await ProgramRun.RunAsync("kill", ["-HUP", server.ProcessId.ToString(CultureInfo.InvariantCulture)], TimeSpan.FromSeconds(10));
        await Eventually.Holds(() => server.Log.Any(line => line.EndsWith("[INF] Reloaded: tls = enabled", StringComparison.Ordinal)));
        var (after, _, newStream) = await TlsFixture.ConnectAsync(server.Port, _authority);
        await using var other = after;
        string now = newStream.RemoteCertificate!.GetCertHashString();
        Assert.NotEqual(oldStream.RemoteCertificate!.GetCertHashString(), now);
        var monitoring = new Uri((await PortsAsync(server)).GetProperty("monitoring")[0].GetString()!);
        await using var https = await TlsFixture.SecureAsync(await TlsFixture.DialAsync(monitoring.Port), _authority);
        Assert.Equal(now, https.RemoteCertificate!.GetCertHashString());

        // A file that is half written, or none, changes nothing.
        await File.WriteAllTextAsync(certificate, "-----BEGIN CERTIFICATE-----\n", Cancel);
        await ProgramRun.RunAsync("kill", ["-HUP", server.ProcessId.ToString(CultureInfo.InvariantCulture)], TimeSpan.FromSeconds(10));
        await Eventually.Holds(() => server.Log.Any(line => line.Contains("[ERR] Failed to reload server configuration: ", StringComparison.Ordinal)));
        var (still, _, _) = await TlsFixture.ConnectAsync(server.Port, _authority);
        await still.DisposeAsync();
        Assert.Equal("", await before.PingAsync());
    }

    [Fact]
    public async Task A_taken_port_for_websockets_is_told()
    {
        await using var first = await EmbeddedServer.StartAsync();
        var run = await ProgramRun.RunAsync(
            BuiltPrograms.Server,
            ["-p", "-1", "-c", Write("taken.conf", $"websocket {{ listen: \"127.0.0.1:{first.Port}\", no_tls: true }}")],
            TimeSpan.FromSeconds(20));
        Assert.Equal(1, run.ExitCode);
        Assert.Contains(
            $"[FTL] Unable to listen for websocket connections: listen tcp 127.0.0.1:{first.Port}: bind: address already in use", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_help_about_tls_names_its_keys()
    {
        var run = await ProgramRun.RunAsync(BuiltPrograms.Server, ["--help_tls"], TimeSpan.FromSeconds(20));
        Assert.Equal(0, run.ExitCode);
        foreach (string key in new[] { "cert_file", "key_file", "ca_file", "verify", "handshake_first", "allow_non_tls" })
            Assert.Contains(key, run.Output, StringComparison.Ordinal);
    }

    private async Task<string> GetAsync(Uri monitoring, string path)
    {
        using var handler = new SocketsHttpHandler { SslOptions = Transports.TlsTransportTests.TrustingOptions(_authority) };
        handler.SslOptions.TargetHost = null;
        using var http = new HttpClient(handler);
        return await http.GetStringAsync(new Uri(monitoring, path), Cancel);
    }

    private async Task<JsonElement> PortsAsync(ServerProcess server)
    {
        string file = _folder.Combine(string.Create(CultureInfo.InvariantCulture, $"nats-server_{server.ProcessId}.ports"));
        await Eventually.Holds(() => File.Exists(file));
        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(file, Cancel));
        return json.RootElement.Clone();
    }

    private (string CertificateFile, string KeyFile) WriteServer()
    {
        using var certificate = _authority.IssueServer();
        return TestAuthority.Write(certificate, _folder, "server");
    }

    private string Write(string name, string text)
    {
        string path = _folder.Combine(name);
        File.WriteAllText(path, text);
        return path;
    }
}

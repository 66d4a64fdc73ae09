using System.Net.Security;
using System.Net.WebSockets;
using System.Text;
using Rivulet.Protocol;
using Rivulet.Server.Security;
using Rivulet.Server.Tests.Tls;
using Rivulet.TestKit.Security;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.WebSockets;

/// <summary>Clients over WebSocket, the runtime's own and such as write frames by hand.</summary>
public sealed class WebSocketConnectionTests : IDisposable
{
    private const string Request =
        "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";

    private static readonly byte[] Mask = [1, 2, 3, 4];
    private readonly TestAuthority _authority = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _authority.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Messages_go_between_websocket_and_socket(bool compressed)
    {
        await using var server = await StartAsync(options => options with { Compression = compressed });
        Assert.Contains(server.Log.Lines, line => line.StartsWith("[Information] Listening for websocket clients on ws://127.0.0.1:", StringComparison.Ordinal));
        Assert.Contains("[Warning] Websocket not configured with TLS. DO NOT USE IN PRODUCTION!", server.Log.Lines);
        await using var web = await ConnectAsync(server, compressed);
        Assert.Equal(server.Server.WebSocketPort, web.Info.Port);
        await using var plain = await server.ConnectQuietAsync();
        string payload = new('x', 100_000);
        await plain.SendAsync("SUB a 1\r\n");
        await plain.PingAsync();
        await web.SendAsync($"SUB b 2\r\nPUB a {payload.Length}\r\n{payload}\r\n");
        await plain.ExpectAsync($"MSG a 1 {payload.Length}\r\n{payload}\r\n");
        await web.PingAsync();
        await plain.SendAsync($"PUB b {payload.Length}\r\n{payload}\r\n");
        await web.ExpectAsync($"MSG b 2 {payload.Length}\r\n{payload}\r\n");
        Assert.Contains(server.Log.Lines, line => line.EndsWith(" - wid:1 - Client connection created", StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_works_over_tls()
    {
        await using var server = await StartAsync(options => options with { NoTls = false, Tls = _authority.ServerOptions() });
        Assert.Equal($"wss://127.0.0.1:{server.Server.WebSocketPort}", Assert.Single(server.Server.WebSocketUrls));
        using var socket = new ClientWebSocket();
        socket.Options.RemoteCertificateValidationCallback = (_, _, _, errors) => errors == SslPolicyErrors.RemoteCertificateChainErrors;
        await socket.ConnectAsync(new Uri($"wss://localhost:{server.Server.WebSocketPort}/any/path"), Cancel);
        await using var client = RawClient.Over(WebSocketStream.Create(socket, WebSocketMessageType.Text, ownsWebSocket: true));
        var info = await client.ReadInfoAsync();
        Assert.True(info.TlsRequired && info.TlsAvailable);
        await client.SayConnectAsync();
        Assert.NotNull(Assert.Single(server.Server.Connections).Peer.Tls);
    }

    [Fact]
    public async Task A_port_with_tls_shrugs_at_clients_without()
    {
        await using var server = await StartAsync(options => options with { NoTls = false, Tls = _authority.ServerOptions() });
        await using var stream = await TlsFixture.DialAsync(server.Server.WebSocketPort);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(Request + "\r\n"), Cancel);
        Assert.Equal("", await TlsFixture.ReadPlainLineAsync(stream));
        Assert.Contains(
            server.Log.Lines,
            line => line.Contains("TLS handshake error from 127.0.0.1:", StringComparison.Ordinal)
                && line.EndsWith(": tls: first record does not look like a TLS handshake", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_refused_request_is_answered_and_logged()
    {
        await using var server = await StartAsync();
        await using var stream = await TlsFixture.DialAsync(server.Server.WebSocketPort);
        await stream.WriteAsync("GET /varz HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), Cancel);
        Assert.Equal("HTTP/1.1 400 Bad Request\r\n", await TlsFixture.ReadPlainLineAsync(stream));
        Assert.Contains(
            server.Log.Lines,
            line => line.StartsWith("[Error] 127.0.0.1:", StringComparison.Ordinal)
                && line.EndsWith(" - websocket handshake error: invalid value for header 'Upgrade'", StringComparison.Ordinal));
        Assert.Equal(0ul, server.Server.Connections.Aggregate(0ul, (sum, connection) => sum + connection.Id));
    }

    [Theory]
    [InlineData("BREW /pot HTCPCP/1.0\r\n\r\n", "HTTP/1.1 400 Bad Request\r\n")]
    [InlineData("\x16\x03\x01\n\n", "HTTP/1.1 400 Bad Request\r\n")]
    public async Task Something_that_is_no_http_is_a_bad_request(string bytes, string answer)
    {
        await using var server = await StartAsync();
        await using var stream = await TlsFixture.DialAsync(server.Server.WebSocketPort);
        await stream.WriteAsync(Encoding.Latin1.GetBytes(bytes), Cancel);
        Assert.Equal(answer, await TlsFixture.ReadPlainLineAsync(stream));
    }

    [Fact]
    public async Task A_request_that_never_ends_is_given_up()
    {
        await using var server = await StartAsync(options => options with { HandshakeTimeout = TimeSpan.FromMilliseconds(200) });
        await using var stream = await TlsFixture.DialAsync(server.Server.WebSocketPort);
        await stream.WriteAsync("GET / HTTP/1.1\r\nHost: "u8.ToArray(), Cancel);
        Assert.Equal("", await TlsFixture.ReadPlainLineAsync(stream));
    }

    [Fact]
    public async Task A_request_head_without_end_is_refused()
    {
        await using var server = await StartAsync();
        await using var stream = await TlsFixture.DialAsync(server.Server.WebSocketPort);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(Request), Cancel);
        byte[] header = Encoding.ASCII.GetBytes($"X-Filler: {new string('x', 1000)}\r\n");
        try
        {
            for (int i = 0; i < 200; i++)
                await stream.WriteAsync(header, Cancel);
        }
        catch (IOException)
        {
            // Closed already.
        }

        await Eventually.Holds(() => server.Log.Lines.Any(line => line.EndsWith("request head too large", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Data_ahead_of_the_answer_is_refused()
    {
        await using var server = await StartAsync();
        await using var stream = await TlsFixture.DialAsync(server.Server.WebSocketPort);
        await stream.WriteAsync((byte[])[.. Encoding.ASCII.GetBytes(Request + "\r\n"), .. FrameBytes.Make(0x82, "PING\r\n"u8, Mask)], Cancel);
        Assert.Equal("HTTP/1.1 400 Bad Request\r\n", await TlsFixture.ReadPlainLineAsync(stream));
        Assert.Contains(server.Log.Lines, line => line.EndsWith("client sent data before handshake is complete", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_operation_may_be_split_over_frames_and_a_frame_hold_several()
    {
        await using var server = await StartAsync();
        await using var stream = await UpgradeAsync(server);
        await ReadFrameAsync(stream);
        await SendAsync(stream, 0x82, "CONNECT {\"verbose\":false}\r\nSUB a 1\r\nPU");
        await SendAsync(stream, 0x02, "B a 5\r");
        await SendAsync(stream, 0x89, "ping");
        await SendAsync(stream, 0x00, "\nhel");
        await SendAsync(stream, 0x80, "lo\r\nPING\r\n");
        var seen = new List<(int First, string Payload)>();
        while (!seen.Any(frame => frame.Payload.EndsWith("PONG\r\n", StringComparison.Ordinal)))
            seen.Add(await ReadFrameAsync(stream));
        Assert.Contains((0x8a, "ping"), seen);
        Assert.Equal("MSG a 1 5\r\nhello\r\nPONG\r\n", string.Concat(seen.Where(frame => frame.First == 0x82).Select(frame => frame.Payload)));
    }

    [Fact]
    public async Task A_close_frame_is_answered_with_its_status()
    {
        await using var server = await StartAsync();
        await using var stream = await UpgradeAsync(server);
        await ReadFrameAsync(stream);
        await SendAsync(stream, 0x88, "\x03\xe8" + "bye");
        Assert.Equal((0x88, "\x03\xe8" + "bye"), await ReadFrameAsync(stream));
        await Eventually.Holds(() => server.Server.ConnectionCount == 0);
        Assert.Contains(server.Log.Lines, line => line.EndsWith("Client connection closed: Client Closed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_protocol_error_is_told_in_the_close_frame_behind_the_last_words()
    {
        await using var server = await StartAsync();
        await using var stream = await UpgradeAsync(server);
        await ReadFrameAsync(stream);
        await SendAsync(stream, 0x82, "BOGUS\r\n");
        Assert.Equal((0x82, "-ERR 'Unknown Protocol Operation'\r\n"), await ReadFrameAsync(stream));
        Assert.Equal((0x88, "\x03\xea" + "Protocol Violation"), await ReadFrameAsync(stream));
    }

    [Fact]
    public async Task A_broken_frame_ends_the_connection_and_is_logged()
    {
        await using var server = await StartAsync();
        await using var stream = await UpgradeAsync(server);
        await ReadFrameAsync(stream);
        await stream.WriteAsync(FrameBytes.Make(0x82, "PING\r\n"u8, null), Cancel);
        Assert.Equal((0x88, "\x03\xea" + "mask bit missing"), await ReadFrameAsync(stream));
        await Eventually.Holds(() => server.Server.ConnectionCount == 0);
        Assert.Contains(server.Log.Lines, line => line.EndsWith(" - wid:1 - read error: mask bit missing", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Frames_without_masks_are_fine_where_that_was_asked_for()
    {
        await using var server = await StartAsync();
        await using var stream = await UpgradeAsync(server, "Nats-No-Masking: true\r\n");
        await ReadFrameAsync(stream);
        await stream.WriteAsync(FrameBytes.Make(0x82, "PING\r\n"u8, null), Cancel);
        Assert.Equal((0x82, "PONG\r\n"), await ReadFrameAsync(stream));
    }

    [Fact]
    public async Task Browsers_get_frames_of_four_kilobytes()
    {
        await using var server = await StartAsync();
        await using var stream = await UpgradeAsync(server, "User-Agent: Mozilla/5.0\r\n");
        await ReadFrameAsync(stream);
        await SendAsync(stream, 0x82, $"CONNECT {{\"verbose\":false}}\r\nSUB a 1\r\nPUB a 10000\r\n{new string('x', 10_000)}\r\n");
        int received = 0;
        while (received < 10_000)
        {
            string payload = (await ReadFrameAsync(stream)).Payload;
            Assert.InRange(payload.Length, 1, 4096);
            received += payload.Length;
        }
    }

    [Fact]
    public async Task A_compressed_message_that_grows_without_end_is_refused()
    {
        await using var server = await StartAsync(
            options => options with { Compression = true }, server => server with { MaxPayload = 10_000 });
        await using var stream = await UpgradeAsync(server, "Sec-WebSocket-Extensions: permessage-deflate\r\n");
        await ReadFrameAsync(stream);
        byte[] bomb = new Server.WebSockets.DeflateEncoder().Compress(new byte[5_000_000]).ToArray();
        Assert.InRange(bomb.Length, 1, 80_000);
        await stream.WriteAsync(FrameBytes.Make(0xc2, bomb, Mask), Cancel);
        await Eventually.Holds(() => server.Server.ConnectionCount == 0);
    }

    [Fact]
    public async Task A_compressed_message_that_is_none_is_refused()
    {
        await using var server = await StartAsync(options => options with { Compression = true });
        await using var stream = await UpgradeAsync(server, "Sec-WebSocket-Extensions: permessage-deflate\r\n");
        await ReadFrameAsync(stream);
        await stream.WriteAsync(FrameBytes.Make(0xc2, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff], Mask), Cancel);
        await Eventually.Holds(() => server.Log.Lines.Any(line => line.EndsWith(" - read error: flate: corrupt input", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_flood_of_pings_takes_no_memory_and_keeps_the_order()
    {
        await using var server = await StartAsync();
        await using var stream = await UpgradeAsync(server);
        await ReadFrameAsync(stream);
        byte[] ping = FrameBytes.Make(0x89, new byte[125], Mask);
        byte[] many = [.. Enumerable.Repeat(ping, 200).SelectMany(bytes => bytes)];
        for (int i = 0; i < 20; i++)
            await stream.WriteAsync(many, Cancel);
        await SendAsync(stream, 0x82, "PING\r\n");
        (int First, string Payload) frame;
        do
        {
            frame = await ReadFrameAsync(stream);
        }
        while (frame.First == 0x8a);
        Assert.Equal((0x82, "PONG\r\n"), frame);
    }

    [Fact]
    public async Task The_address_that_a_proxy_tells_is_in_the_log()
    {
        await using var server = await StartAsync();
        await using var stream = await UpgradeAsync(server, "X-Forwarded-For: 2001:db8::7\r\n");
        await ReadFrameAsync(stream);
        Assert.Contains(server.Log.Lines, line => line.Contains("[2001:db8::7]/127.0.0.1:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Cookies_are_there_for_authentication_and_not_in_the_log()
    {
        await using var server = await StartAsync(options => options with { UserCookie = "u", PasswordCookie = "p" });
        await using var stream = await UpgradeAsync(server, "Cookie: u=sue; p=secret\r\n");
        await ReadFrameAsync(stream);
        Assert.Equal(("sue", "secret"), (Assert.Single(server.Server.Connections).Peer.Cookies!.User, Assert.Single(server.Server.Connections).Peer.Cookies!.Password));
        Assert.DoesNotContain(server.Log.Lines, line => line.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Leaf_nodes_are_not_served()
    {
        await using var server = await StartAsync();
        await using var stream = await TlsFixture.DialAsync(server.Server.WebSocketPort);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(Request.Replace("GET / ", "GET /leafnode ", StringComparison.Ordinal) + "\r\n"), Cancel);
        await Eventually.Holds(() => server.Log.Lines.Contains("[Error] Not configured to accept leaf node connections"));
    }

    public static TheoryData<string, WebSocketServerOptions> Nonsense => new()
    {
        { "websocket requires TLS configuration", new() { Port = -1 } },
        { "websocket: invalid header \"Upgrade\" not allowed", WithHeader("Upgrade", "x") },
        { "websocket: invalid header \"Sec-WebSocket-Accept\", \"Sec-WebSocket-\" prefix not allowed", WithHeader("Sec-WebSocket-Accept", "x") },
        { "websocket: invalid header \"X\"", WithHeader("X", "a\r\nb: c") },
        { "unable to parse allowed origin \"ftp://x\": allowed origins must be absolute URLs with http or https scheme", new() { Port = -1, NoTls = true, AllowedOrigins = ["ftp://x"] } },
        { "no_auth_user: \"zz\" present, but users/nkeys are not defined", new() { Port = -1, NoTls = true, NoAuthUser = "zz" } },
        { "trusted operators or trusted keys configuration is required for JWT authentication via cookie \"j\"", new() { Port = -1, NoTls = true, JwtCookie = "j" } },
    };

    [Theory]
    [MemberData(nameof(Nonsense))]
    public async Task Settings_that_make_no_sense_are_named(string complaint, WebSocketServerOptions options)
    {
        var error = await Assert.ThrowsAsync<NatsServerOptionsException>(
            () => NatsServer.StartAsync(new NatsServerOptions { Host = "127.0.0.1", Port = -1, WebSocket = options }, Cancel));
        Assert.Equal(complaint, error.Message);
    }

    public static TheoryData<string, WebSocketServerOptions> NotWithUsers => new()
    {
        { "no_auth_user: \"zz\" not present as user or nkey in authorization block or account configuration", new() { NoAuthUser = "zz" } },
        { "websocket authentication username not compatible with presence of users/nkeys", new() { UserName = "a", Password = "b" } },
        { "websocket authentication token not compatible with presence of users/nkeys", new() { Token = "t" } },
    };

    [Theory]
    [MemberData(nameof(NotWithUsers))]
    public async Task Settings_that_do_not_go_with_users_are_named(string complaint, WebSocketServerOptions options)
    {
        var users = new AuthorizationSettings { Users = [new UserSettings { Name = "u", Password = "p" }] };
        var error = await Assert.ThrowsAsync<NatsServerOptionsException>(() => NatsServer.StartAsync(
            new NatsServerOptions { Host = "127.0.0.1", Port = -1, Authorization = users, WebSocket = options with { Port = -1, NoTls = true } }, Cancel));
        Assert.Equal(complaint, error.Message);
    }

    private static WebSocketServerOptions WithHeader(string name, string value)
    {
        return new WebSocketServerOptions { Port = -1, NoTls = true, Headers = new Dictionary<string, string> { [name] = value } };
    }

    private static Task<EmbeddedServer> StartAsync(
        Func<WebSocketServerOptions, WebSocketServerOptions>? webSocket = null, Func<NatsServerOptions, NatsServerOptions>? configure = null)
    {
        var options = new WebSocketServerOptions { Host = "127.0.0.1", Port = -1, NoTls = true };
        return EmbeddedServer.StartAsync(server =>
        {
            server = server with { WebSocket = webSocket is null ? options : webSocket(options) };
            return configure is null ? server : configure(server);
        });
    }

    private static async Task<WebClient> ConnectAsync(EmbeddedServer server, bool compressed)
    {
        var socket = new ClientWebSocket();
        if (compressed)
        {
            socket.Options.DangerousDeflateOptions = new WebSocketDeflateOptions
            {
                ClientContextTakeover = false,
                ServerContextTakeover = false,
            };
        }

        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{server.Server.WebSocketPort}"), Cancel);
        var raw = RawClient.Over(WebSocketStream.Create(socket, WebSocketMessageType.Binary, ownsWebSocket: true));
        var info = await raw.ReadInfoAsync();
        await raw.SayConnectAsync();
        return new WebClient(raw, info);
    }

    private static async Task<Stream> UpgradeAsync(EmbeddedServer server, string headers = "")
    {
        var stream = await TlsFixture.DialAsync(server.Server.WebSocketPort);
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{Request}{headers}\r\n"), Cancel);
        Assert.Equal("HTTP/1.1 101 Switching Protocols\r\n", await TlsFixture.ReadPlainLineAsync(stream));
        while (await TlsFixture.ReadPlainLineAsync(stream) != "\r\n")
        {
        }

        return stream;
    }

    private static Task SendAsync(Stream stream, byte first, string payload)
    {
        return stream.WriteAsync(FrameBytes.Make(first, Encoding.Latin1.GetBytes(payload), Mask), Cancel).AsTask();
    }

    private static async Task<(int First, string Payload)> ReadFrameAsync(Stream stream)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(15));
        byte[] head = new byte[2];
        await stream.ReadExactlyAsync(head, limit.Token);
        Assert.Equal(0, head[1] & 0x80);
        int length = head[1];
        if (length >= 126)
        {
            byte[] more = new byte[length == 126 ? 2 : 8];
            await stream.ReadExactlyAsync(more, limit.Token);
            length = more.Aggregate(0, (sum, b) => sum << 8 | b);
        }

        byte[] payload = new byte[length];
        await stream.ReadExactlyAsync(payload, limit.Token);
        return (head[0], Encoding.Latin1.GetString(payload));
    }

    private sealed class WebClient(RawClient raw, ServerInfo info) : IAsyncDisposable
    {
        public ServerInfo Info => info;

        public Task SendAsync(string text) => raw.SendAsync(text);

        public Task ExpectAsync(string text) => raw.ExpectAsync(text);

        public Task<string> PingAsync() => raw.PingAsync();

        public ValueTask DisposeAsync() => raw.DisposeAsync();
    }
}

using System.Net.WebSockets;
using System.Text;
using Rivulet.Server.Tests.Security;
using Rivulet.Server.Tests.Tls;
using Rivulet.TestKit.Processes;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Configuration.Effects;

/// <summary>Keys of the block <c>websocket</c>, from the text to what clients notice.</summary>
public sealed class WebSocketKeyTests
{
    private const string Request =
        "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("websocket", "listen: \"localhost:{0}\"")]
    [InlineData("ws", "host: localhost, port: {0}")]
    [InlineData("ws", "net: localhost, port: {0}")]
    public async Task The_port_is_the_one_that_is_named(string block, string text)
    {
        int port = LoopbackPort.FindFree();
        await using var server = await ConfiguredServer.StartAsync(
            $"{block} {{ {string.Format(System.Globalization.CultureInfo.InvariantCulture, text, port)}, no_tls: true }}");
        Assert.Equal($"ws://localhost:{port}", Assert.Single(server.Server.WebSocketUrls));
        Assert.Contains("101 Switching Protocols", await UpgradeAsync(server), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_advertised_is_shown_by_monitoring()
    {
        await using var server = await StartAsync("advertise: \"far:443\"", "http: -1");
        Assert.Contains("\"advertise\": \"far:443\"", await ConfiguredServer.PageAsync(server, "/varz"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("same_origin: true")]
    [InlineData("allowed_origins: [ \"https://here.example\" ]")]
    [InlineData("origin: \"https://here.example\"")]
    public async Task Pages_from_elsewhere_are_refused(string key)
    {
        await using var server = await StartAsync(key);
        Assert.StartsWith("HTTP/1.1 403", await UpgradeAsync(server, "Origin: https://evil.example\r\n"), StringComparison.Ordinal);
        if (!key.StartsWith("same", StringComparison.Ordinal))
            Assert.Contains("101 Switching", await UpgradeAsync(server, "Origin: https://here.example\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_takes_too_long_to_ask_is_left()
    {
        await using var server = await StartAsync("handshake_timeout: \"100ms\"");
        await using var stream = await TlsFixture.DialAsync(server.Server.WebSocketPort);
        await stream.WriteAsync("GET / HTTP/1.1\r\n"u8.ToArray(), Cancel);
        Assert.Equal("", await TlsFixture.ReadPlainLineAsync(stream));
    }

    [Theory]
    [InlineData("compression: true", true)]
    [InlineData("compress: true", true)]
    [InlineData("compression: false", false)]
    public async Task Messages_are_compressed_if_both_want_it(string key, bool agreed)
    {
        await using var server = await StartAsync(key);
        string answer = await UpgradeAsync(server, "Sec-WebSocket-Extensions: permessage-deflate\r\n");
        Assert.Equal(agreed, answer.Contains("permessage-deflate", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Answers_have_the_headers_of_the_file()
    {
        await using var server = await StartAsync("headers { \"X-Served-By\": \"rill\" }");
        Assert.Contains("\r\nX-Served-By: rill\r\n", await UpgradeAsync(server), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Silent_clients_are_pinged_at_an_interval_of_their_own()
    {
        await using var server = await StartAsync("ping_interval: \"50ms\"", "ping_interval: \"1h\"");
        await using var client = await ConnectAsync(server);
        await client.SendAsync("CONNECT {\"verbose\":false}\r\n");
        Assert.Equal("PING", await client.ReadLineAsync());
    }

    [Theory]
    [InlineData("u=ann; p=s3cret", true)]
    [InlineData("u=ann; p=wrong", false)]
    [InlineData("u=bob; p=s3cret", false)]
    [InlineData("", false)]
    public async Task Cookies_say_who_a_client_is(string cookies, bool isIn)
    {
        await using var server = await StartAsync(
            "user_cookie: u, pass_cookie: p", "authorization { users: [ { user: ann, password: s3cret } ] }");
        await ConnectWithAsync(server, cookies, isIn);
    }

    [Theory]
    [InlineData("t=s3cret", true)]
    [InlineData("t=wrong", false)]
    public async Task A_cookie_may_be_the_token(string cookies, bool isIn)
    {
        await using var server = await StartAsync("token_cookie: t", "authorization { token: s3cret }");
        await ConnectWithAsync(server, cookies, isIn);
    }

    [Theory]
    [InlineData("authorization")]
    [InlineData("authentication")]
    public async Task Whoever_says_nothing_in_time_is_sent_away(string key)
    {
        await using var server = await StartAsync($"{key} {{ timeout: \"100ms\" }}", "authorization { token: s3cret, timeout: \"1h\" }");
        await using var client = await ConnectAsync(server);
        Assert.Equal("-ERR 'Authentication Timeout'", await client.ReadLineAsync());
    }

    [Theory]
    [InlineData("authorization { user: ann, pass: s3cret }", """{"verbose":false,"user":"ann","pass":"s3cret"}""")]
    [InlineData("authentication { username: ann, password: s3cret }", """{"verbose":false,"user":"ann","pass":"s3cret"}""")]
    [InlineData("authorization { token: s3cret }", """{"verbose":false,"auth_token":"s3cret"}""")]
    public async Task Users_of_this_port_alone_come_in(string key, string shown)
    {
        await using var server = await StartAsync(key);
        await using var right = await ConnectAsync(server);
        await right.SendAsync($"CONNECT {shown}\r\nPING\r\n");
        await right.ExpectAsync("PONG\r\n");
        await using var wrong = await ConnectAsync(server);
        await wrong.SendAsync($"CONNECT {shown.Replace("s3cret", "guess", StringComparison.Ordinal)}\r\nPING\r\n");
        Assert.Equal("-ERR 'Authorization Violation'", await wrong.ReadLineAsync());
        await using var plain = await server.ConnectQuietAsync();
        Assert.False(plain.Info.AuthRequired);
    }

    [Fact]
    public async Task Clients_of_this_port_that_show_nothing_are_the_user_for_such()
    {
        await using var server = await StartAsync("no_auth_user: ann", "authorization { users: [ { user: ann, password: s3cret } ] }");
        await using var web = await ConnectAsync(server);
        await web.SendAsync("CONNECT {\"verbose\":false}\r\nPING\r\n");
        await web.ExpectAsync("PONG\r\n");
        Assert.Equal("ann", Assert.Single(server.Server.Connections).Identity.UserLabel);
        await using var plain = await server.ConnectAsync();
        Assert.True(plain.Info.AuthRequired);
    }

    [Fact]
    public async Task A_cookie_may_be_a_users_jwt_and_has_to_be_a_right_one()
    {
        await using var rig = await OperatorRig.StartAsync(
            options: options => options with { WebSocket = ConfiguredServer.Read("ws { port: -1, no_tls: true, jwt_cookie: j }").Server.WebSocket });
        var bearer = new System.Text.Json.Nodes.JsonObject { ["bearer_token"] = true };
        string right = rig.UserToken(bearer.DeepClone().AsObject());
        string byStranger = rig.UserToken(bearer.DeepClone().AsObject(), issuer: TestKey.Account());
        await ConnectWithAsync(rig.Server, $"j={right}", isIn: true);
        await ConnectWithAsync(rig.Server, $"j={byStranger}", isIn: false);
        await ConnectWithAsync(rig.Server, $"j={right[..^4]}AAAA", isIn: false);
        await ConnectWithAsync(rig.Server, $"j={rig.UserToken()}", isIn: false);
    }

    private static Task<EmbeddedServer> StartAsync(string keys, string more = "")
    {
        return ConfiguredServer.StartAsync($"websocket {{ listen: \"127.0.0.1:-1\", no_tls: true, {keys} }}\n{more}");
    }

    private static async Task ConnectWithAsync(EmbeddedServer server, string cookies, bool isIn)
    {
        await using var client = await ConnectAsync(server, cookies);
        await client.SendAsync("CONNECT {\"verbose\":false}\r\nPING\r\n");
        if (isIn)
            await client.ExpectAsync("PONG\r\n");
        else
            Assert.Equal("-ERR 'Authorization Violation'", await client.ReadLineAsync());
    }

    private static async Task<RawClient> ConnectAsync(EmbeddedServer server, string cookies = "")
    {
        var socket = new ClientWebSocket();
        if (cookies.Length > 0)
            socket.Options.SetRequestHeader("Cookie", cookies);
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{server.Server.WebSocketPort}"), Cancel);
        var client = RawClient.Over(WebSocketStream.Create(socket, WebSocketMessageType.Binary, ownsWebSocket: true));
        await client.ReadInfoAsync();
        return client;
    }

    private static async Task<string> UpgradeAsync(EmbeddedServer server, string headers = "")
    {
        await using var stream = await TlsFixture.DialAsync(server.Server.WebSocketPort);
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{Request}{headers}\r\n"), Cancel);
        var answer = new StringBuilder();
        string line;
        do
        {
            line = await TlsFixture.ReadPlainLineAsync(stream);
            answer.Append(line);
        }
        while (line is not ("\r\n" or ""));
        return answer.ToString();
    }
}

using System.Net.WebSockets;
using Rivulet.Server.Security;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.WebSockets;

/// <summary>Who may connect over WebSocket where the block says something of that itself.</summary>
public sealed class WebSocketAuthorizationTests
{
    private const string Violation = "-ERR 'Authorization Violation'\r\n";

    private static readonly UserSettings Guest = new()
    {
        Name = "guest",
        Password = "g",
        Permissions = new Permissions { Publish = new SubjectPermission { Deny = [">"] } },
    };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_client_that_shows_nothing_is_the_user_for_such_on_this_port_alone()
    {
        await using var server = await StartAsync(
            new WebSocketServerOptions { NoAuthUser = "guest" },
            options => options with { Authorization = new AuthorizationSettings { Users = [Guest, new UserSettings { Name = "sue", Password = "s" }] } });
        await using var web = await ConnectAsync(server);
        Assert.True((await web.ReadInfoAsync()).AuthRequired);
        await web.SayConnectAsync();
        await web.SendAsync("PUB a 0\r\n\r\n");
        Assert.Equal("-ERR 'Permissions Violation for Publish to \"a\"'", await web.ReadLineAsync());
        Assert.Equal("guest", Assert.Single(server.Server.Connections).Identity.UserLabel);

        await using var plain = await server.ConnectAsync();
        Assert.True(plain.Info.AuthRequired);
        await plain.SendAsync("CONNECT {}\r\n");
        Assert.Equal(Violation, await plain.ReadToEndAsync());
    }

    [Fact]
    public async Task The_user_for_clients_that_show_nothing_of_the_client_port_is_none_here()
    {
        await using var server = await StartAsync(
            new WebSocketServerOptions { NoAuthUser = "guest" },
            options => options with
            {
                NoAuthUser = "sue",
                Authorization = new AuthorizationSettings { Users = [Guest, new UserSettings { Name = "sue", Password = "s" }] },
            });
        await using var web = await ConnectAsync(server);
        await web.ReadInfoAsync();
        await web.SayConnectAsync();
        await using var plain = await server.ConnectQuietAsync();
        Assert.Equal(["guest", "sue"], server.Server.Connections.Select(connection => connection.Identity.UserLabel).Order());
    }

    [Theory]
    [InlineData("\"user\":\"u\",\"pass\":\"p\"", "")]
    [InlineData("\"user\":\"u\",\"pass\":\"wrong\"", Violation)]
    [InlineData("\"user\":\"other\",\"pass\":\"p\"", Violation)]
    [InlineData("\"verbose\":false", Violation)]
    public async Task The_only_user_of_the_port_holds_for_it_alone(string credentials, string answer)
    {
        await using var server = await StartAsync(new WebSocketServerOptions { UserName = "u", Password = "p" });
        await using var web = await ConnectAsync(server);
        Assert.True((await web.ReadInfoAsync()).AuthRequired);
        Assert.Equal(answer, await TryAsync(web, credentials));
        await using var plain = await server.ConnectQuietAsync();
        Assert.False(plain.Info.AuthRequired);
    }

    [Fact]
    public async Task The_token_of_the_port_takes_the_place_of_the_one_of_the_client_port()
    {
        await using var server = await StartAsync(
            new WebSocketServerOptions { Token = "web" }, options => options with { Authorization = new AuthorizationSettings { Token = "top" } });
        await using var right = await ConnectAsync(server);
        await right.ReadInfoAsync();
        Assert.Equal("", await TryAsync(right, "\"auth_token\":\"web\""));
        await using var wrong = await ConnectAsync(server);
        await wrong.ReadInfoAsync();
        Assert.Equal(Violation, await TryAsync(wrong, "\"auth_token\":\"top\""));
    }

    [Fact]
    public async Task What_holds_for_the_client_port_holds_here_if_the_block_says_nothing()
    {
        await using var server = await StartAsync(
            new WebSocketServerOptions(), options => options with { Authorization = new AuthorizationSettings { Token = "top" } });
        await using var web = await ConnectAsync(server);
        await web.ReadInfoAsync();
        Assert.Equal(Violation, await TryAsync(web, "\"verbose\":false"));
    }

    [Fact]
    public async Task The_time_for_connect_is_the_ports()
    {
        await using var server = await StartAsync(
            new WebSocketServerOptions { AuthTimeout = TimeSpan.FromMilliseconds(100) },
            options => options with { Authorization = new AuthorizationSettings { Token = "top", Timeout = TimeSpan.FromMinutes(5) } });
        await using var web = await ConnectAsync(server);
        await web.ReadInfoAsync();
        Assert.Equal("-ERR 'Authentication Timeout'\r\n", await web.ReadToEndAsync());
    }

    [Fact]
    public async Task A_reload_asks_clients_of_the_port_anew_by_its_own_rules()
    {
        await using var server = await StartAsync(
            new WebSocketServerOptions { NoAuthUser = "guest" },
            options => options with { Authorization = new AuthorizationSettings { Users = [Guest] } });
        await using var web = await ConnectAsync(server);
        await web.ReadInfoAsync();
        await web.SayConnectAsync();
        server.Server.Reload(server.Server.Options with
        {
            Authorization = new AuthorizationSettings { Users = [Guest, new UserSettings { Name = "new", Password = "n" }] },
        });
        await web.PingAsync();
        Assert.Equal("guest", Assert.Single(server.Server.Connections).Identity.UserLabel);
    }

    private static Task<EmbeddedServer> StartAsync(WebSocketServerOptions options, Func<NatsServerOptions, NatsServerOptions>? configure = null)
    {
        return EmbeddedServer.StartAsync(server =>
        {
            server = server with { WebSocket = options with { Host = "127.0.0.1", Port = -1, NoTls = true } };
            return configure is null ? server : configure(server);
        });
    }

    private static async Task<RawClient> ConnectAsync(EmbeddedServer server)
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{server.Server.WebSocketPort}"), Cancel);
        return RawClient.Over(WebSocketStream.Create(socket, WebSocketMessageType.Binary, ownsWebSocket: true));
    }

    /// <summary>Says CONNECT with credentials; what the server has against them, or nothing.</summary>
    private static async Task<string> TryAsync(RawClient client, string credentials)
    {
        await client.SendAsync($"CONNECT {{\"verbose\":false,{credentials}}}\r\nPING\r\n");
        string line = await client.ReadLineAsync();
        return line == "PONG" ? "" : line + "\r\n";
    }
}

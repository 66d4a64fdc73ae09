using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Rivulet.Client.Tests.Servers;

/// <summary>A listener whose side of the protocol the test speaks by hand: for answers that no good server gives.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<ScriptedConnection> _connections = [];

    public ScriptedServer() => _listener.Start();

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string Url => $"nats://127.0.0.1:{Port}";

    /// <summary>The next client, before a word was said.</summary>
    public async Task<ScriptedConnection> AcceptAsync()
    {
        ScriptedConnection connection = new(await _listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken));
        _connections.Add(connection);
        return connection;
    }

    /// <summary>The next client, greeted and accepted.</summary>
    public async Task<ScriptedConnection> AcceptGreetedAsync(string info = ScriptedConnection.UsualInfo)
    {
        ScriptedConnection connection = await AcceptAsync();
        await connection.GreetAsync(info);
        return connection;
    }

    /// <summary>A client that is connected to this server, and the server's side of it.</summary>
    public async Task<(NatsConnection Client, ScriptedConnection Server)> ConnectAsync(
        Func<NatsConnectionOptions, NatsConnectionOptions>? configure = null)
    {
        NatsConnectionOptions options = new() { Servers = [Url] };
        Task<ScriptedConnection> accepting = AcceptGreetedAsync();
        NatsConnection client = await NatsConnection.ConnectAsync(
            configure is null ? options : configure(options), TestContext.Current.CancellationToken);
        return (client, await accepting);
    }

    public ValueTask DisposeAsync()
    {
        _listener.Dispose();
        foreach (ScriptedConnection connection in _connections)
            connection.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>The server's side of one connection.</summary>
internal sealed class ScriptedConnection : IDisposable
{
    public const string UsualInfo =
        """{"server_id":"S","server_name":"scripted","version":"2.15.1","proto":1,"host":"127.0.0.1","port":4222,"headers":true,"max_payload":1048576}""";

    private readonly TcpClient _client;
    private readonly StreamReader _reader;

    public ScriptedConnection(TcpClient client)
    {
        _client = client;
        _client.NoDelay = true;
        _reader = new StreamReader(client.GetStream(), Encoding.UTF8);
    }

    /// <summary>The JSON of the client's CONNECT.</summary>
    public string ConnectJson { get; private set; } = "";

    public async Task GreetAsync(string info = UsualInfo)
    {
        await SendAsync($"INFO {info} \r\n");
        await ReadConnectAsync();
        await SendAsync("PONG\r\n");
    }

    /// <summary>Reads CONNECT and the PING behind it.</summary>
    public async Task ReadConnectAsync()
    {
        string connect = await ReadLineAsync();
        Assert.StartsWith("CONNECT ", connect, StringComparison.Ordinal);
        ConnectJson = connect["CONNECT ".Length..];
        Assert.Equal("PING", await ReadLineAsync());
    }

    public async Task SendAsync(string text) =>
        await _client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(text), TestContext.Current.CancellationToken);

    public async Task<string> ReadLineAsync() =>
        await _reader.ReadLineAsync(TestContext.Current.CancellationToken) ?? throw new EndOfStreamException();

    /// <summary>True if the client has closed.</summary>
    public async Task<bool> IsClosedByClientAsync()
    {
        try
        {
            while (await _reader.ReadLineAsync(TestContext.Current.CancellationToken) is not null)
            {
            }
        }
        catch (IOException)
        {
            // Reset: closed as well.
        }

        return true;
    }

    public void Dispose()
    {
        _reader.Dispose();
        _client.Dispose();
    }
}

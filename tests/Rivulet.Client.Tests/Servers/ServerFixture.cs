namespace Rivulet.Client.Tests.Servers;

/// <summary>One server for the tests of a class, and one connection to it.</summary>
public sealed class ServerFixture : IAsyncLifetime
{
    private TestServer? _server;
    private NatsConnection? _connection;

    public TestServer Server => _server!;

    public NatsConnection Connection => _connection!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync();
        _connection = await _server.ConnectAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null)
            await _connection.DisposeAsync();
        if (_server is not null)
            await _server.DisposeAsync();
    }
}

namespace Rivulet.Client.Tests.Servers;

/// <summary>
/// A server for one test or one class of tests. It is ours, embedded, unless the environment variable
/// <see cref="ReferenceVariable"/> names a reference server program: the client must behave the same on both.
/// </summary>
public abstract class TestServer : IAsyncDisposable
{
    public const string ReferenceVariable = "RIVULET_REFERENCE_SERVER";

    /// <summary>What clients connect to.</summary>
    public abstract string Url { get; }

    public static async Task<TestServer> StartAsync() =>
        Environment.GetEnvironmentVariable(ReferenceVariable) is { Length: > 0 } program
            ? await ReferenceTestServer.StartAsync(program)
            : await EmbeddedTestServer.StartAsync();

    /// <summary>Ends it: connections are cut, what was stored stays.</summary>
    public abstract Task StopAsync();

    /// <summary>Starts it again on the same port with the same store.</summary>
    public abstract Task StartAgainAsync();

    public Task<NatsConnection> ConnectAsync(Func<NatsConnectionOptions, NatsConnectionOptions>? configure = null)
    {
        NatsConnectionOptions options = new() { Servers = [Url], Name = "test" };
        return NatsConnection.ConnectAsync(configure is null ? options : configure(options), TestContext.Current.CancellationToken);
    }

    public abstract ValueTask DisposeAsync();
}

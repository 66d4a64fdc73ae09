using Rivulet.Client.JetStream;
using Rivulet.Client.KeyValue;
using Rivulet.Client.Tests.Servers;

namespace Rivulet.Client.Tests.KeyValue;

/// <summary>One server for the tests of a class, and a way to a bucket of each test's own.</summary>
public sealed class BucketFixture : IAsyncLifetime
{
    private readonly ServerFixture _server = new();
    private int _buckets;

    public TestServer Server => _server.Server;

    public NatsConnection Connection => _server.Connection;

    public JetStreamContext JetStream => Connection.CreateJetStreamContext();

    public KeyValueContext Context => new(JetStream);

    public string NewName() => $"B{Interlocked.Increment(ref _buckets)}";

    public ValueTask<KeyValueBucket> NewBucketAsync(Func<KeyValueConfig, KeyValueConfig>? configure = null)
    {
        KeyValueConfig config = new(NewName()) { Storage = StorageType.Memory };
        return Context.CreateBucketAsync(configure is null ? config : configure(config), TestContext.Current.CancellationToken);
    }

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}

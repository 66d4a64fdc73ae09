using System.Text;
using Rivulet.JetStream.Hosting;
using Rivulet.Server;
using Rivulet.Server.Connections;
using Rivulet.Server.Routing;

namespace Rivulet.Benchmarks.Layers;

/// <summary>A server without sockets whose router the benchmark calls as a connection's receive loop does.</summary>
internal sealed class ServerRig : IDisposable
{
    private readonly NatsServer _server;
    private readonly string? _folder;

    public ServerRig(bool jetStream)
    {
        _folder = jetStream ? Directory.CreateTempSubdirectory("rivulet-bench-").FullName : null;
        _server = NatsServer.StartAsync(new NatsServerOptions
        {
            Listen = false,
            JetStream = jetStream ? new JetStreamServerOptions { StoreDirectory = _folder } : null,
        }).GetAwaiter().GetResult();
        Batch = Router.CreateBatch();
    }

    public AccountRouter Router => _server.GlobalAccount;

    public DeliveryBatch Batch { get; }

    /// <summary>Adds a client that subscribes, and waits until it has.</summary>
    public void Subscribe(string subject)
    {
        int before = _server.SubscriptionCount;
        if (!_server.Serve(new SinkTransport($"CONNECT {{\"headers\":true}}\r\nSUB {subject} 1\r\n"), ConnectionPeer.Plain))
            throw new InvalidOperationException("the server takes no clients");
        if (!SpinWait.SpinUntil(() => _server.SubscriptionCount > before, TimeSpan.FromSeconds(5)))
            throw new InvalidOperationException("the client did not subscribe");
    }

    /// <summary>Publishes, and sends what that led to.</summary>
    public bool Publish(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> reply, ReadOnlySpan<byte> payload)
    {
        bool received = Router.Publish(subject, reply, default, payload, Batch);
        Batch.Flush();
        return received;
    }

    /// <summary>Asks for a stream on <c>$KV.bucket.&gt;</c> and waits until it takes messages.</summary>
    public void CreateStream(string name, string configuration)
    {
        Publish(Encoding.UTF8.GetBytes($"$JS.API.STREAM.CREATE.{name}"), "_R.created"u8, Encoding.UTF8.GetBytes(configuration));
        if (!SpinWait.SpinUntil(() => Publish("$KV.bucket.first"u8, default, default), TimeSpan.FromSeconds(5)))
            throw new InvalidOperationException("the stream was not created");
    }

    public void Dispose()
    {
        _server.StopAsync().GetAwaiter().GetResult();
        if (_folder is not null)
            Directory.Delete(_folder, recursive: true);
    }
}

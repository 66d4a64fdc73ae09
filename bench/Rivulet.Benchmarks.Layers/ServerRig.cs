using System.IO.Pipelines;
using System.Text;
using Rivulet.JetStream.Hosting;
using Rivulet.Server;
using Rivulet.Server.Connections;
using Rivulet.Server.Outbound;
using Rivulet.Server.Routing;

namespace Rivulet.Benchmarks.Layers;

/// <summary>A server without sockets whose router the benchmark calls as a connection's receive loop does.</summary>
internal sealed class ServerRig : IDisposable
{
    private readonly NatsServer _server;
    private readonly string? _folder;
    private readonly IDuplexPipe _client;
    private readonly ClientConnection _connection;

    public ServerRig(bool jetStream)
    {
        _folder = jetStream ? Directory.CreateTempSubdirectory("rivulet-bench-").FullName : null;
        _server = NatsServer.StartAsync(new NatsServerOptions
        {
            Listen = false,
            JetStream = jetStream ? new JetStreamServerOptions { StoreDirectory = _folder } : null,
        }).GetAwaiter().GetResult();
        Batch = Router.CreateBatch();
        _client = _server.ConnectInProcess();
        _connection = _server.Connections.Single();
        _ = _client.Input.CopyToAsync(Stream.Null);
        Send("CONNECT {\"verbose\":false}\r\n");
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

    /// <summary>Publishes a request to the server itself, on behalf of a client: what the server publishes is none.</summary>
    public bool Request(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> reply, ReadOnlySpan<byte> payload)
    {
        Span<byte> digits = stackalloc byte[SizeDigits.Max];
        var publication = new Publication
        {
            Subject = subject,
            Reply = reply,
            Size = SizeDigits.Format(payload.Length, digits),
            Payload = payload,
            Publisher = _connection,
        };
        bool received = Router.Route(publication, (ServerDeliveryBatch)Batch);
        Batch.Flush();
        return received;
    }

    /// <summary>Sends a request to the server itself as a client.</summary>
    public void Ask(string subject, string reply, string body)
    {
        Send($"PUB {subject} {reply} {Encoding.UTF8.GetByteCount(body)}\r\n{body}\r\n");
    }

    /// <summary>Asks for a stream on <c>$KV.bucket.&gt;</c> and waits until it takes messages.</summary>
    public void CreateStream(string name, string configuration)
    {
        Ask($"$JS.API.STREAM.CREATE.{name}", "_R.created", configuration);
        if (!SpinWait.SpinUntil(() => Publish("$KV.bucket.first"u8, default, default), TimeSpan.FromSeconds(5)))
            throw new InvalidOperationException("the stream was not created");
    }

    private void Send(string operations)
    {
        _client.Output.WriteAsync(Encoding.UTF8.GetBytes(operations)).AsTask().GetAwaiter().GetResult();
    }

    public void Dispose()
    {
        _server.StopAsync().GetAwaiter().GetResult();
        if (_folder is not null)
            Directory.Delete(_folder, recursive: true);
    }
}

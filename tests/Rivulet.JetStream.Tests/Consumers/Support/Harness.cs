using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Rivulet.JetStream.Consumers;
using Rivulet.JetStream.Hosting;
using Rivulet.JetStream.Streams;
using Rivulet.Storage;
using Rivulet.TestKit.Simulation;

namespace Rivulet.JetStream.Tests.Consumers.Support;

/// <summary>
/// JetStream of one account over memory stores, with a clock moved by hand and work that runs when the harness says so.
/// Clients are inboxes and requests. One thread.
/// </summary>
internal sealed class Harness : IJetStreamHost, IWorkScheduler
{
    private readonly Queue<IWorkItem> _work = [];
    private int _requests;

    public Harness(
        MessageStore? fileStore = null,
        ManualTimeProvider? clock = null,
        AccountLimits? limits = null,
        JetStreamOptions? options = null,
        bool run = true)
    {
        Clock = clock ?? new ManualTimeProvider();
        FileStore = fileStore ?? new MemoryMessageStore(Clock, new Random(1));
        Engine = new JetStreamEngine(
            options ?? new JetStreamOptions { StoreDirectory = "" }, this, FileStore, new MemoryMessageStore(Clock, new Random(2)));
        Account = Engine.EnableAccount(Router, limits ?? AccountLimits.Unlimited);
        if (run)
            Run();
    }

    public ManualTimeProvider Clock { get; }

    public FakeRouter Router { get; } = new();

    public MessageStore FileStore { get; }

    public JetStreamEngine Engine { get; }

    public JetStreamAccount Account { get; }

    public TimeProvider Time => Clock;

    public IWorkScheduler Work => this;

    public string ServerName => "test";

    public string ServerId => "TEST";

    public Random Random { get; } = new(3);

    public ILoggerFactory Logging => NullLoggerFactory.Instance;

    public void Queue(IWorkItem item) => _work.Enqueue(item);

    /// <summary>Runs all work until none is left.</summary>
    public void Run()
    {
        while (_work.TryDequeue(out IWorkItem? item))
            item.Execute();
    }

    /// <summary>Runs the next piece of work, if there is any.</summary>
    public void RunOne()
    {
        if (_work.TryDequeue(out IWorkItem? item))
            item.Execute();
    }

    /// <summary>Moves the clock, in steps small enough for everything to happen in its order.</summary>
    public void Advance(TimeSpan by)
    {
        TimeSpan step = TimeSpan.FromMilliseconds(10);
        for (TimeSpan left = by; left > TimeSpan.Zero; left -= step)
        {
            Clock.Advance(left < step ? left : step);
            Run();
        }
    }

    /// <summary>Publishes as a client. True if anyone received it.</summary>
    public bool Publish(
        string subject, string payload = "", string reply = "", string headers = "", PublisherContext? publisher = null)
    {
        DeliveryBatch batch = Router.CreateBatch();
        bool received = Router.PublishFrom(
            publisher,
            Encoding.UTF8.GetBytes(subject),
            Encoding.UTF8.GetBytes(reply),
            Encoding.UTF8.GetBytes(headers),
            Encoding.UTF8.GetBytes(payload),
            batch);
        batch.Flush();
        Run();
        return received;
    }

    /// <summary>Publishes bytes as a client. True if anyone received them.</summary>
    public bool PublishBytes(string subject, byte[] payload, string reply)
    {
        DeliveryBatch batch = Router.CreateBatch();
        bool received = Router.PublishFrom(
            null, Encoding.UTF8.GetBytes(subject), Encoding.UTF8.GetBytes(reply), default, payload, batch);
        batch.Flush();
        Run();
        return received;
    }

    /// <summary>Publishes as a client, and leaves what that leads to for later.</summary>
    public void PublishWithoutWork(string subject, PublisherContext? publisher = null)
    {
        DeliveryBatch batch = Router.CreateBatch();
        Router.PublishFrom(publisher, Encoding.UTF8.GetBytes(subject), default, default, default, batch);
        batch.Flush();
    }

    /// <summary>Publishes to a stream and makes sure that it was stored.</summary>
    public ulong Store(string subject, string payload = "", string headers = "")
    {
        using JsonDocument ack = JsonDocument.Parse(Ask(subject, payload, headers).Payload);
        return ack.RootElement.GetProperty("seq").GetUInt64();
    }

    /// <summary>Publishes with a reply subject and returns the answer.</summary>
    public Received Ask(string subject, string payload = "", string headers = "")
    {
        using Inbox inbox = Router.Subscribe($"_INBOX.ask.{++_requests}");
        Publish(subject, payload, inbox.Filter, headers);
        return inbox.Take();
    }

    /// <summary>Asks the API.</summary>
    public JsonElement Api(string operation, string body = "")
    {
        using JsonDocument response = JsonDocument.Parse(Ask("$JS.API." + operation, body).Payload);
        return response.RootElement.Clone();
    }

    /// <summary>Asks the API for something that must succeed.</summary>
    public JsonElement ApiOk(string operation, string body = "")
    {
        JsonElement response = Api(operation, body);
        Assert.False(response.TryGetProperty("error", out JsonElement error), error.ToString());
        return response;
    }

    /// <summary>Asks the API for something that must fail.</summary>
    public (int Code, string Description) ApiError(string operation, string body = "")
    {
        JsonElement response = Api(operation, body);
        Assert.True(response.TryGetProperty("error", out JsonElement error), response.ToString());
        return (error.GetProperty("err_code").GetInt32(), error.GetProperty("description").GetString()!);
    }

    /// <summary>Creates a stream that captures <c>s.&gt;</c>.</summary>
    public JetStreamStream CreateStream(string name = "S", string more = "")
    {
        string config = $$"""{"name":"{{name}}","subjects":["{{name.ToLowerInvariant()}}.>"]{{more}}}""";
        ApiOk($"STREAM.CREATE.{name}", config);
        Assert.True(Account.TryGetStream(name, out JetStreamStream? stream));
        return stream;
    }

    /// <summary>Creates a consumer of the stream S; <paramref name="config"/> is the inside of the JSON object.</summary>
    public JsonElement CreateConsumer(string name, string config, string stream = "S") =>
        ApiOk($"CONSUMER.CREATE.{stream}.{name}", $$"""{"stream_name":"{{stream}}","config":{ {{config}} } }""");

    /// <summary>A consumer by its name.</summary>
    public Consumer Consumer(string name, string stream = "S")
    {
        Assert.True(Account.TryGetStream(stream, out JetStreamStream? found));
        Assert.True(found.Consumers.TryGet(name, out Consumer? consumer));
        return consumer;
    }

    /// <summary>What the API tells of a consumer.</summary>
    public JsonElement Info(string name, string stream = "S") => ApiOk($"CONSUMER.INFO.{stream}.{name}");

    /// <summary>Asks a pull consumer for messages. The inbox goes on receiving.</summary>
    public Inbox Pull(string consumer, string body = "", string stream = "S", string headers = "")
    {
        Inbox inbox = Router.Subscribe($"_INBOX.pull.{++_requests}");
        Publish($"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}", body, inbox.Filter, headers);
        return inbox;
    }

    /// <summary>Acknowledges a delivery without waiting for an answer.</summary>
    public void Ack(Received message, string payload = "") => Publish(message.Reply, payload);
}

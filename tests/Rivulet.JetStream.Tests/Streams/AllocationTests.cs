using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Rivulet.JetStream.Consumers.Acks;
using Rivulet.JetStream.Consumers.Events;
using Rivulet.JetStream.Hosting;
using Rivulet.JetStream.Tests.Support;
using Rivulet.Protocol;
using Rivulet.Storage;
using Rivulet.TestKit.Measuring;
using Rivulet.TestKit.Simulation;

namespace Rivulet.JetStream.Tests.Streams;

/// <summary>
/// Publishing and getting allocate nothing per message once everything has its size, but for the message itself: the
/// memory store keeps it, with a record head, in chunks that it allocates.
/// </summary>
public sealed class AllocationTests : IJetStreamHost, IWorkScheduler
{
    private const int Warmup = 20_000;
    private const int Measured = 20_000;
    private const int RecordHeadBytesMax = 40;

    private readonly ManualTimeProvider _clock = new();
    private readonly SilentRouter _router = new();
    private readonly SilentBatch _batch = new();
    private readonly TestPublisher _publisher = new();
    private readonly JetStreamAccount _account;

    public AllocationTests()
    {
        var engine = new JetStreamEngine(
            new JetStreamOptions { StoreDirectory = "" },
            this,
            new MemoryMessageStore(_clock, new Random(1)),
            new MemoryMessageStore(_clock, new Random(2)));
        _account = engine.EnableAccount(_router, AccountLimits.Unlimited);
        byte[] config = [.. """{"name":"S","subjects":["s.>"],"allow_direct":true,"max_msgs_per_subject":1,"duplicate_window":100000000,"allow_rollup_hdrs":true}"""u8];
        _router.Send("$JS.API.STREAM.CREATE.S"u8, "_R"u8, default, config, null, _batch);
    }

    public TimeProvider Time => _clock;

    public IWorkScheduler Work => this;

    public string ServerName => "test";

    public string ServerId => "TEST";

    public Random Random { get; } = new(3);

    public ILoggerFactory Logging => NullLoggerFactory.Instance;

    void IWorkScheduler.Queue(IWorkItem item) => item.Execute();

    [Theory]
    [InlineData("")]
    [InlineData("A: b\r\n")]
    [InlineData("Nats-Expected-Last-Subject-Sequence: 7\r\n")]
    [InlineData("Nats-Rollup: sub\r\n")]
    public void A_publish_allocates_what_is_stored_and_nothing_else(string header)
    {
        byte[] headers = header.Length == 0 ? [] : [.. "NATS/1.0\r\n"u8, .. System.Text.Encoding.ASCII.GetBytes(header), .. "\r\n"u8];
        byte[] payload = new byte[100];

        long allocated = Measure(_ => _router.Send("s.a"u8, "_R.reply"u8, headers, payload, _publisher, _batch));

        int stored = header.StartsWith("Nats-Expected", StringComparison.Ordinal) ? 0 : "s.a".Length + headers.Length + payload.Length;
        Assert.InRange(allocated, 0, stored == 0 ? 0 : stored + RecordHeadBytesMax);
        Assert.True(_router.Published >= Warmup + Measured);
    }

    [Fact]
    public void A_message_id_allocates_nothing_more()
    {
        byte[] headers = [.. "NATS/1.0\r\nNats-Msg-Id: 00000000\r\n\r\n"u8];
        int at = headers.AsSpan().IndexOf("00000000"u8);

        long allocated = Measure(i =>
        {
            if (i % 100 == 0)
                _clock.Advance(TimeSpan.FromMilliseconds(10));
            i.TryFormat(headers.AsSpan(at), out int _, "D8");
            _router.Send("s.a"u8, "_R.reply"u8, headers, default, _publisher, _batch);
        });
        Assert.InRange(allocated, 0, "s.a".Length + headers.Length + RecordHeadBytesMax);
    }

    [Theory]
    [InlineData("$JS.API.DIRECT.GET.S.s.a", "")]
    [InlineData("$JS.API.DIRECT.GET.S", "{\"seq\":1}")]
    public void A_direct_get_allocates_nothing(string subject, string body)
    {
        _router.Send("s.a"u8, "_R.reply"u8, "NATS/1.0\r\nA: b\r\n\r\n"u8, new byte[100], _publisher, _batch);
        byte[] subjectBytes = System.Text.Encoding.ASCII.GetBytes(subject);
        byte[] bodyBytes = System.Text.Encoding.ASCII.GetBytes(body);

        Assert.Equal(0, Measure(_ => _router.Send(subjectBytes, "_R.reply"u8, default, bodyBytes, _publisher, _batch)));
        Assert.True(_router.LastPayloadLength == 100);
    }

    [Fact]
    public void An_event_that_nobody_listens_for_allocates_nothing()
    {
        var events = new ConsumerEvents(_account, "S", "C", new Nuid(new Random(4)));
        var sequences = new SequencePair(1, 2);

        Assert.Equal(0, Measure(_ =>
        {
            Assert.Null(events.Naked(sequences, 1));
            Assert.Null(events.Terminated(sequences, 1, "no use"u8));
            Assert.Null(events.MaximumDeliveries(2, 1));
            Assert.Null(events.AckSample(sequences, 1, 100));
        }));
    }

    private static long Measure(Action<int> act)
    {
        return ThreadAllocation.InSteadyState(Warmup, Measured, act) / Measured;
    }

    private sealed class SilentBatch : DeliveryBatch
    {
        protected override void Send()
        {
        }
    }

    /// <summary>Calls the handlers that match and counts what they publish.</summary>
    private sealed class SilentRouter : IAccountRouter
    {
        private readonly List<(byte[] Filter, IMessageHandler Handler)> _handlers = [];

        public string AccountName => "$G";

        public long Published { get; private set; }

        public int LastPayloadLength { get; private set; }

        public void Send(
            ReadOnlySpan<byte> subject,
            ReadOnlySpan<byte> reply,
            ReadOnlySpan<byte> headers,
            ReadOnlySpan<byte> payload,
            PublisherContext? publisher,
            DeliveryBatch batch)
        {
            var message = new RoutedMessage(subject, reply, headers, payload, publisher);
            for (int i = _handlers.Count - 1; i >= 0; i--)
            {
                if (Protocol.Subject.Matches(subject, _handlers[i].Filter))
                    Assert.True(_handlers[i].Handler.Handle(message, batch));
            }

            batch.HandOver();
        }

        public IDisposable Subscribe(ReadOnlySpan<byte> filter, IMessageHandler handler)
        {
            _handlers.Add((filter.ToArray(), handler));
            return new MemoryStream();
        }

        public bool Publish(
            ReadOnlySpan<byte> subject, ReadOnlySpan<byte> reply, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload, DeliveryBatch batch)
        {
            Published++;
            LastPayloadLength = payload.Length;
            return true;
        }

        public bool Deliver(
            ReadOnlySpan<byte> deliverTo,
            ReadOnlySpan<byte> subject,
            ReadOnlySpan<byte> reply,
            ReadOnlySpan<byte> headers,
            ReadOnlySpan<byte> payload,
            DeliveryBatch batch) => false;

        public bool HasInterest(ReadOnlySpan<byte> subject, string? queueGroup) => false;

        public bool IsHeard(ReadOnlySpan<byte> subject) => false;

        public IDisposable WatchInterest(ReadOnlySpan<byte> subject, string? queueGroup, IInterestObserver observer) => new MemoryStream();

        public DeliveryBatch CreateBatch() => new SilentBatch();
    }
}

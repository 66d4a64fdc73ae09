using Rivulet.JetStream.Hosting;
using Rivulet.JetStream.Tests.Consumers.Support;
using Rivulet.JetStream.Tests.Support;
using Rivulet.TestKit.Simulation;

namespace Rivulet.JetStream.Tests.Streams;

/// <summary>What waits for a commit, and what does not.</summary>
public sealed class CommitOrderTests : IAsyncDisposable
{
    private readonly HeldStore _store;
    private readonly Harness _h;
    private readonly Inbox _inbox;

    public CommitOrderTests()
    {
        var clock = new ManualTimeProvider();
        _store = HeldStore.InMemory(clock);
        _h = new Harness(_store, clock);
        _h.CreateStream(more: ""","allow_direct":true""");
        _inbox = _h.Router.Subscribe("_R.>");
        _store.IsHeld = true;
    }

    public ValueTask DisposeAsync()
    {
        _inbox.Dispose();
        return _store.DisposeAsync();
    }

    [Fact]
    public void An_ack_waits_for_its_commit()
    {
        _h.Publish("s.a", "x", "_R.1");
        Assert.Equal(0, _inbox.Count);

        Commit();

        Assert.Equal("""{"stream":"S","seq":1}""", _inbox.Take().Payload);
    }

    [Fact]
    public void What_an_answer_has_seen_of_the_tail_is_committed_before_it_is_sent()
    {
        _h.Publish("s.a", "x", "_R.1", "NATS/1.0\r\nNats-Msg-Id: x\r\n\r\n");
        _h.Publish("s.a", "x", "_R.2", "NATS/1.0\r\nNats-Msg-Id: x\r\n\r\n");
        _h.Publish("s.a", "x", "_R.3", "NATS/1.0\r\nNats-Expected-Last-Sequence: 0\r\n\r\n");
        _h.Publish("s.a", "x", "_R.4", "NATS/1.0\r\nNats-Rollup: sub\r\n\r\n");
        Assert.Equal(0, _inbox.Count);

        Commit();

        Assert.Equal(["_R.1", "_R.2", "_R.3", "_R.4"], _inbox.TakeAll().Select(m => m.Subject));
    }

    [Theory]
    [InlineData("$JS.API.STREAM.PURGE.S", "")]
    [InlineData("$JS.API.STREAM.MSG.DELETE.S", """{"seq":1}""")]
    public void A_refusal_that_has_seen_a_removal_waits_for_its_commit(string operation, string body)
    {
        _h.Publish("s.a", "x");
        _store.Commit();
        _h.Publish(operation, body);
        _h.Run();
        _h.Publish("s.a", "y", "_R.1", "NATS/1.0\r\nNats-Expected-Last-Subject-Sequence: 1\r\n\r\n");
        Assert.Equal(0, _inbox.Count);

        Commit();

        Assert.Contains("wrong last sequence: 0", _inbox.Take().Payload, StringComparison.Ordinal);
    }

    [Fact]
    public void A_refusal_is_sent_at_once_when_nothing_is_uncommitted()
    {
        _h.Publish("s.a", "x", "_R.1", "NATS/1.0\r\nNats-Expected-Last-Sequence: 7\r\n\r\n");

        Assert.Contains("wrong last sequence: 0", _inbox.Take().Payload, StringComparison.Ordinal);
    }

    [Fact]
    public void A_refusal_is_sent_when_it_comes_while_the_store_tells_others_of_the_commit_that_it_has_seen()
    {
        _h.ApiOkAfter(
            _store, "STREAM.UPDATE.S", """{"name":"S","subjects":["s.>"],"republish":{"src":">","dest":"copy.>"}}""");
        var refused = new Conflict(_h.Router);
        using IDisposable copies = _h.Router.Subscribe("copy.>"u8, refused);
        _h.Publish("s.a", "x", "_R.1");

        _store.Commit();

        Assert.Equal(1, refused.Count);
        Assert.Equal(["_R.1", "_R.2"], _inbox.TakeAll().Select(m => m.Subject));
    }

    [Fact]
    public void What_is_not_committed_is_not_seen_by_others()
    {
        _h.Publish("s.a", "x");

        Assert.Equal("404 Message Not Found", _h.Ask("$JS.API.DIRECT.GET.S", """{"seq":1}""").Status);
        Assert.Equal(0, _h.ApiOk("STREAM.INFO.S").GetProperty("state").GetProperty("messages").GetInt32());
        Assert.Equal(10037, _h.ApiError("STREAM.MSG.GET.S", """{"seq":1}""").Code);
    }

    [Fact]
    public void Requests_of_a_publisher_wait_for_its_own_writes_and_keep_their_order()
    {
        var publisher = new TestPublisher();
        _h.Publish("s.a", "x", publisher: publisher);
        _h.Publish("$JS.API.DIRECT.GET.S", """{"seq":1}""", "_R.1", publisher: publisher);
        _h.Publish("$JS.API.STREAM.INFO.S", "", "_R.2", publisher: publisher);
        _h.Publish("$JS.API.DIRECT.GET.NOPE", """{"seq":1}""", "_R.3", publisher: publisher);
        _h.Publish("$JS.API.NOPE", "", "_R.4", publisher: publisher);
        Assert.Equal(0, _inbox.Count);

        Commit();

        List<Received> answers = _inbox.TakeAll();
        Assert.Equal(["_R.1", "_R.3", "_R.2"], answers.Select(m => m.Subject));
        Assert.Equal("x", answers[0].Payload);
        Assert.Equal("503", answers[1].Status);
        Assert.Contains("\"messages\":1", answers[2].Payload, StringComparison.Ordinal);
    }

    [Fact]
    public void A_publisher_whose_writes_are_committed_waits_for_nothing()
    {
        var publisher = new TestPublisher();
        _h.Publish("s.a", "x", publisher: publisher);
        _store.Commit();
        _h.Publish("s.b", "of someone else");
        _h.Publish("$JS.API.DIRECT.GET.S", """{"seq":1}""", "_R.1", publisher: publisher);

        Assert.Equal("x", _inbox.Take().Payload);
        Assert.True(_h.Engine.HasSettled(publisher));
    }

    [Fact]
    public void A_change_is_answered_after_its_commit_and_holds_back_what_follows()
    {
        _h.Publish("$JS.API.STREAM.CREATE.T", """{"name":"T"}""", "_R.1");
        _h.Publish("$JS.API.STREAM.INFO.T", "", "_R.2");
        Assert.Equal(0, _inbox.Count);

        Commit();

        Assert.Equal(["_R.1", "_R.2"], _inbox.TakeAll().Select(m => m.Subject));
    }

    [Fact]
    public void A_message_is_only_seen_replaced_once_its_replacement_is_committed()
    {
        _h.ApiOkAfter(_store, "STREAM.UPDATE.S", """{"name":"S","subjects":["s.>"],"allow_direct":true,"max_msgs_per_subject":1}""");
        _h.Publish("s.a", "old");
        _store.Commit();
        _h.Publish("s.a", "new");

        Assert.Equal("old", _h.Ask("$JS.API.DIRECT.GET.S.s.a").Payload);
        Commit();
        Assert.Equal("new", _h.Ask("$JS.API.DIRECT.GET.S.s.a").Payload);
    }

    private void Commit()
    {
        _store.Commit();
        _h.Run();
        _store.Commit();
        _h.Run();
    }

    /// <summary>Publishes something that is refused as soon as it hears of a copy, which is after the answers of a commit were sent.</summary>
    private sealed class Conflict(FakeRouter router) : IMessageHandler
    {
        public int Count { get; private set; }

        public bool Handle(in RoutedMessage message, DeliveryBatch batch)
        {
            Count++;
            return router.Publish(
                "s.a"u8, "_R.2"u8, "NATS/1.0\r\nNats-Expected-Last-Sequence: 0\r\n\r\n"u8, default, batch);
        }
    }
}

/// <summary>Requests to a store that commits by hand.</summary>
internal static class HeldStoreRequests
{
    /// <summary>Asks the API for something that must succeed, committing on the way.</summary>
    public static void ApiOkAfter(this Harness harness, HeldStore store, string operation, string body)
    {
        store.IsHeld = false;
        harness.ApiOk(operation, body);
        store.IsHeld = true;
    }
}

using System.Globalization;
using Rivulet.JetStream.Tests.Consumers.Support;
using Rivulet.JetStream.Tests.Support;
using Rivulet.TestKit.Simulation;

namespace Rivulet.JetStream.Tests.Streams;

/// <summary>Streams whose acknowledgements do not wait for the disk.</summary>
public sealed class AsyncPersistTests : IAsyncDisposable
{
    private const string Async = ""","persist_mode":"async","allow_direct":true""";

    private readonly ManualTimeProvider _clock = new();
    private SimulatedFileSystem _disk = new();
    private HeldStore _store;
    private Harness _h;
    private Inbox _inbox;

    public AsyncPersistTests() => Open();

    public ValueTask DisposeAsync()
    {
        _inbox.Dispose();
        return _store.DisposeAsync();
    }

    [Fact]
    public void An_ack_comes_while_the_disk_is_held_up()
    {
        _h.CreateStream(more: Async);
        _h.Store("s.a", "first");
        _store.IsHeld = true;

        _h.Publish("s.a", "second", "_R.1");

        Assert.Equal("""{"stream":"S","seq":2}""", _inbox.Take().Payload);
        Assert.Equal("first", _h.Ask("$JS.API.DIRECT.GET.S.s.a").Payload);
        _store.Commit();
        Assert.Equal("second", _h.Ask("$JS.API.DIRECT.GET.S.s.a").Payload);
        Assert.Equal(0, _inbox.Count);
    }

    [Fact]
    public void By_default_it_does_not()
    {
        _h.CreateStream();
        _h.Store("s.a", "first");
        _store.IsHeld = true;

        _h.Publish("s.a", "second", "_R.1");

        Assert.Equal(0, _inbox.Count);
        _store.Commit();
        Assert.Equal("""{"stream":"S","seq":2}""", _inbox.Take().Payload);
    }

    [Fact]
    public void Refusals_and_duplicates_that_rest_on_the_tail_are_told_at_once()
    {
        _h.CreateStream(more: Async);
        _h.Store("s.a", "first");
        _store.IsHeld = true;

        _h.Publish("s.a", "x", "_R.1", "NATS/1.0\r\nNats-Msg-Id: x\r\n\r\n");
        _h.Publish("s.a", "x", "_R.2", "NATS/1.0\r\nNats-Msg-Id: x\r\n\r\n");
        _h.Publish("s.a", "x", "_R.3", "NATS/1.0\r\nNats-Expected-Last-Sequence: 1\r\n\r\n");

        List<Received> answers = _inbox.TakeAll();
        Assert.Equal(["_R.1", "_R.2", "_R.3"], answers.Select(m => m.Subject));
        Assert.Contains("duplicate", answers[1].Payload, StringComparison.Ordinal);
        Assert.Contains("wrong last sequence: 2", answers[2].Payload, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_connection_published_is_still_a_barrier_for_its_requests()
    {
        _h.CreateStream(more: Async);
        _h.Store("s.a", "first");
        _store.IsHeld = true;
        var publisher = new TestPublisher();

        _h.Publish("s.a", "second", "_R.1", publisher: publisher);
        _h.Publish("$JS.API.DIRECT.GET.S.s.a", "", "_R.2", publisher: publisher);

        Assert.Equal("_R.1", _inbox.Take().Subject);
        Assert.Equal(0, _inbox.Count);
        _store.Commit();
        _h.Run();
        Assert.Equal("second", _inbox.Take().Payload);
    }

    /// <summary>The messages may be gone after a power cut; the revisions that were told stay used.</summary>
    [Fact]
    public void A_sequence_that_was_acknowledged_is_never_given_out_again()
    {
        _h.CreateStream(more: Async);
        ulong acked = 0;
        for (int cut = 0; cut < 5; cut++)
        {
            ulong first = _h.Store("s.a", "synced");
            Assert.True(first > acked, $"{first} after {acked}");
            _store.IsHeld = true;
            for (int i = 0; i < 10; i++)
            {
                _h.Publish("s.a", i.ToString(CultureInfo.InvariantCulture), "_R." + i);
                acked = first + (ulong)i + 1;
                Assert.Equal($$"""{"stream":"S","seq":{{acked}}}""", _inbox.Take().Payload);
            }
            _disk = _disk.CutPower(UnsyncedSurvival.None, new Random(cut));
            _inbox.Dispose();
            Open();
            Assert.Equal("synced", _h.Ask("$JS.API.DIRECT.GET.S.s.a").Payload);
        }
    }

    [Fact]
    public void The_first_ack_waits_until_sequences_are_reserved()
    {
        _h.CreateStream(more: Async);
        _store.IsHeld = true;

        _h.Publish("s.a", "1", "_R.1");
        _h.Publish("s.a", "2", "_R.2");
        Assert.Equal(0, _inbox.Count);
        _store.Commit();

        Assert.Equal(["_R.1", "_R.2"], _inbox.TakeAll().Select(m => m.Subject));
        _h.Publish("s.a", "3", "_R.3");
        Assert.Equal("_R.3", _inbox.Take().Subject);
    }

    [Fact]
    public void A_store_that_failed_refuses()
    {
        _h.CreateStream(more: Async);
        _h.Store("s.a", "first");
        _store.IsHeld = true;
        _h.Publish("s.a", "acknowledged, and lost", "_R.1");
        Assert.Equal("_R.1", _inbox.Take().Subject);
        _disk.FailSyncAfter(0);
        _store.Commit();

        _h.Publish("s.a", "more", "_R.2");

        Assert.Contains("10077", _inbox.Take().Payload, StringComparison.Ordinal);
    }

    [System.Diagnostics.CodeAnalysis.MemberNotNull(nameof(_store), nameof(_h), nameof(_inbox))]
    private void Open()
    {
        _store = HeldStore.OnDisk(_disk, _clock);
        _h = new Harness(_store, _clock);
        _inbox = _h.Router.Subscribe("_R.>");
    }
}

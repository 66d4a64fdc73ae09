namespace Rivulet.Storage.Tests.Suites;

public abstract class CommitSuite<THarness> : StoreSuite<THarness>
    where THarness : StoreHarness, new()
{
    [Fact]
    public void Observers_hear_in_the_order_stream_waiter_store()
    {
        var heard = new List<string>();
        StreamLog stream = Harness.CreateStream();
        Store.Observer = new StoreEar(heard);

        // Whoever waits from within the observer cannot be served before it.
        stream.Observer = new StreamEar(
            "S", heard, onMessage: _ => Store.WhenCommitted(Store.Appended, new WaiterEar(heard)));
        stream.Put("a", "1", "H");
        Commit();
        stream.Observer = null;
        stream.Put("b");
        Commit();
        lock (heard)
            Assert.Equal(["S 1:a=1", "waiter", "store"], heard.SkipWhile(line => line == "store").Take(3));
    }

    [Fact]
    public void An_observer_can_read_what_it_hears_of()
    {
        StreamLog stream = Harness.CreateStream();
        var read = new List<string>();
        stream.Observer = new StreamEar("S", [], onMessage: sequence => read.Add(stream.Get(sequence)));
        stream.Put("a", "1");
        stream.Put("b", "2");
        Commit();
        Assert.Equal(["a=1", "b=2"], read);
    }

    [Fact]
    public void An_observer_may_append()
    {
        StreamLog stream = Harness.CreateStream();
        StreamLog log = Harness.CreateStream("LOG");
        stream.Observer = new StreamEar("S", [], onMessage: sequence => log.Put("seen", sequence.ToString(
            System.Globalization.CultureInfo.InvariantCulture)));
        stream.Put("a");
        stream.Put("b");
        Commit();
        Commit();
        Assert.Equal(["1:seen=1", "2:seen=2"], log.Everything());
    }

    [Fact]
    public void Removals_are_told()
    {
        var heard = new List<string>();
        StreamLog stream = Harness.CreateStream();
        stream.Put("a", "1");
        Commit();
        stream.Observer = new StreamEar("S", heard);
        stream.PurgeOf();
        Commit();
        lock (heard)
            Assert.Equal(["S removals"], heard);
    }

    [Fact]
    public void A_position_that_is_committed_already_is_answered_at_once()
    {
        StreamLog stream = Harness.CreateStream();
        LogPosition position = stream.Put("a").Position;
        Commit();
        var heard = new List<string>();
        Store.WhenCommitted(position, new WaiterEar(heard));
        Store.WhenCommitted(LogPosition.None, new WaiterEar(heard));
        Assert.Equal(["waiter", "waiter"], heard);
        Assert.True(Store.Committed >= position);
    }

    [Fact]
    public async Task Concurrent_writers_of_many_streams_are_all_heard_of_in_order()
    {
        const int StreamCount = 8;
        const int PutsPerStream = 500;
        var ears = new List<List<string>>();
        var streams = new List<StreamLog>();
        for (int i = 0; i < StreamCount; i++)
        {
            var heard = new List<string>();
            StreamLog stream = Harness.CreateStream("S" + i);
            stream.Observer = new StreamEar("", heard);
            streams.Add(stream);
            ears.Add(heard);
        }
        await Task.WhenAll(streams.Select(stream => Task.Run(() =>
        {
            for (int n = 0; n < PutsPerStream; n++)
            {
                stream.Put("k" + (n % 10), "v");
                Store.DeliverCommits();
            }
        })));
        Commit();
        foreach (List<string> heard in ears)
        {
            lock (heard)
                Assert.Equal(Enumerable.Range(1, PutsPerStream).Select(n => $" {n}:k{(n - 1) % 10}=v"), heard);
        }
        Assert.All(streams, stream => Assert.Equal((ulong)PutsPerStream, stream.State.Messages));
    }

    private sealed class StreamEar(string name, List<string> heard, Action<ulong>? onMessage = null) : IStreamObserver
    {
        public void OnCommitted(in StreamCommit commit)
        {
            foreach (CommittedMessage message in commit)
            {
                lock (heard)
                {
                    heard.Add($"{name} {message.Sequence}:{System.Text.Encoding.UTF8.GetString(message.Subject)}=" +
                        System.Text.Encoding.UTF8.GetString(message.Payload));
                }
                onMessage?.Invoke(message.Sequence);
            }
            lock (heard)
            {
                if (commit.HasRemovals)
                    heard.Add($"{name} removals");
            }
        }

        public void OnFailed(Exception cause)
        {
            lock (heard)
                heard.Add($"{name} failed");
        }
    }

    private sealed class StoreEar(List<string> heard) : IStoreObserver
    {
        public void OnRoundCommitted(LogPosition upTo)
        {
            lock (heard)
                heard.Add("store");
        }

        public void OnFailed(Exception cause)
        {
            lock (heard)
                heard.Add("store failed");
        }
    }

    private sealed class WaiterEar(List<string> heard) : ICommitWaiter
    {
        public void OnCommitted(LogPosition position)
        {
            lock (heard)
                heard.Add("waiter");
        }

        public void OnFailed(Exception cause)
        {
            lock (heard)
                heard.Add("waiter failed");
        }
    }
}

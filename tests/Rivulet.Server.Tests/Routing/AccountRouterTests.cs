using System.Collections.Concurrent;
using System.Text;
using Rivulet.JetStream.Hosting;
using Rivulet.Protocol;

namespace Rivulet.Server.Tests.Routing;

/// <summary>The account's subject space as JetStream uses it.</summary>
public class AccountRouterTests
{
    [Fact]
    public async Task A_handler_gets_what_clients_publish_and_who_it_was()
    {
        await using var rig = await RouterRig.StartAsync();
        var seen = new ConcurrentQueue<string>();
        rig.Handle("$JS.API.>", message =>
        {
            seen.Enqueue(message);
            return true;
        });
        await using var client = await rig.ConnectAsync();
        await client.SendAsync("HPUB $JS.API.INFO inbox.1 12 14\r\nNATS/1.0\r\n\r\nhi\r\n");
        Assert.Equal("", await client.PingAsync());
        Assert.Equal(["cid 1|$JS.API.INFO|inbox.1|NATS/1.0\r\n\r\n|hi"], seen);
    }

    [Fact]
    public async Task A_handler_that_declines_counts_as_nobody()
    {
        await using var rig = await RouterRig.StartAsync();
        using var declines = rig.Handle("svc", _ => false);
        await using var client = await rig.ConnectAsync("SUB inbox 1\r\n");
        await client.SendAsync("PUB svc inbox 0\r\n\r\n");
        await client.ExpectAsync("HMSG inbox 1 35 35\r\nNATS/1.0 503\r\nNats-Subject: svc\r\n\r\n\r\n");
        Assert.False(rig.Publish("svc"));
    }

    [Fact]
    public async Task A_handler_that_is_disposed_gets_nothing_more()
    {
        await using var rig = await RouterRig.StartAsync();
        int before = rig.Router.SubscriptionCount;
        int calls = 0;
        var handler = rig.Handle("svc", _ => ++calls > 0);
        Assert.True(rig.Publish("svc"));
        handler.Dispose();
        handler.Dispose();
        Assert.False(rig.Publish("svc"));
        Assert.Equal(1, calls);
        Assert.Equal(before, rig.Router.SubscriptionCount);
    }

    [Fact]
    public async Task A_handler_may_publish_while_it_handles()
    {
        await using var rig = await RouterRig.StartAsync();
        var batch = rig.Router.CreateBatch();
        using var echo = rig.Handle("echo", message =>
        {
            rig.Router.Publish("first"u8, default, default, "1"u8, batch);
            rig.Router.Publish("second"u8, default, default, "2"u8, batch);
            batch.Flush();
            return true;
        });
        await using var client = await rig.ConnectAsync("SUB first 1\r\nSUB second 2\r\nSUB echo 3\r\n");
        await client.SendAsync("PUB echo 1\r\nx\r\n");
        string received = await client.PingAsync();
        Assert.Equal(
            ["MSG echo 3 1", "MSG first 1 1", "MSG second 2 1"],
            received.Split("\r\n").Where(line => line.StartsWith("MSG", StringComparison.Ordinal)).Order());
    }

    [Fact]
    public async Task The_server_publishes_to_plain_queue_and_headerless_clients()
    {
        await using var rig = await RouterRig.StartAsync();
        await using var plain = await rig.ConnectAsync("SUB a.* 1\r\nSUB a.b q 2\r\n");
        await using var old = await rig.Server.ConnectAsync();
        await old.SendAsync("SUB a.b 3\r\n");
        await old.ReadUntilAsync("+OK\r\n");
        Assert.True(rig.Publish("a.b", "r", "NATS/1.0\r\n\r\n", "hello"));
        await old.ExpectAsync("MSG a.b 3 r 5\r\nhello\r\n");
        string received = await plain.PingAsync();
        Assert.Contains("HMSG a.b 1 r 12 17\r\nNATS/1.0\r\n\r\nhello\r\n", received, StringComparison.Ordinal);
        Assert.Contains("HMSG a.b 2 r 12 17\r\nNATS/1.0\r\n\r\nhello\r\n", received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stored_message_is_delivered_under_its_own_subject()
    {
        await using var rig = await RouterRig.StartAsync();
        await using var client = await rig.ConnectAsync("SUB inbox.* 1\r\nSUB $KV.> 3\r\n");
        Assert.True(rig.Deliver("inbox.1", "$KV.b.k", "$JS.ACK.x", "", "v"));
        Assert.Equal("MSG $KV.b.k 1 $JS.ACK.x 1\r\nv\r\n", await client.PingAsync());
        Assert.True(rig.Deliver("inbox.1", "$KV.b.k", "", "NATS/1.0\r\n\r\n", ""));
        Assert.Equal("HMSG $KV.b.k 1 12 12\r\nNATS/1.0\r\n\r\n\r\n", await client.PingAsync());
        Assert.False(rig.Deliver("elsewhere", "$KV.b.k"));
    }

    [Fact]
    public async Task A_stored_message_is_for_everyone_subscribed_to_where_it_goes()
    {
        await using var rig = await RouterRig.StartAsync();
        await using var client = await rig.ConnectAsync("SUB inbox q 1\r\nSUB inbox q 2\r\nSUB inbox other 3\r\nSUB inbox 4\r\n");
        Assert.True(rig.Deliver("inbox", "s", "", "", "v"));
        string received = await client.PingAsync();
        Assert.Equal(3, received.Split("\r\nv\r\n").Length - 1);
        Assert.Contains("MSG s 3 1\r\n", received, StringComparison.Ordinal);
        Assert.Contains("MSG s 4 1\r\n", received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Interest_is_that_of_clients_plain_or_in_the_group_asked_for()
    {
        await using var rig = await RouterRig.StartAsync();
        using var handler = rig.Handle("a", _ => true);
        Assert.False(rig.HasInterest("a"));
        await using var client = await rig.ConnectAsync("SUB a q 1\r\n");
        Assert.False(rig.HasInterest("a"));
        Assert.True(rig.HasInterest("a", "q"));
        Assert.False(rig.HasInterest("a", "r"));
        await client.SendAsync("SUB * 2\r\n");
        await client.PingAsync();
        Assert.True(rig.HasInterest("a"));
        Assert.False(rig.HasInterest("a.b"));
    }

    [Fact]
    public async Task Whoever_would_receive_a_message_hears_its_subject()
    {
        await using var rig = await RouterRig.StartAsync();
        Assert.False(rig.Router.IsHeard("a.b"u8));
        var handler = rig.Handle("a.>", _ => true);
        Assert.True(rig.Router.IsHeard("a.b"u8));
        Assert.False(rig.Router.IsHeard("a..b"u8));
        handler.Dispose();
        Assert.False(rig.Router.IsHeard("a.b"u8));
        await using var client = await rig.ConnectAsync("SUB a.b q 1\r\n");
        Assert.True(rig.Router.IsHeard("a.b"u8));
        await client.SendAsync("UNSUB 1\r\nSUB *.b 2\r\n");
        await client.PingAsync();
        for (int i = 0; i < 3; i++)
            rig.Publish("a.b");
        Assert.True(rig.Router.IsHeard("a.b"u8));
        Assert.False(rig.Router.IsHeard("a.c"u8));
    }

    [Fact]
    public async Task Interest_is_watched_as_subscriptions_come_and_go()
    {
        await using var rig = await RouterRig.StartAsync();
        var told = new ConcurrentQueue<bool>();
        using var watch = rig.Router.WatchInterest("inbox.a.1"u8, queueGroup: null, new Observer(told));
        await using var client = await rig.ConnectAsync("SUB inbox.b.* 1\r\n");
        await client.SendAsync("SUB inbox.a.* 2\r\n");
        await Eventually.Holds(() => told.SequenceEqual([true]));
        await client.SendAsync("UNSUB 2\r\n");
        await Eventually.Holds(() => told.SequenceEqual([true, false]));
    }

    [Fact]
    public async Task Interest_of_a_group_and_of_plain_subscribers_is_watched_apart()
    {
        await using var rig = await RouterRig.StartAsync();
        var plain = new ConcurrentQueue<bool>();
        var group = new ConcurrentQueue<bool>();
        using var one = rig.Router.WatchInterest("inbox"u8, queueGroup: null, new Observer(plain));
        using var other = rig.Router.WatchInterest("inbox"u8, "q", new Observer(group));
        await using var client = await rig.ConnectAsync("SUB inbox other 1\r\nSUB inbox q 2\r\n");
        await Eventually.Holds(() => group.SequenceEqual([true]));
        Assert.Empty(plain);
        await client.SendAsync("SUB inbox 3\r\nUNSUB 2\r\n");
        await Eventually.Holds(() => plain.SequenceEqual([true]) && group.SequenceEqual([true, false]));
    }

    [Fact]
    public async Task Interest_goes_with_the_connection()
    {
        await using var rig = await RouterRig.StartAsync();
        var told = new ConcurrentQueue<bool>();
        var client = await rig.ConnectAsync("SUB inbox 1\r\n");
        using var watch = rig.Router.WatchInterest("inbox"u8, queueGroup: null, new Observer(told));
        await client.DisposeAsync();
        await Eventually.Holds(() => told.SequenceEqual([false]));
    }

    [Fact]
    public async Task Interest_goes_with_the_last_message_of_a_limited_subscription()
    {
        await using var rig = await RouterRig.StartAsync();
        var told = new ConcurrentQueue<bool>();
        await using var client = await rig.ConnectAsync("SUB inbox 1\r\nUNSUB 1 2\r\n");
        using var watch = rig.Router.WatchInterest("inbox"u8, queueGroup: null, new Observer(told));
        rig.Publish("inbox");
        Assert.True(rig.HasInterest("inbox"));
        rig.Publish("inbox");
        await Eventually.Holds(() => told.SequenceEqual([false]));
        Assert.False(rig.HasInterest("inbox"));
    }

    [Fact]
    public async Task A_watch_that_is_disposed_tells_nothing_more()
    {
        await using var rig = await RouterRig.StartAsync();
        var first = new ConcurrentQueue<bool>();
        var second = new ConcurrentQueue<bool>();
        rig.Router.WatchInterest("inbox"u8, queueGroup: null, new Observer(first)).Dispose();
        using var watch = rig.Router.WatchInterest("inbox"u8, queueGroup: null, new Observer(second));
        await using var client = await rig.ConnectAsync("SUB inbox 1\r\n");
        await Eventually.Holds(() => second.SequenceEqual([true]));
        Assert.Empty(first);
    }

    [Fact]
    public async Task Routes_stay_right_while_subscriptions_change_under_them()
    {
        await using var rig = await RouterRig.StartAsync();
        await using var client = await rig.ConnectAsync();
        string[] filters = ["a.b", "a.*", "a.>", "*.b", ">", "a.b q", "*.* q"];
        for (int round = 0; round < 200; round++)
        {
            string filter = filters[round % filters.Length];
            await client.SendAsync($"SUB {filter} {round}\r\nPUB a.b 1\r\nx\r\n");
            Assert.Equal($"MSG a.b {round} 1\r\nx\r\n", await client.PingAsync());
            await client.SendAsync($"UNSUB {round}\r\nPUB a.b 1\r\nx\r\n");
            Assert.Equal("", await client.PingAsync());
        }
    }

    [Fact]
    public async Task Routes_by_all_but_the_last_token_stay_right_whatever_is_subscribed()
    {
        await using var rig = await RouterRig.StartAsync();
        string[] filters =
            ["t.a", "t.b", "t.*", "t.>", "t.*.a", "t.a.a", "t.a.*", "t.a.>", "*.a", "*.*.b", "*.>", "t.a.b.c", "u.a", "u.*"];
        string[] subjects =
            ["t", "t.a", "t.b", "t.c", "t.", "t..a", "t.a.a", "t.a.b", "t.a.c", "t.a.", "t.b.a", "t.a.b.c", "t.a.b.d", "u.a", "u.b"];
        var random = new Random(7);
        var held = new Dictionary<string, IDisposable>();
        int calls = 0;
        for (int round = 0; round < 2000; round++)
        {
            string changed = filters[random.Next(filters.Length)];
            if (held.Remove(changed, out IDisposable? gone))
                gone.Dispose();
            else
                held.Add(changed, rig.Handle(changed, _ => ++calls > 0));

            // Several times, so that the caches come to know it before something changes.
            for (int i = 0; i < 8; i++)
            {
                string subject = subjects[random.Next(subjects.Length)];
                int expected = held.Keys.Count(filter => Subject.Matches(Bytes(subject), Bytes(filter)));
                for (int time = 0; time < 3; time++)
                {
                    calls = 0;
                    Assert.Equal(expected > 0, rig.Publish(subject));
                    Assert.Equal(expected, calls);
                }
            }
        }

        static byte[] Bytes(string text) => Encoding.ASCII.GetBytes(text);
    }

    [Fact]
    public async Task Subscribing_and_publishing_from_many_threads_loses_nothing()
    {
        await using var rig = await RouterRig.StartAsync();
        int before = rig.Router.SubscriptionCount;
        await using var steady = await rig.ConnectAsync("SUB load.* 1\r\n");
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async worker =>
        {
            await using var client = await rig.ConnectAsync();
            for (int i = 0; i < 100; i++)
            {
                string filter = (i % 3) switch { 0 => $"load.{worker}", 1 => "load.>", _ => $"own.{worker}" };
                await client.SendAsync($"SUB {filter} {i}\r\nPUB load.{worker} 1\r\nx\r\nUNSUB {i}\r\n");
                string received = await client.PingAsync();
                Assert.Equal(i % 3 < 2, received.Contains($"MSG load.{worker} {i} 1", StringComparison.Ordinal));
            }
        }));
        string all = await steady.PingAsync();
        Assert.Equal(400, all.Split("x\r\n").Length - 1);
        await steady.DisposeAsync();
        await Eventually.Holds(() => rig.Server.Server.ConnectionCount == 0);
        Assert.Equal(before, rig.Router.SubscriptionCount);
    }

    private sealed class Observer(ConcurrentQueue<bool> told) : IInterestObserver
    {
        public void OnInterestChanged(bool hasInterest)
        {
            told.Enqueue(hasInterest);
        }
    }
}

using Rivulet.JetStream.Hosting;
using Rivulet.Server.Work;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Work;

/// <summary>Work on the server's own threads.</summary>
[Collection(nameof(WorkSchedulerTests))]
[CollectionDefinition(nameof(WorkSchedulerTests), DisableParallelization = true)]
public sealed class WorkSchedulerTests : IDisposable
{
    private readonly CapturedLog _log = new();
    private readonly WorkScheduler _scheduler;

    public WorkSchedulerTests()
    {
        _scheduler = new WorkScheduler("test", threadsMax: 3, _log.CreateLogger("work"));
    }

    public void Dispose()
    {
        _scheduler.Dispose();
    }

    [Fact]
    public void Work_runs_while_the_thread_pool_is_taken_by_others()
    {
        var release = new ManualResetEventSlim();
        using var done = new ManualResetEventSlim();

        // So many that the pool, which adds a thread or two each second, is taken for all of the time.
        int blockers = ThreadPool.ThreadCount + Environment.ProcessorCount + 100;
        for (int i = 0; i < blockers; i++)
            ThreadPool.UnsafeQueueUserWorkItem(gate => gate.Wait(TimeSpan.FromSeconds(30)), release, preferLocal: false);
        try
        {
            _scheduler.Queue(new Item(done.Set));
            Assert.True(done.Wait(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));
        }
        finally
        {
            release.Set();
        }
    }

    [Fact]
    public void Threads_are_named_and_not_more_than_allowed()
    {
        var names = new System.Collections.Concurrent.ConcurrentDictionary<string, int>();
        using var all = new CountdownEvent(200);
        for (int i = 0; i < 200; i++)
        {
            _scheduler.Queue(new Item(() =>
            {
                names.AddOrUpdate(Thread.CurrentThread.Name!, 1, (_, count) => count + 1);
                Thread.Sleep(1);
                all.Signal();
            }));
        }

        Assert.True(all.Wait(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));
        Assert.InRange(names.Count, 1, 3);
        Assert.All(names.Keys, name => Assert.Matches("^test work [123]$", name));
    }

    [Fact]
    public void One_thread_waiting_does_not_hold_up_the_next_item()
    {
        using var first = new ManualResetEventSlim();
        using var second = new ManualResetEventSlim();
        _scheduler.Queue(new Item(() => second.Wait(TimeSpan.FromSeconds(10))));
        _scheduler.Queue(new Item(second.Set));
        _scheduler.Queue(new Item(first.Set));
        Assert.True(second.Wait(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken));
        Assert.True(first.Wait(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken));
    }

    [Fact]
    public void An_item_that_throws_is_logged_and_ends_nothing()
    {
        using var done = new ManualResetEventSlim();
        for (int i = 0; i < 5; i++)
            _scheduler.Queue(new Item(() => throw new InvalidOperationException("oh")));
        _scheduler.Queue(new Item(done.Set));
        Assert.True(done.Wait(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken));
        Assert.Contains(_log.Lines, line => line.Contains("A piece of background work failed", StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_queued_when_it_stops_is_still_run_and_nothing_after_that()
    {
        int runs = 0;
        for (int i = 0; i < 100; i++)
            _scheduler.Queue(new Item(() => Interlocked.Increment(ref runs)));
        _scheduler.Dispose();
        Assert.Equal(100, runs);
        _scheduler.Queue(new Item(() => Interlocked.Increment(ref runs)));
        Assert.Equal(100, runs);
    }

    [Fact]
    public void An_item_that_queues_itself_lets_those_that_wait_go_first()
    {
        using var scheduler = new WorkScheduler("one", threadsMax: 1, _log.CreateLogger("work"));
        using var done = new ManualResetEventSlim();
        var order = new List<string>();
        Item again = null!;
        int runs = 0;
        again = new Item(() =>
        {
            order.Add($"again {++runs}");
            if (runs == 1)
            {
                scheduler.Queue(new Item(() => order.Add("waiting")));
                scheduler.Queue(again);
                scheduler.Queue(new Item(() => order.Add("later")));
            }
            else if (runs < 4)
            {
                scheduler.Queue(again);
            }
            else
            {
                done.Set();
            }
        });
        scheduler.Queue(again);
        Assert.True(done.Wait(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken));
        Assert.Equal(["again 1", "waiting", "later", "again 2", "again 3", "again 4"], order);
        Assert.True(SpinWait.SpinUntil(() => scheduler.Unfinished == 0, TimeSpan.FromSeconds(5)));
    }

    [Fact]
    public void An_item_that_queues_itself_with_others_runs_there()
    {
        using var other = new WorkScheduler("other", threadsMax: 1, _log.CreateLogger("work"));
        using var done = new ManualResetEventSlim();
        var threads = new List<string>();
        Item item = null!;
        item = new Item(() =>
        {
            threads.Add(Thread.CurrentThread.Name!);
            if (threads.Count == 1)
                other.Queue(item);
            else
                done.Set();
        });
        _scheduler.Queue(item);
        Assert.True(done.Wait(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken));
        Assert.Equal(["test work 1", "other work 1"], threads);
    }

    [Fact]
    public void An_item_that_queues_itself_more_than_once_runs_as_often()
    {
        using var all = new CountdownEvent(7);
        Item item = null!;
        int runs = 0;
        item = new Item(() =>
        {
            if (Interlocked.Increment(ref runs) <= 3)
            {
                _scheduler.Queue(item);
                _scheduler.Queue(item);
            }

            all.Signal();
        });
        _scheduler.Queue(item);
        Assert.True(all.Wait(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken));
        _scheduler.Dispose();
        Assert.Equal((7, 0), (runs, _scheduler.Unfinished));
    }

    [Fact]
    public void What_queued_itself_before_the_end_is_still_run()
    {
        using var started = new ManualResetEventSlim();
        Item item = null!;
        int runs = 0;
        item = new Item(() =>
        {
            if (Interlocked.Increment(ref runs) > 1)
                return;
            _scheduler.Queue(item);
            started.Set();
            Thread.Sleep(20);
        });
        _scheduler.Queue(item);
        Assert.True(started.Wait(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken));
        _scheduler.Dispose();
        Assert.Equal(2, runs);
    }

    private sealed class Item(Action action) : IWorkItem
    {
        public void Execute()
        {
            action();
        }
    }
}

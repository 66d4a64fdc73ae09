using Microsoft.Extensions.Logging;
using Rivulet.JetStream.Hosting;
using Rivulet.Server.Logging;

namespace Rivulet.Server.Work;

/// <summary>Runs work items on a few threads of the server's own.</summary>
/// <remarks>
/// Not the thread pool: an embedded server must go on when the process around it keeps the pool busy. Threads start when
/// there is work for them, up to the bound, and stay. The queue itself has no bound, because what is queued is bounded by
/// those who queue: one item for each stream, consumer, watch or account at a time. Items queued after
/// <see cref="Dispose"/> are dropped; those queued before it are run. An item that queues itself while it runs, because there is
/// more to do, takes its turn behind the others, and wakes nobody: the thread that ran it goes on with what is next.
/// </remarks>
internal sealed class WorkScheduler : IWorkScheduler, IDisposable
{
    [ThreadStatic]
    private static Worker? t_worker;

    private readonly Lock _lock = new();
    private readonly Queue<IWorkItem> _queue = new();
    private readonly SemaphoreSlim _available = new(0);
    private readonly List<Thread> _threads = [];
    private readonly string _name;
    private readonly int _threadsMax;
    private readonly ILogger _log;
    private int _idle;
    private int _unfinished;
    private bool _disposed;

    /// <summary>A scheduler without threads yet.</summary>
    /// <param name="name">Goes into the names of the threads.</param>
    /// <param name="threadsMax">How many threads there may be.</param>
    /// <param name="log">Hears of items that throw, which they should not.</param>
    public WorkScheduler(string name, int threadsMax, ILogger log)
    {
        _name = name;
        _threadsMax = threadsMax;
        _log = log;
    }

    /// <summary>Items that are queued or being run.</summary>
    public int Unfinished => Volatile.Read(ref _unfinished);

    /// <inheritdoc/>
    public void Queue(IWorkItem item)
    {
        // All of it under the lock: whoever disposes of the scheduler waits for threads that have started, and for no more.
        lock (_lock)
        {
            if (_disposed)
                return;
            _unfinished++;
            if (t_worker is { } worker && worker.TakesUpAgain(this, item))
                return;
            _queue.Enqueue(item);
            if (_queue.Count > _idle && _threads.Count < _threadsMax)
            {
                var started = new Thread(Run) { IsBackground = true, Name = $"{_name} work {_threads.Count + 1}" };
                started.UnsafeStart();
                _threads.Add(started);
            }

            _available.Release();
        }
    }

    /// <summary>Runs what is queued, then ends the threads and waits for them. Not to be called by an item.</summary>
    public void Dispose()
    {
        Thread[] threads;
        lock (_lock)
        {
            if (_disposed)
                return;
            _disposed = true;
            threads = [.. _threads];
        }

        if (threads.Length > 0)
            _available.Release(threads.Length);
        foreach (var thread in threads)
            thread.Join();
        _available.Dispose();
    }

    private void Run()
    {
        t_worker = new Worker(this);
        while (TryTake(out var item))
        {
            do
            {
                t_worker.Running = item;
                Execute(item);
                t_worker.Running = null;
            }
            while (TryGoOn(t_worker, ref item));
        }
    }

    private void Execute(IWorkItem item)
    {
        try
        {
            item.Execute();
        }
#pragma warning disable CA1031 // An item deals with its own failures. One that does not must not end the thread that others need.
        catch (Exception e)
#pragma warning restore CA1031
        {
            ServerLog.WorkFailed(_log, e);
        }
    }

    /// <summary>Ends an item. If it is to run again, it goes behind the others, and the first of them is run.</summary>
    private bool TryGoOn(Worker worker, ref IWorkItem item)
    {
        lock (_lock)
        {
            _unfinished--;
            if (!worker.RunsAgain)
                return false;
            worker.RunsAgain = false;
            _queue.Enqueue(item);
            item = _queue.Dequeue();
            return true;
        }
    }

    private bool TryTake([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out IWorkItem? item)
    {
        lock (_lock)
            _idle++;
        _available.Wait();
        lock (_lock)
        {
            _idle--;
            return _queue.TryDequeue(out item);
        }
    }

    /// <summary>What one thread is at.</summary>
    private sealed class Worker(WorkScheduler scheduler)
    {
        public IWorkItem? Running { get; set; }

        public bool RunsAgain { get; set; }

        /// <summary>Whether an item is the one that runs here; it then runs again.</summary>
        public bool TakesUpAgain(WorkScheduler by, IWorkItem item)
        {
            if (by != scheduler || item != Running || RunsAgain)
                return false;
            return RunsAgain = true;
        }
    }
}

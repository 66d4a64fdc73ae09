using Microsoft.Extensions.Logging;
using Rivulet.Server.Logging;

namespace Rivulet.Server.Connections;

/// <summary>Counts the receive loops of a server that run, so that whoever stops it can wait for the last one.</summary>
/// <remarks>Thread-safe; the lock is a leaf.</remarks>
/// <param name="log">Hears of loops that throw, which they should not.</param>
internal sealed class RunningLoops(ILogger log)
{
    private readonly Lock _lock = new();

    // Whoever waits goes on elsewhere: it may be stopping the threads that loops end on.
    private readonly TaskCompletionSource _none = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _count;
    private bool _closed;

    /// <summary>One begins; false if none may any more.</summary>
    public bool TryBegin()
    {
        lock (_lock)
        {
            if (_closed)
                return false;
            _count++;
            return true;
        }
    }

    /// <summary>One has ended, and everything is given back.</summary>
    /// <param name="failure">What it threw, if it did.</param>
    public void End(Exception? failure)
    {
        if (failure is not null)
            ServerLog.LoopFailed(log, failure);
        lock (_lock)
        {
            if (--_count > 0 || !_closed)
                return;
        }

        _none.TrySetResult();
    }

    /// <summary>Lets none begin any more.</summary>
    /// <returns>Completes when all have ended.</returns>
    public Task Close()
    {
        lock (_lock)
        {
            _closed = true;
            if (_count == 0)
                _none.TrySetResult();
        }

        return _none.Task;
    }
}

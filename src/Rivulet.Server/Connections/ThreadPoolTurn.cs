using System.Runtime.CompilerServices;

namespace Rivulet.Server.Connections;

/// <summary>Goes to the end of the thread pool's queue, behind the work of other connections.</summary>
/// <remarks><see cref="Task.Yield"/> would put the caller first in the queue of its own thread, ahead of them.</remarks>
internal readonly struct ThreadPoolTurn : ICriticalNotifyCompletion
{
    /// <summary>An awaitable whose continuation runs when everything queued now has had its turn.</summary>
    public static ThreadPoolTurn Yield()
    {
        return default;
    }

    /// <summary>The awaiter.</summary>
    public ThreadPoolTurn GetAwaiter()
    {
        return this;
    }

    /// <summary>Never: that is the point.</summary>
    public bool IsCompleted => false;

    /// <summary>Nothing to get.</summary>
    public void GetResult()
    {
    }

    /// <inheritdoc/>
    public void OnCompleted(Action continuation)
    {
        UnsafeOnCompleted(continuation);
    }

    /// <inheritdoc/>
    public void UnsafeOnCompleted(Action continuation)
    {
        ThreadPool.UnsafeQueueUserWorkItem(static action => action(), continuation, preferLocal: false);
    }
}

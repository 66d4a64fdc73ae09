using System.Runtime.CompilerServices;
using Rivulet.JetStream.Hosting;

namespace Rivulet.Server.Connections;

/// <summary>Has a receive loop go on behind whatever waits for the server's threads. One connection's, and reusable.</summary>
internal sealed class LoopTurn : IWorkItem, ICriticalNotifyCompletion
{
    private readonly IWorkScheduler _loops;
    private Action? _continuation;

    /// <summary>Turns on the threads of <paramref name="loops"/>.</summary>
    public LoopTurn(IWorkScheduler loops)
    {
        _loops = loops;
    }

    /// <summary>The awaiter.</summary>
    public LoopTurn GetAwaiter()
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
        _continuation = continuation;
        _loops.Queue(this);
    }

    /// <inheritdoc/>
    public void Execute()
    {
        Action continuation = _continuation!;
        _continuation = null;
        continuation();
    }
}

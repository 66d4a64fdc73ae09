using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Rivulet.JetStream.Hosting;
using Rivulet.Server.Logging;

namespace Rivulet.Server.SystemEvents;

/// <summary>Events on their way into the system account: one after another, off the threads that they happen on.</summary>
/// <remarks>Any thread adds. Not more than a bounded number wait; what comes beyond is lost, since nobody reads it in time anyway.</remarks>
internal sealed class EventOutbox : IWorkItem
{
    /// <summary>The most events that wait at a time.</summary>
    public const int WaitingMax = 16 * 1024;

    private readonly ConcurrentQueue<Action> _events = new();
    private readonly IWorkScheduler _work;
    private readonly ILogger _log;
    private int _waiting;
    private int _working;

    /// <summary>An outbox without events.</summary>
    /// <param name="work">Where they are told.</param>
    /// <param name="log">Hears of what fails.</param>
    public EventOutbox(IWorkScheduler work, ILogger log)
    {
        _work = work;
        _log = log;
    }

    /// <summary>Adds an event.</summary>
    /// <param name="tell">Makes its text, and publishes it.</param>
    public void Add(Action tell)
    {
        if (Interlocked.Increment(ref _waiting) > WaitingMax)
        {
            Interlocked.Decrement(ref _waiting);
            return;
        }

        _events.Enqueue(tell);
        if (Interlocked.Exchange(ref _working, 1) == 0)
            _work.Queue(this);
    }

    /// <inheritdoc/>
    public void Execute()
    {
        do
        {
            while (_events.TryDequeue(out var tell))
            {
                Interlocked.Decrement(ref _waiting);
                Tell(tell);
            }

            Interlocked.Exchange(ref _working, 0);
        }
        while (!_events.IsEmpty && Interlocked.Exchange(ref _working, 1) == 0);
    }

    private void Tell(Action tell)
    {
        try
        {
            tell();
        }
#pragma warning disable CA1031 // One event that fails must not keep the others from being told, and must be seen.
        catch (Exception e)
#pragma warning restore CA1031
        {
            ServerLog.SystemEventFault(_log, e);
        }
    }
}

using System.Diagnostics;
using Rivulet.JetStream.Hosting;
using Rivulet.JetStream.Streams;
using Rivulet.Storage;

namespace Rivulet.JetStream.Api;

/// <summary>
/// Holds back the requests of one connection until what the connection published ahead of them is committed, so that a
/// client that publishes and then asks finds its own writes. Order within the connection is kept.
/// </summary>
/// <remarks>
/// The receive loop parks requests; a host thread releases them after the commit. As long as anything is parked or being
/// released, later requests of the connection are parked behind it. The lane's lock is a leaf: nothing is called under it.
/// </remarks>
internal sealed class RequestLane : ICommitWaiter, IWorkItem
{
    private readonly JetStreamEngine _engine;
    private readonly Lock _gate = new();
    private readonly Queue<Parked> _parked = new();
    private bool _releasing;

    public RequestLane(JetStreamEngine engine) => _engine = engine;

    /// <summary>Whether a request of the connection would have to queue behind others.</summary>
    public bool IsBusy
    {
        get
        {
            lock (_gate)
                return _releasing;
        }
    }

    /// <summary>Takes a request, to be run once the stores have committed so far.</summary>
    public void Park(ApiEntry entry, ApiRequest request, CommitBarrier barrier)
    {
        lock (_gate)
        {
            _parked.Enqueue(new Parked(entry, request, barrier));
            if (_releasing)
                return;
            _releasing = true;
        }

        _engine.WhenSettled(barrier, this);
    }

    void ICommitWaiter.OnCommitted(LogPosition position) => _engine.Host.Work.Queue(this);

    /// <summary>After a failed commit nothing more can be waited for: the requests run and see what is there.</summary>
    void ICommitWaiter.OnFailed(Exception cause) => _engine.Host.Work.Queue(this);

    void IWorkItem.Execute()
    {
        CommitBarrier? wait;
        while (TryTakeReady(out Parked next, out wait))
            next.Entry.Release(next.Request);

        if (wait is { } barrier)
            _engine.WhenSettled(barrier, this);
    }

    /// <summary>
    /// The next request if its turn has come. Otherwise <paramref name="wait"/> is what it waits for, or none if the lane
    /// is empty and open again.
    /// </summary>
    private bool TryTakeReady(out Parked next, out CommitBarrier? wait)
    {
        wait = null;
        lock (_gate)
        {
            Debug.Assert(_releasing, "a lane is released only while it is marked busy");
            if (!_parked.TryPeek(out next))
            {
                _releasing = false;
                return false;
            }

            if (!_engine.HasSettled(next.Barrier))
            {
                wait = next.Barrier;
                return false;
            }

            _parked.Dequeue();
            return true;
        }
    }

    private readonly record struct Parked(ApiEntry Entry, ApiRequest Request, CommitBarrier Barrier);
}

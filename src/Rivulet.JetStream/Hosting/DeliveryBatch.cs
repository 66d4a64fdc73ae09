using Rivulet.JetStream.Streams;
using Rivulet.Storage;

namespace Rivulet.JetStream.Hosting;

/// <summary>
/// Gathers what a run of publishes leads to: the connections it touched, so that each is flushed once, and the stores it
/// appended to, so that each hands its commits over once. One thread at a time uses it.
/// </summary>
public abstract class DeliveryBatch
{
    private readonly List<Appended> _appended = [];

    /// <summary>
    /// Has commits handed over, as <see cref="HandOver"/> does, then sends what was queued, one flush for each touched
    /// connection, and empties the batch for its next use.
    /// </summary>
    public void Flush()
    {
        HandOver();
        Send();
    }

    /// <summary>
    /// Has the stores that were appended to with this batch hand over what they have committed, on this thread, as far as
    /// they have no thread of their own for that. What is sent then is queued here. No lock is held.
    /// </summary>
    public void HandOver()
    {
        // Whoever hears of a commit may publish with this batch.
        while (_appended.Count > 0)
        {
            Appended last = _appended[^1];
            _appended.RemoveAt(_appended.Count - 1);
            RoundBatches.DeliverCommits(last.Store, last.Account, this);
        }
    }

    /// <summary>Something was appended to a store: it hands over at the end of the run.</summary>
    internal void NoteAppended(MessageStore store, JetStreamAccount account)
    {
        var appended = new Appended(store, account);
        if (!_appended.Contains(appended))
            _appended.Add(appended);
    }

    /// <summary>Sends what was queued, and forgets the connections.</summary>
    protected abstract void Send();

    private readonly record struct Appended(MessageStore Store, JetStreamAccount Account);
}

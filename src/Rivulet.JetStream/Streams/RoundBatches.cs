using System.Runtime.CompilerServices;
using Rivulet.JetStream.Hosting;
using Rivulet.Storage;

namespace Rivulet.JetStream.Streams;

/// <summary>
/// What the streams of one store send while it hands over the commits of a round, gathered by account and flushed when the
/// round ends, so that each touched connection is written to once. Only the thread that hands over uses it.
/// </summary>
/// <remarks>
/// A memory store hands over where a run of publishes ends. There the publisher's own batch is used, which its receive loop
/// flushes once for everything it has read.
/// </remarks>
internal sealed class RoundBatches : IStoreObserver
{
    [ThreadStatic]
    private static JetStreamAccount? _lender;

    [ThreadStatic]
    private static DeliveryBatch? _lent;

    // Of accounts that JetStream was taken from nothing is kept.
    private readonly ConditionalWeakTable<JetStreamAccount, DeliveryBatch> _batches = [];
    private readonly List<DeliveryBatch> _touched = [];

    /// <summary>The batch of an account for this round.</summary>
    public DeliveryBatch BatchOf(JetStreamAccount account)
    {
        if (_lender == account)
            return _lent!;
        if (!_batches.TryGetValue(account, out DeliveryBatch? batch))
            _batches.Add(account, batch = account.Router.CreateBatch());
        if (!_touched.Contains(batch))
            _touched.Add(batch);
        return batch;
    }

    /// <summary>
    /// Lets the store hand over on this thread, with a batch for what one account sends; its owner flushes it.
    /// </summary>
    public static void DeliverCommits(MessageStore store, JetStreamAccount account, DeliveryBatch batch)
    {
        (JetStreamAccount? lender, DeliveryBatch? lent) = (_lender, _lent);
        (_lender, _lent) = (account, batch);
        try
        {
            store.DeliverCommits();
        }
        finally
        {
            (_lender, _lent) = (lender, lent);
        }
    }

    /// <inheritdoc/>
    public void OnRoundCommitted(LogPosition upTo) => Flush();

    /// <inheritdoc/>
    public void OnFailed(Exception cause) => Flush();

    private void Flush()
    {
        foreach (DeliveryBatch batch in _touched)
            batch.Flush();
        _touched.Clear();
    }
}

using Rivulet.JetStream.Hosting;
using Rivulet.Storage;

namespace Rivulet.JetStream.Streams;

/// <summary>
/// What the streams of one store send while it hands over the commits of a round, gathered by account and flushed when the
/// round ends, so that each touched connection is written to once. Only the thread that hands over uses it.
/// </summary>
internal sealed class RoundBatches : IStoreObserver
{
    private readonly Dictionary<JetStreamAccount, DeliveryBatch> _batches = [];
    private readonly List<DeliveryBatch> _touched = [];

    /// <summary>The batch of an account for this round.</summary>
    public DeliveryBatch BatchOf(JetStreamAccount account)
    {
        if (!_batches.TryGetValue(account, out DeliveryBatch? batch))
            _batches.Add(account, batch = account.Router.CreateBatch());
        if (!_touched.Contains(batch))
            _touched.Add(batch);
        return batch;
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

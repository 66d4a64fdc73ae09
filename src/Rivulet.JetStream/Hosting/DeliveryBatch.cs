namespace Rivulet.JetStream.Hosting;

/// <summary>
/// Gathers the connections that a run of publishes touched, so that each is flushed once. One thread at a time uses it.
/// </summary>
public abstract class DeliveryBatch
{
    /// <summary>Sends what was queued, one flush for each touched connection, and empties the batch for its next use.</summary>
    public abstract void Flush();
}

namespace Rivulet.JetStream.Hosting;

/// <summary>Learns whether anyone is subscribed to a subject.</summary>
public interface IInterestObserver
{
    /// <summary>Called after a change, never under a lock of the caller. Calls for one watch do not overlap.</summary>
    void OnInterestChanged(bool hasInterest);
}

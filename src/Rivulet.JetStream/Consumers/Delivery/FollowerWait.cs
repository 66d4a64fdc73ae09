using Rivulet.JetStream.Hosting;

namespace Rivulet.JetStream.Consumers.Delivery;

/// <summary>A publisher's wait at a <see cref="FollowerGate"/>, reusable. One at a time.</summary>
/// <remarks>It continues on the host's threads, behind what is queued there: whoever ends it has messages to deliver.</remarks>
internal sealed class FollowerWait(IWorkScheduler work) : ScheduledWait(work)
{
    /// <summary>The next one in the gate's list.</summary>
    public FollowerWait? Next { get; set; }
}

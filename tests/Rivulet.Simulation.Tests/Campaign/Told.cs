using Rivulet.Storage;

namespace Rivulet.Simulation.Tests.Campaign;

/// <summary>Waits for the commit of the steps so far, and tells the journal.</summary>
internal sealed class Told(Journal journal, int steps) : ICommitWaiter
{
    public void OnCommitted(LogPosition position) => journal.Tell(steps);

    public void OnFailed(Exception cause)
    {
    }
}

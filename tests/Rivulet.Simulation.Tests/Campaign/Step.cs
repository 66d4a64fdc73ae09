using Rivulet.Simulation.Tests.Model;

namespace Rivulet.Simulation.Tests.Campaign;

/// <summary>
/// One thing that happened to a store, as small as a power cut can split: what a call appends as several records, such
/// as new limits and what they remove, is several steps.
/// </summary>
/// <param name="Kind">What it does.</param>
/// <param name="Text">The same in words.</param>
/// <param name="Apply">Does it to a model.</param>
internal sealed record Step(StepKinds Kind, string Text, Action<ModelStore> Apply)
{
    /// <summary>An atomic batch: its stream, and its last sequence. Cut short, it leaves nothing but used sequences.</summary>
    public (string Stream, ulong Last)? Batch { get; init; }
}

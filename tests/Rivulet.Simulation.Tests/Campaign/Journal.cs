using Rivulet.Simulation.Tests.Model;

namespace Rivulet.Simulation.Tests.Campaign;

/// <summary>
/// What was done to a store, in order, and how much of it is promised. The log is one, so whatever a power cut leaves
/// is what some first steps make: at least the promised ones, at most all.
/// </summary>
internal sealed class Journal(ModelStore start)
{
    private readonly List<Step> _steps = [];
    private readonly ModelStore _lasting = start.Copy();

    // What everybody was told is in force; under an interval policy ahead of what lasts.
    private readonly ModelStore _told = start.Copy();
    private int _toldInSteps;

    /// <summary>All steps.</summary>
    public ModelStore Newest { get; } = start.Copy();

    /// <summary>The steps whose commit was told.</summary>
    public ModelStore Told => _told;

    /// <summary>Steps that were taken, since the start.</summary>
    public int Taken { get; private set; }

    /// <summary>Of these, how many were told.</summary>
    public int ToldCount { get; private set; }

    /// <summary>How many steps may or may not survive a power cut.</summary>
    public int OpenCount => _steps.Count;

    public StepKinds Untold => KindsFrom(ToldCount);

    public void Add(Step step)
    {
        step.Apply(Newest);
        _steps.Add(step);
        Taken++;
    }

    /// <summary>The commit of the first steps was told.</summary>
    public void Tell(int count)
    {
        for (; ToldCount < count; ToldCount++)
            _steps[_toldInSteps++].Apply(_told);
    }

    /// <summary>What was told lasts, whatever happens.</summary>
    public void Promise()
    {
        foreach (Step step in _steps.Take(_toldInSteps))
            step.Apply(_lasting);
        _steps.RemoveRange(0, _toldInSteps);
        _toldInSteps = 0;
    }

    /// <summary>What the steps from one on do, as far as they are remembered.</summary>
    public StepKinds KindsFrom(int step) => _steps
        .Skip(Math.Max(0, step - (Taken - _steps.Count)))
        .Aggregate(StepKinds.None, (kinds, each) => kinds | each.Kind);

    /// <summary>The steps from one on, in words.</summary>
    public IEnumerable<string> TextsFrom(int step) => _steps.Skip(step - (Taken - _steps.Count)).Select(each => each.Text);

    private static ModelStore? ExplainCutBatch(ModelStore candidate, ModelStore read, bool mayGap, Step next)
    {
        if (next.Batch is not { } batch || !read.Streams.TryGetValue(batch.Stream, out ModelStream? stream) ||
            stream.Last > batch.Last)
        {
            return null;
        }
        ModelStore copy = candidate.Copy();
        copy[batch.Stream].Last = Math.Max(copy[batch.Stream].Last, stream.Last);
        return copy.DifferenceFrom(read, mayGap) is null ? copy : null;
    }

    /// <summary>Finds the first steps that make what was read back.</summary>
    /// <param name="read">A store that was recovered.</param>
    /// <param name="mayGap">Whether streams may go on later than the steps say.</param>
    /// <param name="difference">Why there are none.</param>
    /// <returns>What they make, or null.</returns>
    public ModelStore? Explain(ModelStore read, bool mayGap, out string difference)
    {
        ModelStore candidate = _lasting.Copy();
        difference = "";
        for (int i = 0; ; i++)
        {
            if (candidate.DifferenceFrom(read, mayGap) is not { } found)
                return candidate;
            if (i < _steps.Count && ExplainCutBatch(candidate, read, mayGap, _steps[i]) is { } cut)
                return cut;
            difference += $"\n  with {i} of {_steps.Count} open steps: {found}";
            if (i == _steps.Count)
                return null;
            _steps[i].Apply(candidate);
            difference += $"\n  step {i + 1}: {_steps[i].Text}";
        }
    }
}

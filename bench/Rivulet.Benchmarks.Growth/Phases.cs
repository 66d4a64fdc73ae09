using System.Diagnostics;

namespace Rivulet.Benchmarks.Growth;

/// <summary>What changes for a load with the answers that just came.</summary>
internal enum PhaseStep
{
    None,

    /// <summary>What was seen so far does not count.</summary>
    MeasuringStarts,

    /// <summary>No more operations; those in flight are waited for.</summary>
    Ended,
}

/// <summary>
/// A load warms up, is measured, and stops. The steps are taken where answers arrive, so that nothing is counted before
/// the clock was read.
/// </summary>
internal sealed class Phases
{
    private readonly ServerProcess _server;
    private readonly TimeSpan _warmUp;
    private readonly TimeSpan _span;
    private long _begun;
    private long _measuredFrom;
    private long _countBefore;
    private TimeSpan _cpuBefore;
    private bool _ended;

    /// <param name="server">Whose processor time is measured.</param>
    /// <param name="quick">Whether a rough figure will do.</param>
    /// <param name="warmUp">If the usual time is not enough.</param>
    public Phases(ServerProcess server, bool quick, TimeSpan? warmUp = null)
    {
        _server = server;
        _warmUp = warmUp ?? TimeSpan.FromSeconds(quick ? 0.2 : 0.5);
        _span = TimeSpan.FromSeconds(quick ? 0.5 : 2);
    }

    public long Count { get; private set; }

    public TimeSpan Elapsed { get; private set; }

    public TimeSpan Cpu { get; private set; }

    public void Begin() => _begun = Stopwatch.GetTimestamp();

    public PhaseStep Pass(long answered)
    {
        if (_ended)
            return PhaseStep.Ended;
        return _measuredFrom == 0 ? WarmUp(answered) : Measure(answered);
    }

    private PhaseStep WarmUp(long answered)
    {
        if (Stopwatch.GetElapsedTime(_begun) < _warmUp || answered == 0)
            return PhaseStep.None;
        _countBefore = answered;
        _cpuBefore = _server.Cpu;
        _measuredFrom = Stopwatch.GetTimestamp();
        return PhaseStep.MeasuringStarts;
    }

    private PhaseStep Measure(long answered)
    {
        if (Stopwatch.GetElapsedTime(_measuredFrom) < _span || answered == _countBefore)
            return PhaseStep.None;
        Elapsed = Stopwatch.GetElapsedTime(_measuredFrom);
        Cpu = _server.Cpu - _cpuBefore;
        Count = answered - _countBefore;
        _ended = true;
        return PhaseStep.Ended;
    }
}

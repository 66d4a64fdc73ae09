namespace Rivulet.TestKit.Simulation;

/// <summary>What an operation of a simulated disk comes to.</summary>
internal enum DiskOutcome
{
    Success,

    /// <summary>It fails, half done, and the power stays on.</summary>
    Failure,

    /// <summary>The power goes while it is under way.</summary>
    PowerCut,
}

/// <summary>The faults that were ordered of a disk, counted down operation by operation. Under the disk's lock.</summary>
internal sealed class DiskFaults
{
    private const long Never = -1;

    private long _operationsBeforeCut = Never;
    private long _operationsBeforeFailure = Never;
    private long _writesBeforeFailure = Never;
    private long _syncsBeforeFailure = Never;

    public void CutPowerAfter(long operations) => _operationsBeforeCut = operations;

    public void FailOperationAfter(long operations) => _operationsBeforeFailure = operations;

    public void FailWriteAfter(long writes) => _writesBeforeFailure = writes;

    public void FailSyncAfter(long syncs) => _syncsBeforeFailure = syncs;

    public void Forget() =>
        _operationsBeforeCut = _operationsBeforeFailure = _writesBeforeFailure = _syncsBeforeFailure = Never;

    /// <summary>Counts an operation.</summary>
    public DiskOutcome Next(DiskOperationKind kind)
    {
        bool cut = IsDue(ref _operationsBeforeCut);
        bool fails = IsDue(ref _operationsBeforeFailure);
        if (kind == DiskOperationKind.Write)
            fails |= IsDue(ref _writesBeforeFailure);
        if (kind == DiskOperationKind.Sync)
            fails |= IsDue(ref _syncsBeforeFailure);
        return cut ? DiskOutcome.PowerCut : fails ? DiskOutcome.Failure : DiskOutcome.Success;
    }

    private static bool IsDue(ref long countdown) => countdown >= 0 && countdown-- == 0;
}

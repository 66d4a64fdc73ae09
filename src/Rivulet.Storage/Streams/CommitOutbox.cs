using System.Diagnostics;

namespace Rivulet.Storage.Streams;

/// <summary>
/// What was committed to a stream and its observer has not heard of yet. Filled under the index lock; taken by the one
/// thread that hands over. Two sets of arrays take turns, so that nothing is allocated in steady state.
/// </summary>
internal sealed class CommitOutbox
{
    private CommittedRecord[] _filling = [];
    private CommittedRecord[] _taken = [];
    private int _fillingCount;
    private int _takenCount;
    private bool _hasRemovals;
    private LogPosition _position;

    public void Add(in PendingOperation operation)
    {
        Debug.Assert(operation.Buffer is not null, "a message has content");
        if (_fillingCount == _filling.Length)
            Array.Resize(ref _filling, Math.Max(8, _fillingCount * 2));
        _filling[_fillingCount++] = new CommittedRecord
        {
            Sequence = operation.Sequence,
            TimestampNanos = operation.TimestampNanos,
            Buffer = operation.Buffer,
            OffsetBytes = operation.ContentOffsetBytes,
            SubjectBytes = operation.SubjectBytes,
            HeadersBytes = operation.HeadersBytes,
            StoredBytes = operation.StoredBytes,
            IsPacked = operation.IsPacked,
        };
    }

    public void Mark(LogPosition position, bool hasRemovals)
    {
        _position = position;
        _hasRemovals |= hasRemovals;
    }

    /// <summary>Takes what there is, under the index lock.</summary>
    /// <returns>Whether there is anything.</returns>
    public bool TryTake(out LogPosition position, out bool hasRemovals)
    {
        (position, hasRemovals) = (_position, _hasRemovals);
        if (position == LogPosition.None)
            return false;
        (_filling, _taken) = (_taken, _filling);
        (_fillingCount, _takenCount) = (0, _fillingCount);
        _position = LogPosition.None;
        _hasRemovals = false;
        return true;
    }

    /// <summary>What was taken; for the thread that took it, until <see cref="ClearTaken"/>.</summary>
    public Span<CommittedRecord> Taken => _taken.AsSpan(0, _takenCount);

    /// <summary>Lets go of the buffers that were taken.</summary>
    public void ClearTaken()
    {
        foreach (ref CommittedRecord record in Taken)
            record.Release();
        _takenCount = 0;
    }
}

using Rivulet.Storage.Indexing;

namespace Rivulet.Storage.Streams;

/// <summary>
/// Moves operations from the tail into the committed view once they are committed, in their order. One thread at a
/// time: the store's committer, or in a memory store whoever appends.
/// </summary>
internal sealed class StreamMerger(StreamCore core, CommitOutbox outbox)
{
    /// <summary>
    /// Most operations merged in one hold of the index lock, unless it is an atomic batch: some microseconds, so that an
    /// appender who comes meanwhile need not sleep.
    /// </summary>
    private const int SliceOperations = 16;

    /// <summary>Most messages that one operation removes in one hold of the index lock.</summary>
    private const int SliceRemovals = 1024;

    /// <summary>How many operations ahead memory is sent for: as many as the processor has on its way at once.</summary>
    private const int PrefetchedOperations = 4;

    private readonly StreamCore _core = core;
    private readonly CommitOutbox _outbox = outbox;

    // How far the first operation of the tail was applied, when it removes more than a slice.
    private int _applied;

    /// <summary>Applies everything up to a position.</summary>
    /// <param name="upTo">What is committed.</param>
    /// <param name="observed">Whether an observer wants to hear of it.</param>
    public void MergeUpTo(LogPosition upTo, bool observed)
    {
        while (MergeSlice(upTo, observed))
            BriefLock.GiveWay();
    }

    private bool MergeSlice(LogPosition upTo, bool observed)
    {
        _core.Gate.EnterBriefly();
        try
        {
            LogPosition previous = LogPosition.None;
            for (int i = 0; ; i++)
            {
                if (_core.IsClosed || _core.Tail.Count == 0 || _core.Tail.First.Position > upTo)
                    return false;
                ref readonly PendingOperation operation = ref _core.Tail.First;

                // The messages of an atomic batch have one position: no slice ends among them.
                if (i >= SliceOperations && operation.Position != previous)
                    return true;
                previous = operation.Position;
                PrefetchLater();
                if (!Apply(in operation, out bool removed))
                    return true;
                if (observed)
                {
                    if (operation.Kind == PendingKind.Message)
                        _outbox.Add(in operation);
                    _outbox.Mark(operation.Position, removed);
                }
                _core.Tail.RemoveFirst();
            }
        }
        finally
        {
            _core.Gate.Exit();
        }
    }

    /// <summary>
    /// Sends for what an operation a little later will look at. The appender has just changed it, so it lies in the cache of
    /// another processor.
    /// </summary>
    private void PrefetchLater()
    {
        if (_core.Tail.Count <= PrefetchedOperations)
            return;
        ref readonly PendingOperation operation = ref _core.Tail.At(PrefetchedOperations);
        if (operation.Kind == PendingKind.Message)
            _core.Committed.PrefetchCommit(operation.Sequence, operation.Dropped);
    }

    /// <returns>Whether the operation is applied whole.</returns>
    private bool Apply(in PendingOperation operation, out bool removed)
    {
        removed = operation.Kind is not (PendingKind.Mark or PendingKind.SkipTo or PendingKind.Message);
        switch (operation.Kind)
        {
            case PendingKind.Message:
                removed = ApplyMessage(in operation);
                return true;
            case PendingKind.RemoveOne:
                if (operation.Erase)
                    _core.Backend.Erase(operation.Sequence, in _core.Committed.Sequences[operation.Sequence]);
                Remove(operation.Sequence);
                return true;
            case PendingKind.RemoveList:
                return RemoveSliceOf(operation.Sequences!);
            case PendingKind.RemoveBelow:
                return RemoveSliceBelow(operation.Sequence);
            case PendingKind.RemoveAll:
                ReplaceIndex(operation.Sequence);
                return true;
            case PendingKind.SkipTo:
                _core.CommittedLast = Math.Max(_core.CommittedLast, operation.Sequence);
                if (operation.TimestampNanos != 0)
                    _core.CommittedLastTimestampNanos = operation.TimestampNanos;
                return true;
            case PendingKind.Delete:
                _core.BeginGeneration();
                while (_core.Committed.Successor is not null)
                    ReplaceIndex(ulong.MaxValue);
                _core.Expiry.Release();
                _core.IsDeletionCommitted = true;
                return true;
            default:
                return true;
        }
    }

    private bool ApplyMessage(in PendingOperation operation)
    {
        if (operation.Rollup == RollupScope.All)
            ReplaceIndex(operation.Sequence);
        StreamIndex index = _core.Committed;
        index.CommitAdd(operation.Sequence);
        _core.CommittedLast = operation.Sequence;
        _core.CommittedLastTimestampNanos = operation.TimestampNanos;
        if (operation.Rollup == RollupScope.Subject)
            RemoveOlder(index.Sequences[operation.Sequence].Subject, operation.Sequence);
        if (operation.Dropped != 0)
            Remove(operation.Dropped);
        while (index.First != 0 && index.First < operation.Floor)
            Remove(index.First);
        return operation.Rollup != RollupScope.None || operation.Dropped != 0 || operation.Floor != 0;
    }

    private void RemoveOlder(int subject, ulong before)
    {
        StreamIndex index = _core.Committed;
        while (index.Subjects[subject].First < before)
            Remove(index.Subjects[subject].First);
    }

    private void Remove(ulong sequence)
    {
        _core.Committed.CommitRemove(sequence);
        _core.Lost.Remove(sequence);
    }

    private bool RemoveSliceOf(List<ulong> sequences)
    {
        int end = Math.Min(sequences.Count, _applied + SliceRemovals);
        while (_applied < end)
            Remove(sequences[_applied++]);
        if (_applied < sequences.Count)
            return false;
        _applied = 0;
        return true;
    }

    private bool RemoveSliceBelow(ulong sequence)
    {
        StreamIndex index = _core.Committed;
        for (int i = 0; i < SliceRemovals; i++)
        {
            if (index.First == 0 || index.First >= sequence)
            {
                _core.Lost.RemoveBelow(sequence);
                return true;
            }
            Remove(index.First);
        }
        return false;
    }

    private void ReplaceIndex(ulong below)
    {
        _core.ReplaceCommitted();
        _core.Lost.RemoveBelow(below);
        _core.Backend.OnCleared(below);
    }
}

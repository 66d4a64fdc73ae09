using Rivulet.Storage.Indexing;

namespace Rivulet.Storage.Streams;

/// <summary>
/// Finds messages whose time has come: by the stream's maximum age, in the order of their sequences, and by an expiry
/// of their own. What it finds leaves the writer's view; the caller writes the removal down.
/// </summary>
internal sealed class StreamExpiry(StreamCore core)
{
    private readonly StreamCore _core = core;
    private readonly ExpiryQueue _queue = core.Expiry;

    // Due, and not to go yet. Empty between calls.
    private readonly List<(long AtNanos, ulong Sequence)> _postponed = [];

    // Everything below was looked at for its age: it is gone, or exempt. Under the index lock.
    private ulong _ageCursor;

    /// <summary>The maximum age changed: look at everything again.</summary>
    public void Restart() => _ageCursor = 0;

    /// <summary>Sweeps the list of deadlines when most of it is stale.</summary>
    public void SweepIfWanted()
    {
        if (_queue.WantsSweep)
            _queue.Sweep(new Presence(_core.Newest));
    }

    /// <summary>Takes what is due out of the writer's view.</summary>
    /// <param name="nowNanos">The time.</param>
    /// <param name="maxAgeNanos">The stream's maximum age.</param>
    /// <param name="max">Most messages to take.</param>
    /// <param name="ownUpTo">The highest sequence that may go by an expiry of its own.</param>
    /// <param name="expired">Receives what went.</param>
    public void Collect(long nowNanos, long maxAgeNanos, int max, ulong ownUpTo, List<ExpiredMessage> expired)
    {
        while (expired.Count < max && NextByAge(maxAgeNanos, out long deadlineNanos) is var sequence && sequence != 0 &&
            deadlineNanos <= nowNanos)
        {
            Take(sequence, expired);
        }
        while (expired.Count < max && _queue.NextNanos <= nowNanos)
        {
            (long atNanos, ulong due) = (_queue.NextNanos, _queue.NextSequence);
            _queue.RemoveNext();
            if (due > ownUpTo)
                _postponed.Add((atNanos, due));
            else if (_core.Newest.IsInTail(due))
                Take(due, expired);
        }
        foreach ((long atNanos, ulong due) in _postponed)
            _queue.Add(atNanos, due);
        _postponed.Clear();
    }

    /// <summary>Takes what a subject has below a sequence out of the writer's view.</summary>
    public void TakeOlder(ReadOnlySpan<byte> subjectKey, ulong before, List<ulong> sequences)
    {
        StreamIndex index = _core.Newest;
        int subject = index.Subjects.Find(subjectKey);
        if (subject == 0)
            return;
        for (ulong oldest = index.TailFirstOf(subject); oldest != 0 && oldest < before; oldest = index.TailFirstOf(subject))
        {
            index.TailRemove(oldest);
            sequences.Add(oldest);
        }
    }

    /// <summary>When something is due next, or <see cref="long.MaxValue"/>.</summary>
    public long NextDeadlineNanos(long maxAgeNanos)
    {
        while (_queue.NextNanos != long.MaxValue && !_core.Newest.IsInTail(_queue.NextSequence))
            _queue.RemoveNext();
        return NextByAge(maxAgeNanos, out long deadlineNanos) != 0
            ? Math.Min(deadlineNanos, _queue.NextNanos)
            : _queue.NextNanos;
    }

    /// <summary>The oldest message that maximum age applies to, or 0.</summary>
    private ulong NextByAge(long maxAgeNanos, out long deadlineNanos)
    {
        deadlineNanos = long.MaxValue;
        if (maxAgeNanos <= 0)
            return 0;
        StreamIndex index = _core.Newest;
        ulong sequence = index.TailNext(_ageCursor);
        while (sequence != 0 && index.Sequences[sequence].NeverExpires)
            sequence = index.TailNext(sequence + 1);
        _ageCursor = sequence == 0 ? _core.TailLast + 1 : sequence;
        if (sequence != 0)
            deadlineNanos = SaturatingAdd(index.Sequences[sequence].TimestampNanos, maxAgeNanos);
        return sequence;
    }

    private void Take(ulong sequence, List<ExpiredMessage> expired)
    {
        StreamIndex index = _core.Newest;
        int subject = index.Sequences[sequence].Subject;
        ulong newer = index.Sequences.NextInSubject(sequence);
        while (newer != 0 && index.Sequences[newer].IsTailRemoved)
            newer = index.Sequences.NextInSubject(newer);
        index.TailRemove(sequence);
        byte[] key = index.Subjects.KeyOf(subject).ToArray();
        expired.Add(new ExpiredMessage(sequence, key, index.TailCountOf(subject) == 0, newer));
    }

    private static long SaturatingAdd(long a, long b) => a > long.MaxValue - b ? long.MaxValue : a + b;

    private readonly struct Presence(StreamIndex index) : ExpiryQueue.IPresence
    {
        public bool IsPresent(ulong sequence) => index.IsInTail(sequence);
    }
}

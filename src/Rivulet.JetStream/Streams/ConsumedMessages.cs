using System.Diagnostics.CodeAnalysis;
using Rivulet.JetStream.Consumers;
using Rivulet.JetStream.Hosting;
using Rivulet.Protocol;
using Rivulet.Storage;

namespace Rivulet.JetStream.Streams;

/// <summary>
/// Removes the messages that a stream keeps for its consumers only, once no consumer needs them: of a work queue what was
/// acknowledged, of a stream with interest retention what every interested consumer has acknowledged.
/// </summary>
/// <remarks>
/// <para>
/// Whoever settles a message notes its sequence, under the gate of the consumer. The rest runs in slices, one run at a time: at once
/// on the receive loop of whoever acknowledged (<see cref="SettleFor"/>), everything else on the host's threads. It asks the ack states of the consumers who else needs the message, and appends the removals
/// under the stream's writer lock. Nothing is remembered per message.
/// </para>
/// <para>
/// A sweep asks the same about every message. It is needed where interest ends without an ack: when a consumer is deleted,
/// reads another filter or starts over, when a stream takes interest retention on, and after recovery. A message that no filter
/// matches goes only if it lies where a consumer was deleted or changed its filter, or before everything that is needed: a stream
/// that had other retention keeps it. A work queue has no sweeps: there only an ack removes, and those that recovery read back are
/// noted again.
/// </para>
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "The last run, after Stop, gives back what it read into.")]
internal sealed class ConsumedMessages
{
    private const int SliceMessages = 256;

    /// <summary>Slices of a sweep that is made at once, before the rest is left to the host's threads.</summary>
    private const int SlicesAtOnce = 16;

    /// <summary>With more consumers, those who match are looked up by the message's subject.</summary>
    private const int ConsumersAskedMax = 16;

    private readonly JetStreamStream _stream;
    private readonly WorkTurn _turn;
    private readonly Lock _gate = new();
    private readonly Queue<ulong> _settled = [];
    private readonly StoredMessage _message = new();
    private readonly List<Consumer> _consumers = [];
    private readonly List<Consumer> _matching = [];
    private readonly List<ulong> _batch = [];

    // The next sequence that a sweep looks at, 0 for no sweep, and the last one.
    private ulong _sweepNext;
    private ulong _sweepLast;

    // From here on a sweep takes what no filter matches, too.
    private ulong _unmatchedFrom = ulong.MaxValue;
    private bool _isSweepWaiting;

    // Of the run: whether a sweep has found nothing yet that is needed.
    private bool _isBeforeNeeded;

    /// <summary>For a stream; it removes nothing yet.</summary>
    public ConsumedMessages(JetStreamStream stream)
    {
        _stream = stream;
        _turn = new WorkTurn(stream.Account.Engine.Host.Work, Run);
    }

    /// <summary>The last removal. Under the writer lock.</summary>
    public LogPosition Position { get; private set; }

    /// <summary>Whether the stream keeps messages for its consumers only.</summary>
    public bool IsActive => _stream.Config.Retention != RetentionPolicy.Limits;

    private bool IsWorkQueue => _stream.Config.Retention == RetentionPolicy.WorkQueue;

    /// <summary>A consumer is done with a message. Any thread, under the consumer's gate or not.</summary>
    /// <param name="sequence">Which message.</param>
    /// <param name="wake">False if <see cref="SettleFor"/> follows.</param>
    public void Note(ulong sequence, bool wake = true)
    {
        if (!IsActive)
            return;
        lock (_gate)
            _settled.Enqueue(sequence);
        if (wake)
            _turn.Wake();
    }

    /// <summary>
    /// Removes here what was noted, as far as that is quickly done: whoever has acknowledged and then asks finds it gone, as the
    /// removal counts among what its connection waits for. With no lock held, on the receive loop.
    /// </summary>
    /// <param name="publisher">Who acknowledged; <c>null</c> for the server.</param>
    /// <param name="batch">Has the commit handed over when it is flushed.</param>
    /// <returns>Where the last removal was appended.</returns>
    public LogPosition SettleFor(PublisherContext? publisher, DeliveryBatch batch)
    {
        bool more = false;
        if (IsWorkQueue)
            more = RemoveTaken();
        else
            _turn.RunHere(timesMax: 1);
        if (more)
            _turn.Wake();
        LogPosition position;
        lock (_stream.WriterLock)
            position = Position;
        publisher?.Await(_stream.Account.Engine, position, _stream.IsDurable);
        batch.NoteAppended(_stream.Store, _stream.Account);
        return position;
    }

    /// <summary>
    /// Looks at all messages that are in the stream now, if it keeps what is of interest. Not under a consumer's gate.
    /// </summary>
    /// <param name="unmatchedFrom">Sequence from which on messages go that no filter matches.</param>
    public void Sweep(ulong unmatchedFrom = ulong.MaxValue)
    {
        if (TryBeginSweep(unmatchedFrom))
            _turn.Wake();
    }

    /// <summary>The same before this returns, as far as it is quickly done. With no lock held.</summary>
    /// <param name="unmatchedFrom">Sequence from which on messages go that no filter matches.</param>
    public void SweepAtOnce(ulong unmatchedFrom)
    {
        if (TryBeginSweep(unmatchedFrom))
            _turn.RunHere(SlicesAtOnce);
    }

    private bool TryBeginSweep(ulong unmatchedFrom)
    {
        if (_stream.Config.Retention != RetentionPolicy.Interest)
            return false;
        lock (_stream.WriterLock)
        {
            lock (_gate)
            {
                _sweepNext = 1;
                _sweepLast = _stream.Log.Tail.LastSequence;
                _unmatchedFrom = Math.Min(_unmatchedFrom, unmatchedFrom);
            }
        }

        return true;
    }

    /// <summary>Lets a sweep go on that waited for messages to be committed.</summary>
    public void OnCommitted()
    {
        if (Volatile.Read(ref _isSweepWaiting))
            _turn.Wake();
    }

    /// <summary>
    /// Under the writer lock: removes all that was acknowledged in a work queue so far. Before a consumer's record takes the
    /// place of the acks that were written down one by one, since recovery finds these removals by those acks.
    /// </summary>
    public void RemoveAcknowledged()
    {
        while (IsWorkQueue && TryTake(out ulong sequence))
            Remove(sequence);
    }

    /// <summary>Lets the last run give back what it read into, after the stream has stopped.</summary>
    public void Stop() => _turn.Wake();

    /// <returns>Whether there is more to do at once.</returns>
    private bool Run()
    {
        bool more = RunSlice();
        _stream.Store.DeliverCommits();
        return more;
    }

    /// <returns>Whether there is more to do at once.</returns>
    private bool RunSlice()
    {
        if (_stream.IsStopped || _stream.Store.Failure is not null)
        {
            _message.Dispose();
            return false;
        }

        if (IsWorkQueue)
            return RemoveTaken();
        if (!IsActive || _stream.Consumers.HasUnreadable)
        {
            Forget();
            return false;
        }

        _batch.Clear();
        while (_batch.Count < SliceMessages && TryTake(out ulong sequence))
            _batch.Add(sequence);
        int settled = _batch.Count;
        bool more = settled == SliceMessages;
        _stream.Consumers.CopyTo(_consumers);
        more |= CollectSwept(out ulong unmatchedFrom);
        for (int i = 0; i < _batch.Count; i++)
        {
            bool stays = i < settled ? IsNeeded(_batch[i], out _) : StaysInSweep(_batch[i], unmatchedFrom);
            if (stays)
                _batch[i] = 0;
        }

        RemoveBatch();
        _consumers.Clear();
        _matching.Clear();
        return more;
    }

    private bool TryTake(out ulong sequence)
    {
        lock (_gate)
            return _settled.TryDequeue(out sequence);
    }

    private void Forget()
    {
        lock (_gate)
        {
            _settled.Clear();
            _sweepNext = 0;
            _unmatchedFrom = ulong.MaxValue;
            Volatile.Write(ref _isSweepWaiting, false);
        }
    }

    /// <summary>Of a work queue. Taken and removed in one hold, so that nobody finds neither.</summary>
    private bool RemoveTaken()
    {
        lock (_stream.WriterLock)
        {
            if (_stream.IsStopped)
                return false;
            _stream.Origins.WriteDown();
            for (int count = 0; count < SliceMessages; count++)
            {
                if (!TryTake(out ulong sequence))
                    return false;
                Remove(sequence);
            }
        }

        return true;
    }

    private void RemoveBatch()
    {
        if (_batch.TrueForAll(static sequence => sequence == 0))
            return;
        lock (_stream.WriterLock)
        {
            if (_stream.IsStopped)
                return;
            _stream.Origins.WriteDown();
            foreach (ulong sequence in _batch)
            {
                if (sequence != 0)
                    Remove(sequence);
            }
        }
    }

    /// <summary>Under the writer lock.</summary>
    private void Remove(ulong sequence)
    {
        RemoveResult result = _stream.Log.Remove(sequence, erase: false);
        if (!result.Removed)
            return;
        Position = result.Position;
        _stream.Publishing.DependOn(result.Position);
        _stream.TrackUsage();
    }

    /// <summary>Adds the next messages of a sweep to the batch.</summary>
    /// <returns>Whether the sweep goes on at once.</returns>
    private bool CollectSwept(out ulong unmatchedFrom)
    {
        ulong next, last;
        lock (_gate)
            (next, last, unmatchedFrom) = (_sweepNext, _sweepLast, _consumers.Count == 0 ? 0 : _unmatchedFrom);
        if (next == 0)
            return false;
        _isBeforeNeeded |= next == 1;

        ulong from = next;
        ulong committed = _stream.Log.State.LastSequence;
        ulong end = Math.Min(Math.Min(last, committed), EverythingNeededFrom() - 1);
        for (int count = 0; count < SliceMessages && next <= end; count++)
        {
            ulong found = _stream.Log.FindNext(next, FilterSet.All);
            if (found == 0 || found > end)
            {
                next = end + 1;
                break;
            }

            _batch.Add(found);
            next = found + 1;
        }

        bool isAtEnd = next > end;
        bool waits = isAtEnd && end == committed && committed < last;
        lock (_gate)
        {
            // Another one may have begun meanwhile.
            if (_sweepNext != from || _sweepLast != last)
                return true;
            _sweepNext = isAtEnd && !waits ? 0 : next;
            _unmatchedFrom = _sweepNext == 0 ? ulong.MaxValue : _unmatchedFrom;
            Volatile.Write(ref _isSweepWaiting, waits);
        }

        return !isAtEnd || (waits && _stream.Log.State.LastSequence > committed);
    }

    /// <summary>The first sequence that some consumer of every subject has before it, and all after it.</summary>
    private ulong EverythingNeededFrom()
    {
        ulong first = ulong.MaxValue;
        foreach (Consumer consumer in _consumers)
        {
            lock (consumer.Gate)
            {
                if (consumer.Filters.MatchesAll)
                    first = Math.Min(first, consumer.NeedsAllFrom);
            }
        }

        return first;
    }

    private bool StaysInSweep(ulong sequence, ulong unmatchedFrom)
    {
        if (IsNeeded(sequence, out bool isRead))
        {
            _isBeforeNeeded = false;
            return true;
        }

        return sequence < unmatchedFrom && !_isBeforeNeeded && !IsMatched(sequence, isRead);
    }

    /// <summary>Whether any consumer reads the message's subject.</summary>
    private bool IsMatched(ulong sequence, bool isRead)
    {
        foreach (Consumer consumer in _consumers)
        {
            if (consumer.Filters.MatchesAll)
                return true;
        }

        if (!isRead && !TryRead(sequence, out bool keep))
            return !keep;
        return _stream.Consumers.HasInterest(_message.Subject);
    }

    /// <param name="sequence">Which message.</param>
    /// <param name="isRead">Whether it was read to find out.</param>
    private bool IsNeeded(ulong sequence, out bool isRead)
    {
        isRead = false;
        List<Consumer> asked = _consumers;
        if (_consumers.Count > ConsumersAskedMax)
        {
            if (!TryRead(sequence, out bool keep))
                return keep;
            isRead = true;
            _matching.Clear();
            _stream.Consumers.CopyMatching(_message.Subject, _matching);
            asked = _matching;
        }

        foreach (Consumer consumer in asked)
        {
            FilterSet filters;
            lock (consumer.Gate)
            {
                if (!consumer.Needs(sequence))
                    continue;
                filters = consumer.Filters;
            }

            if (filters.MatchesAll)
                return true;
            if (!isRead && !TryRead(sequence, out bool keep))
                return keep;
            isRead = true;
            if (filters.Matches(_message.Subject))
                return true;
        }

        return false;
    }

    /// <param name="sequence">Which message.</param>
    /// <param name="keep">If it cannot be read: whether it stays, since nobody can tell whose it is.</param>
    private bool TryRead(ulong sequence, out bool keep)
    {
        ReadStatus status = _stream.Log.Read(sequence, _message);
        keep = status is ReadStatus.Damaged or ReadStatus.Failed;
        return status == ReadStatus.Found;
    }
}

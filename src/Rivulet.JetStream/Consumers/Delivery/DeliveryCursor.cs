using System.Diagnostics;

namespace Rivulet.JetStream.Consumers.Delivery;

/// <summary>
/// Where in its stream a consumer reads next, and how many matching messages are still ahead of it. The count is kept as
/// messages arrive and are delivered; it is only counted anew when something else changed the stream.
/// </summary>
/// <remarks>
/// <para>
/// A consumer that starts with the last message of each subject has a list of sequences to go through first; everything
/// after the list is read in order, from <see cref="Next"/> on.
/// </para>
/// <para>
/// The reader may see a message before its arrival is reported here. <see cref="_countedUpTo"/> tells which messages the
/// count knows: one is taken off the count when it is delivered only if it was put on before, and put on when it arrives
/// only if it was not delivered before.
/// </para>
/// <para>Guarded by the consumer's lock.</para>
/// </remarks>
internal sealed class DeliveryCursor
{
    private readonly List<ulong> _arrivedWhileCounting = [];
    private List<ulong>? _list;
    private int _listAt;
    private long _pending;
    private ulong _countedUpTo;
    private bool _isCounting;

    /// <summary>Starts at a place.</summary>
    public DeliveryCursor(StartingPoint start) => MoveTo(start);

    /// <summary>Lowest sequence that was not looked at, the list aside.</summary>
    public ulong Next { get; private set; }

    /// <summary>Counts the moves by hand. What was read before one must not be delivered after it.</summary>
    public int Moves { get; private set; }

    /// <summary>Last sequence that was looked at, for clients that compare it with what they got.</summary>
    public ulong LastLookedAt { get; private set; }

    /// <summary>Matching messages that are still ahead.</summary>
    public ulong Pending => (ulong)Math.Max(0, _pending);

    /// <summary>How many of <see cref="Pending"/> are on the list.</summary>
    public int ListedCount => _list is null ? 0 : _list.Count - _listAt;

    /// <summary>The next sequence on the list.</summary>
    public bool TryPeekListed(out ulong sequence)
    {
        sequence = _list is null ? 0 : _list[_listAt];
        return _list is not null;
    }

    /// <summary>Whether a message that is ahead will be delivered: beside the list, not before <see cref="Next"/>.</summary>
    public bool Reaches(ulong sequence) =>
        _list is null || sequence >= Next || _list.BinarySearch(_listAt, ListedCount, sequence, null) >= 0;

    /// <summary>Goes somewhere else. The pending messages must be counted then.</summary>
    public void MoveTo(StartingPoint start)
    {
        Next = start.Next;
        _list = start.Listed is { Count: > 0 } ? start.Listed : null;
        _listAt = 0;
        LastLookedAt = (_list is null ? Next : _list[0]) - 1;
        Moves++;
    }

    /// <summary>Stays, but lets nothing be delivered that was read until now.</summary>
    public void Disturb() => Moves++;

    /// <summary>Goes past a message, whether it is delivered or passed over.</summary>
    public void Pass(ulong sequence)
    {
        if (_list is not null)
        {
            Debug.Assert(_list[_listAt] == sequence, $"{sequence} is not next on the list");
            LastLookedAt = sequence;
            _pending--;
            if (++_listAt == _list.Count)
            {
                _list = null;
                LastLookedAt = Next - 1;
            }

            return;
        }

        Debug.Assert(sequence >= Next, $"{sequence} was passed before");
        Next = sequence + 1;
        LastLookedAt = sequence;
        if (sequence <= _countedUpTo)
            _pending--;
    }

    /// <summary>Copies what is left of the list.</summary>
    public List<ulong> CopyListed() => _list is null ? [] : _list.GetRange(_listAt, ListedCount);

    /// <summary>Goes past messages that have left the stream.</summary>
    /// <param name="first">The first that may still be there.</param>
    public void Forget(ulong first)
    {
        Moves++;
        if (Next >= first)
            return;
        Next = first;
        if (_list is null)
            LastLookedAt = first - 1;
    }

    /// <summary>Takes messages that have left the stream off the list.</summary>
    public void DropListed(HashSet<ulong> gone)
    {
        if (_list is null)
            return;

        // Whoever has just read what is next on the list finds that it is not.
        if (gone.Contains(_list[_listAt]))
            Moves++;
        _list = _list.GetRange(_listAt, ListedCount);
        _listAt = 0;
        _pending -= _list.RemoveAll(gone.Contains);
        if (_list.Count > 0)
            return;
        _list = null;
        LastLookedAt = Next - 1;
    }

    /// <summary>Notes that nothing matches up to here.</summary>
    public void SkipTo(ulong sequence)
    {
        if (_list is not null || sequence < Next)
            return;
        Next = sequence + 1;
        LastLookedAt = sequence;
        if (_countedUpTo <= sequence && !_isCounting)
            _pending = 0;
    }

    /// <summary>Goes back before the message that was passed last.</summary>
    /// <param name="sequence">The message.</param>
    /// <param name="wasListed">Whether it was on the list.</param>
    public void StepBack(ulong sequence, bool wasListed)
    {
        LastLookedAt = sequence - 1;
        if (wasListed)
        {
            _pending++;
            if (_list is null)
                (_list, _listAt) = ([sequence], 0);
            else
                _listAt--;
            return;
        }

        Next = sequence;
        if (sequence <= _countedUpTo)
            _pending++;
    }

    /// <summary>Counts a matching message that was committed.</summary>
    public void Arrived(ulong sequence)
    {
        if (_isCounting)
        {
            _arrivedWhileCounting.Add(sequence);
            return;
        }

        if (sequence <= _countedUpTo)
            return;
        _countedUpTo = sequence;
        if (sequence >= Next)
            _pending++;
    }

    /// <summary>Prepares for a count from <see cref="Next"/> on, which is done outside of the lock.</summary>
    public void BeginCounting()
    {
        Debug.Assert(!_isCounting, "one count at a time");
        _isCounting = true;
    }

    /// <summary>Takes the result of a count over.</summary>
    /// <param name="from">Where it began.</param>
    /// <param name="count">Messages counted.</param>
    /// <param name="upTo">Last sequence that it covers.</param>
    public void EndCounting(ulong from, ulong count, ulong upTo)
    {
        Debug.Assert(_isCounting, "a count was begun");
        _isCounting = false;
        _pending = (long)count + ListedCount;
        _countedUpTo = upTo;
        if (from != Next)
        {
            // Someone moved the cursor meanwhile, and will count again.
            _arrivedWhileCounting.Clear();
            return;
        }

        foreach (ulong sequence in _arrivedWhileCounting)
            Arrived(sequence);
        _arrivedWhileCounting.Clear();
    }

    /// <summary>How many matching messages there are after one that is about to be passed.</summary>
    public ulong PendingAfter(ulong sequence) => (ulong)Math.Max(0, _pending - Own(sequence));

    /// <summary>Corrects the count before a message that is about to be passed.</summary>
    /// <param name="sequence">The message.</param>
    /// <param name="anyLeft">Whether there is any in the stream that matches, after it and after the list.</param>
    public void CorrectPending(ulong sequence, bool anyLeft)
    {
        long known = _list is not null ? ListedCount : Own(sequence);
        long rest = anyLeft ? Math.Max(1, _pending - known) : 0;
        _pending = known + rest;
    }

    // A message that the reader saw before its arrival was reported is not in the count yet.
    private int Own(ulong sequence) => _list is not null || sequence <= _countedUpTo ? 1 : 0;
}

using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Rivulet.Storage.Indexing;

/// <summary>Hears which records the index lets go of, so that their space can be given back.</summary>
internal interface IRecordSpace
{
    /// <summary>A record is not referred to any more. Under the index lock, with the index in order.</summary>
    void OnRemoved(int segment, int contentBytes);
}

/// <summary>
/// The messages of one stream, by sequence and by subject, in two views at once.
/// <para>
/// An operation goes through it twice: as part of the tail, when it is appended (<see cref="TailAdd"/>,
/// <see cref="TailRemove"/>), and again when it is committed (<see cref="CommitAdd"/>, <see cref="CommitRemove"/>), in
/// the same order. Between the two, the writer sees its effect and readers do not. A message that is added is present
/// from the first step on, above <see cref="VisibleLast"/>; one that is removed stays present until the second.
/// </para>
/// Invariants: a message is visible when it is present and at or below VisibleLast. A subject's chain links its
/// messages that are present, by ascending sequence. A subject without visible messages has an overlay, or is gone.
/// Not synchronised: the caller holds the stream's index lock.
/// </summary>
internal sealed class StreamIndex(SizeAccounting accounting, IRecordSpace? space, ulong hashSeed)
{
    private readonly SequenceTable _sequences = new();
    private readonly SubjectTable _subjects = new(hashSeed);
    private readonly Slab<SubjectOverlay> _overlays = new();
    private readonly SizeAccounting _accounting = accounting;
    private readonly IRecordSpace? _space = space;

    /// <summary>
    /// What takes this index's place once a removal of everything commits: it holds what was appended since.
    /// </summary>
    public StreamIndex? Successor { get; set; }

    public SequenceTable Sequences => _sequences;

    public SubjectTable Subjects => _subjects;

    /// <summary>Visible messages, and their accounted size.</summary>
    public ulong Messages { get; private set; }

    public ulong Bytes { get; private set; }

    /// <summary>The oldest visible message, or 0.</summary>
    public ulong First { get; private set; }

    /// <summary>The last sequence that was committed into this index; higher ones are the tail's.</summary>
    public ulong VisibleLast { get; private set; }

    /// <summary>Subjects that have a visible message.</summary>
    public ulong VisibleSubjects { get; private set; }

    /// <summary>Messages of the writer's view, and their accounted size.</summary>
    public ulong TailMessages { get; private set; }

    public ulong TailBytes { get; private set; }

    /// <summary>The oldest message of the writer's view, or 0.</summary>
    public ulong TailFirst { get; private set; }

    public bool IsVisible(ulong sequence) => sequence <= VisibleLast && _sequences.Has(sequence);

    public bool IsInTail(ulong sequence)
    {
        ref SequenceEntry entry = ref _sequences.Find(sequence);
        return !Unsafe.IsNullRef(ref entry) && !entry.IsTailRemoved;
    }

    public uint TailCountOf(int subject)
    {
        ref SubjectEntry entry = ref _subjects[subject];
        return entry.Overlay == 0 ? entry.Count : _overlays[entry.Overlay].TailCount;
    }

    public ulong TailFirstOf(int subject)
    {
        ref SubjectEntry entry = ref _subjects[subject];
        return entry.Overlay == 0 ? entry.First : _overlays[entry.Overlay].TailFirst;
    }

    public ulong TailLastOf(int subject)
    {
        ref SubjectEntry entry = ref _subjects[subject];
        return entry.Overlay == 0 ? entry.Last : _overlays[entry.Overlay].TailLast;
    }

    /// <summary>The next message of the writer's view at or above a sequence, or 0.</summary>
    public ulong TailNext(ulong sequence)
    {
        ulong found = _sequences.Next(sequence);
        while (found != 0 && _sequences[found].IsTailRemoved)
            found = _sequences.Next(found + 1);
        return found;
    }

    /// <summary>Adds a message to the writer's view. Its place is set later.</summary>
    /// <returns>The number of its subject.</returns>
    public int TailAdd(
        ulong sequence, ReadOnlySpan<byte> subjectKey, int contentBytes, bool hasHeaders, long timestampNanos)
    {
        int subject = _subjects.FindOrAdd(subjectKey);
        ref SubjectOverlay overlay = ref Overlay(subject);
        ulong previous = overlay.ChainLast;
        if (previous != 0)
            _sequences[previous].Next = sequence;

        ref SequenceEntry entry = ref _sequences.Add(sequence);
        entry.TimestampNanos = timestampNanos;
        entry.Previous = previous;
        entry.Subject = subject;
        entry.SetSize(contentBytes, hasHeaders, 0);

        overlay.ChainLast = sequence;
        overlay.TailLast = sequence;
        if (overlay.TailCount++ == 0)
            overlay.TailFirst = sequence;
        overlay.Pending++;
        if (TailMessages++ == 0)
            TailFirst = sequence;
        TailBytes += (ulong)_accounting.SizeOf(in entry);
        return subject;
    }

    /// <summary>Takes a message out of the writer's view; readers still see it.</summary>
    /// <returns>Whether it was there.</returns>
    public bool TailRemove(ulong sequence)
    {
        ref SequenceEntry entry = ref _sequences.Find(sequence);
        if (Unsafe.IsNullRef(ref entry) || entry.IsTailRemoved)
            return false;
        entry.SetFlag(EntryFlags.TailRemoved);
        TailMessages--;
        TailBytes -= (ulong)_accounting.SizeOf(in entry);

        ref SubjectOverlay overlay = ref Overlay(entry.Subject);
        overlay.Pending++;
        if (--overlay.TailCount == 0)
            overlay.TailFirst = overlay.TailLast = 0;
        else if (overlay.TailFirst == sequence)
            overlay.TailFirst = SurvivorBehind(entry.Next);
        else if (overlay.TailLast == sequence)
            overlay.TailLast = SurvivorBefore(entry.Previous);

        if (TailMessages == 0)
            TailFirst = 0;
        else if (TailFirst == sequence)
            TailFirst = TailNext(sequence + 1);
        return true;
    }

    /// <summary>Makes the next message of the tail visible.</summary>
    public void CommitAdd(ulong sequence)
    {
        Debug.Assert(sequence > VisibleLast, "commits follow the order of appends");
        ref SequenceEntry entry = ref _sequences[sequence];
        ref SubjectEntry subject = ref _subjects[entry.Subject];
        subject.Last = sequence;
        if (subject.Count++ == 0)
        {
            subject.First = sequence;
            VisibleSubjects++;
        }
        VisibleLast = sequence;
        if (Messages++ == 0)
            First = sequence;
        Bytes += (ulong)_accounting.SizeOf(in entry);
        Settle(entry.Subject);
    }

    /// <summary>Takes a message away that the tail has removed.</summary>
    public void CommitRemove(ulong sequence)
    {
        ref SequenceEntry entry = ref _sequences[sequence];
        Debug.Assert(entry.IsTailRemoved && sequence <= VisibleLast, "what is removed was visible, and the tail said so");
        int number = entry.Subject;
        ref SubjectEntry subject = ref _subjects[number];
        ref SubjectOverlay overlay = ref _overlays[subject.Overlay];
        if (entry.Previous != 0)
            _sequences[entry.Previous].Next = entry.Next;
        if (entry.Next != 0)
            _sequences[entry.Next].Previous = entry.Previous;
        else
            overlay.ChainLast = entry.Previous;

        if (--subject.Count == 0)
        {
            subject.First = subject.Last = 0;
            VisibleSubjects--;
        }
        else if (subject.First == sequence)
        {
            subject.First = entry.Next;
        }
        else if (subject.Last == sequence)
        {
            subject.Last = entry.Previous;
        }
        Messages--;
        Bytes -= (ulong)_accounting.SizeOf(in entry);
        (int segment, int contentBytes) = (entry.Segment, entry.ContentBytes);
        _sequences.Remove(sequence);
        if (First == sequence)
            First = Messages == 0 ? 0 : _sequences.Next(sequence + 1);
        Settle(number);
        _space?.OnRemoved(segment, contentBytes);
    }

    /// <summary>Forgets everything and gives the arrays back.</summary>
    public void Release() => _sequences.Release();

    /// <summary>One uncommitted operation fewer on a subject; without any, its overlay goes, and an empty subject too.</summary>
    private void Settle(int number)
    {
        ref SubjectEntry subject = ref _subjects[number];
        if (--_overlays[subject.Overlay].Pending > 0)
            return;
        _overlays.Free(subject.Overlay);
        subject.Overlay = 0;
        if (subject.Count == 0)
            _subjects.Remove(number);
    }

    private ref SubjectOverlay Overlay(int number)
    {
        if (_subjects[number].Overlay == 0)
        {
            int added = _overlays.Add();
            ref SubjectEntry subject = ref _subjects[number];
            subject.Overlay = added;
            _overlays[added] = new SubjectOverlay
            {
                TailFirst = subject.First,
                TailLast = subject.Last,
                TailCount = subject.Count,
                ChainLast = subject.Last,
            };
        }
        return ref _overlays[_subjects[number].Overlay];
    }

    private ulong SurvivorBehind(ulong sequence)
    {
        while (_sequences[sequence].IsTailRemoved)
            sequence = _sequences[sequence].Next;
        return sequence;
    }

    private ulong SurvivorBefore(ulong sequence)
    {
        while (_sequences[sequence].IsTailRemoved)
            sequence = _sequences[sequence].Previous;
        return sequence;
    }
}

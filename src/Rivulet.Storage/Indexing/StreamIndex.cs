using System.Diagnostics;
using System.Runtime.CompilerServices;
using Rivulet.Storage.Records;

namespace Rivulet.Storage.Indexing;

/// <summary>
/// Hears which records an index refers to, so that the space of the others can be given back. One for each index, under
/// its lock.
/// </summary>
internal interface IRecordSpace
{
    /// <summary>A record that has its place is referred to.</summary>
    void OnAdded(in SequenceEntry entry);

    /// <summary>A record is not referred to any more. The index is in order.</summary>
    void OnRemoved(in SequenceEntry entry);

    /// <summary>None is referred to any more: the whole index goes.</summary>
    void OnReleased();
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
internal sealed class StreamIndex(
    SizeAccounting accounting, IRecordSpace? space, ulong hashSeed, IndexMemory? memory = null)
{
    private const int OverlayChunkBits = 12;

    private readonly SequenceTable _sequences = new(memory);
    private readonly SubjectTable _subjects = new(hashSeed, memory);
    private readonly Slab<SubjectOverlay> _overlays = new(memory ?? IndexMemory.Unlimited, OverlayChunkBits);
    private readonly SizeAccounting _accounting = accounting;
    private readonly IRecordSpace? _space = space;

    public IRecordSpace? Space => _space;

    /// <summary>
    /// What takes this index's place once a removal of everything commits: it holds what was appended since.
    /// </summary>
    public StreamIndex? Successor { get; set; }

    /// <summary>What a message counts against the stream's limits.</summary>
    public SizeAccounting Accounting => _accounting;

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

    /// <summary>
    /// As of this sequence and later ones, every subject that has messages still has the one that was its newest, as far as
    /// this index has seen removals: the highest sequence of a message whose predecessor in its subject was removed.
    /// </summary>
    public ulong HeldFrom { get; private set; }

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

    /// <summary>Whether there is room for another message and another subject.</summary>
    public bool HasRoom => _subjects.HasRoom;

    public uint TailCountOf(int subject) =>
        _subjects.OverlayOf(subject) is var overlay && overlay == 0 ? _subjects[subject].Count : _overlays[overlay].TailCount;

    public ulong TailFirstOf(int subject) =>
        _subjects.OverlayOf(subject) is var overlay && overlay == 0 ? _subjects[subject].First : _overlays[overlay].TailFirst;

    public ulong TailLastOf(int subject) =>
        _subjects.OverlayOf(subject) is var overlay && overlay == 0 ? _subjects[subject].Last : _overlays[overlay].TailLast;

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
        ref SequenceEntry entry = ref AddEntry(sequence, subject, overlay.ChainLast);
        entry.TimestampNanos = timestampNanos;
        entry.SetSize(contentBytes, hasHeaders, default);

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
            overlay.TailFirst = SurvivorBehind(_sequences.NextInSubject(sequence, in entry));
        else if (overlay.TailLast == sequence)
            overlay.TailLast = SurvivorBefore(_sequences.PreviousInSubject(sequence, in entry));

        if (TailMessages == 0)
            TailFirst = 0;
        else if (TailFirst == sequence)
            TailFirst = TailNext(sequence + 1);
        return true;
    }

    /// <summary>Sends for the memory that committing a message, and the removal of the one it drops, will look at.</summary>
    public void PrefetchCommit(ulong sequence, ulong dropped)
    {
        ref SequenceEntry entry = ref _sequences.Find(sequence);
        if (!Unsafe.IsNullRef(ref entry))
            _subjects.PrefetchMessages(entry.Subject);
        if (dropped != 0)
            _sequences.Prefetch(dropped);
    }

    /// <summary>Makes the next message of the tail visible.</summary>
    public void CommitAdd(ulong sequence)
    {
        Debug.Assert(sequence > VisibleLast, "commits follow the order of appends");
        ref SequenceEntry entry = ref _sequences[sequence];
        SubjectMessages messages = _subjects[entry.Subject];
        if (messages.Count == 0)
            VisibleSubjects++;
        _subjects.SetMessages(entry.Subject, messages.With(sequence));
        VisibleLast = sequence;
        if (Messages++ == 0)
            First = sequence;
        Bytes += (ulong)_accounting.SizeOf(in entry);
        Settle(entry.Subject);
    }

    /// <summary>Takes a message away that the tail has removed.</summary>
    public void CommitRemove(ulong sequence)
    {
        SequenceEntry removed = Unlink(sequence, out ulong previous, out ulong next);
        Debug.Assert(removed.IsTailRemoved && sequence <= VisibleLast, "what is removed was visible, and the tail said so");
        int subject = removed.Subject;
        if (next == 0)
            _overlays[_subjects.OverlayOf(subject)].ChainLast = previous;
        Messages--;
        Bytes -= (ulong)_accounting.SizeOf(in removed);
        if (First == sequence)
            First = Messages == 0 ? 0 : _sequences.Next(sequence + 1);
        Settle(subject);
        _space?.OnRemoved(in removed);
    }

    /// <summary>
    /// Many additions follow by <see cref="ReplayAdd"/>; the index is empty. Until <see cref="EndReplay"/> the order of
    /// subjects costs whoever asks for it first.
    /// </summary>
    public void BeginReplay() => _subjects.Tree.Defer();

    /// <summary>Brings the subjects into order.</summary>
    public void EndReplay() => _subjects.Tree.Settle();

    /// <summary>
    /// Adds a message to both views at once, while there is no tail, as at recovery: what <see cref="TailAdd"/> and
    /// <see cref="CommitAdd"/> do together. Its place is set later.
    /// </summary>
    /// <returns>The number of its subject.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int ReplayAdd(
        ulong sequence, ReadOnlySpan<byte> subjectKey, ulong subjectHash, int contentBytes, bool hasHeaders, RecordShape shape,
        long timestampNanos)
    {
        Debug.Assert(_overlays.Count == 0 && sequence > VisibleLast, "recovery has no tail");
        int subject = _subjects.FindOrAdd(subjectKey, subjectHash);
        SubjectMessages messages = _subjects[subject];
        ref SequenceEntry entry = ref AddEntry(sequence, subject, messages.Last);
        entry.TimestampNanos = timestampNanos;
        entry.SetSize(contentBytes, hasHeaders, shape);
        if (messages.Count == 0)
            VisibleSubjects++;
        _subjects.SetMessages(subject, messages.With(sequence));
        VisibleLast = sequence;
        if (Messages++ == 0)
            First = sequence;
        Bytes += (ulong)_accounting.SizeOf(in entry);
        FollowCommitted();
        return subject;
    }

    /// <summary>Takes a message out of both views at once, while there is no tail.</summary>
    /// <returns>Whether it was there.</returns>
    public bool ReplayRemove(ulong sequence)
    {
        Debug.Assert(_overlays.Count == 0, "recovery has no tail");
        SequenceEntry removed = Unlink(sequence, out _, out _);
        int subject = removed.Subject;
        if (subject == 0)
            return false;
        Messages--;
        Bytes -= (ulong)_accounting.SizeOf(in removed);
        if (First == sequence)
            First = Messages == 0 ? 0 : _sequences.Next(sequence + 1);
        FollowCommitted();
        if (_subjects[subject].Count == 0)
            _subjects.Remove(subject);
        _space?.OnRemoved(in removed);
        return true;
    }

    /// <summary>A message that was added has its place and size by now.</summary>
    public void OnPlaced(in SequenceEntry entry) => _space?.OnAdded(in entry);

    /// <summary>
    /// Forgets everything and gives the memory back. Nobody else may be at it: under the stream's index lock, or once
    /// no stream refers to this index any more.
    /// </summary>
    public void Release()
    {
        _space?.OnReleased();
        _sequences.Release();
        _subjects.Release();
        _overlays.Release();
        (Messages, Bytes, First, VisibleSubjects) = (0, 0, 0, 0);
        (TailMessages, TailBytes, TailFirst) = (0, 0, 0);
    }

    private void FollowCommitted() => (TailMessages, TailBytes, TailFirst) = (Messages, Bytes, First);

    private ref SequenceEntry AddEntry(ulong sequence, int subject, ulong previous)
    {
        ref SequenceEntry entry = ref _sequences.Add(sequence, subject);
        if (previous != 0)
            _sequences.LinkNewest(previous, sequence, ref entry);
        return ref entry;
    }

    /// <summary>Takes a message out of the sequences, its subject's chain, and what is committed of the subject.</summary>
    /// <returns>What its entry was; one without a subject when it was not present, and nothing is changed.</returns>
    private SequenceEntry Unlink(ulong sequence, out ulong previous, out ulong next)
    {
        SequenceEntry removed = _sequences.Remove(sequence, out previous, out next);
        if (removed.Subject == 0)
            return removed;
        SubjectMessages messages = _subjects[removed.Subject];
        if (messages.Count == 1)
        {
            VisibleSubjects--;
            messages = default;
        }
        else
        {
            ulong first = messages.First == sequence ? next : messages.First;
            ulong last = messages.Last == sequence ? previous : messages.Last;
            messages = new SubjectMessages(first, last, messages.Count - 1);
        }
        _subjects.SetMessages(removed.Subject, in messages);
        HeldFrom = Math.Max(HeldFrom, next);
        return removed;
    }

    /// <summary>One uncommitted operation fewer on a subject; without any, its overlay goes, and an empty subject too.</summary>
    private void Settle(int subject)
    {
        int overlay = _subjects.OverlayOf(subject);
        if (--_overlays[overlay].Pending > 0)
            return;
        _overlays.Free(overlay);
        _subjects.SetOverlay(subject, 0);
        if (_subjects[subject].Count == 0)
            _subjects.Remove(subject);
    }

    private ref SubjectOverlay Overlay(int subject)
    {
        int overlay = _subjects.OverlayOf(subject);
        if (overlay != 0)
            return ref _overlays[overlay];
        overlay = _overlays.Add();
        _subjects.SetOverlay(subject, overlay);
        SubjectMessages messages = _subjects[subject];
        ref SubjectOverlay added = ref _overlays[overlay];
        added = new SubjectOverlay
        {
            TailFirst = messages.First,
            TailLast = messages.Last,
            TailCount = messages.Count,
            ChainLast = messages.Last,
        };
        return ref added;
    }

    private ulong SurvivorBehind(ulong sequence)
    {
        while (_sequences[sequence].IsTailRemoved)
            sequence = _sequences.NextInSubject(sequence);
        return sequence;
    }

    private ulong SurvivorBefore(ulong sequence)
    {
        while (_sequences[sequence].IsTailRemoved)
            sequence = _sequences.PreviousInSubject(sequence);
        return sequence;
    }
}

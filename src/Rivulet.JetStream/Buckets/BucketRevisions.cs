using Rivulet.JetStream.Consumers.State;
using Rivulet.JetStream.Streams;
using Rivulet.Protocol;
using Rivulet.Storage;

namespace Rivulet.JetStream.Buckets;

/// <summary>
/// Knows of a bucket as of which revisions it can be read, and from which a watch can go on: what the messages that are left
/// do not say, because what is gone left none. Each such removal is noted in the stream's log ahead of the removal itself, so
/// that a power cut between the two costs an error and never a change that nobody hears of.
/// </summary>
/// <remarks>
/// Removals are noted under the stream's writer lock; any thread may ask. Values that newer ones replace are the index's
/// business (<see cref="SubjectPage.HeldFrom"/>); what of them recovery cannot know is found out by <see cref="LookBack"/>,
/// when it is asked for first.
/// </remarks>
internal sealed class BucketRevisions
{
    private const ulong UnknownFloor = ulong.MaxValue;

    private readonly JetStreamStream _stream;
    private readonly VarintWriter _record = new();
    private volatile Noted _noted = new(BucketFloors.None, LogPosition.None, 0);

    // The last sequence that recovery found, and as of which one it is whole as far as recovery could not know: UnknownFloor
    // until somebody asks. What was removed before recovery was replaced by what recovery found, so the second is not above
    // the first.
    private ulong _recoveredLast;
    private ulong _lookBackFloor;

    public BucketRevisions(JetStreamStream stream) => _stream = stream;

    /// <summary>What was removed, uncommitted removals included: for whoever has to refuse.</summary>
    public BucketFloors Floors => _noted.Floors;

    /// <summary>
    /// How often values have gone silently, as far as that is committed: for whoever is told. Asked for before what it is told
    /// with is looked at, it is never more than what that shows.
    /// </summary>
    public ulong Removals => RemovalsOf(Ended());

    /// <summary>Why removals of a stream cannot be remembered; <c>null</c> if they can.</summary>
    public static string? WhyNot(StreamConfig config) => config switch
    {
        { Mirror: not null } => "it is a mirror",
        { Retention: not RetentionPolicy.Limits } => "values are kept for consumers only",
        { AllowSchedules: true } => "it has schedules",
        { Discard: not DiscardPolicy.New } and ({ MaxMessages: > 0 } or { MaxBytes: > 0 }) => "it discards old values when it is full",
        _ => null,
    };

    /// <summary>Whether a change of configuration may remove messages, or let more be kept than were.</summary>
    public static bool MayRemove(StreamConfig before, StreamConfig after) =>
        (before.Mirror is null) != (after.Mirror is null)
        || before.MaxMessagesPerSubject != after.MaxMessagesPerSubject
        || before.MaxMessages != after.MaxMessages
        || before.MaxBytes != after.MaxBytes
        || before.MaxAgeNanos != after.MaxAgeNanos
        || before.Discard != after.Discard
        || before.Retention != after.Retention;

    /// <summary>Under the writer lock, before the stream takes messages: reads back what was noted.</summary>
    public void Recover()
    {
        BucketFloors? floors = null;
        foreach (StreamAttachment attachment in _stream.Log.Attachments)
        {
            if (attachment.Key == BucketFloors.AttachmentKey)
                floors = BucketFloors.TryRead(attachment.Value.Span);
        }

        ulong last = _stream.Log.Tail.LastSequence;
        bool isNoted = floors is not null;
        floors ??= last == 0 ? BucketFloors.None : BucketFloors.Unknown(last);
        _noted = new Noted(floors, LogPosition.None, floors.Removals);
        if (!isNoted)
            Note(floors);
        (_recoveredLast, _lookBackFloor) = (last, last == 0 ? 0 : UnknownFloor);
    }

    /// <summary>Under the writer lock: anything may go next, as by a purge, a deleted message or a lower limit.</summary>
    public void OnRemoving() => Note(Floors.WithSilent(_stream.Log.Tail.LastSequence));

    /// <summary>Under the writer lock: a purge comes next.</summary>
    /// <param name="filter">Which subjects; empty is all.</param>
    /// <param name="keep">How many of the newest matching messages stay.</param>
    public void OnPurging(ReadOnlySpan<byte> filter, ulong keep)
    {
        ulong newest = _stream.Log.TailLastSequenceOf(filter);
        if (newest == 0)
            return;
        bool keepsNewest = keep > 0 && !filter.IsEmpty && Subject.IsLiteral(filter);
        BucketFloors floors = keepsNewest
            ? Floors.WithReplaced(newest)
            : Floors.WithSilent(_stream.Log.Tail.LastSequence);
        if (floors != Floors)
            Note(floors);
    }

    /// <summary>Under the writer lock: the message that is stored next takes the place of all others.</summary>
    public void OnReplacingAll() => Note(Floors.WithSilent(_stream.Log.Tail.LastSequence + 1));

    /// <summary>Under the writer lock: these messages go next, and leave no markers but those that are due.</summary>
    /// <param name="expired">What goes.</param>
    /// <param name="leavesMarker">
    /// Whether the last message of its subject leaves a marker; of one that does not, where markers are left, it is known that it
    /// is a deletion itself. <c>null</c> where no markers are left.
    /// </param>
    public void OnExpiring(IReadOnlyList<ExpiredMessage> expired, Func<ExpiredMessage, bool>? leavesMarker)
    {
        BucketFloors floors = Floors;
        bool isSilent = false;
        foreach (ExpiredMessage message in expired)
        {
            if (message.Newer != 0)
                floors = floors.WithReplaced(message.Newer);
            else if (!message.WasLastOfSubject || leavesMarker is null)
                isSilent = true;
            else if (!leavesMarker(message))
                floors = floors.WithMarked(message.Sequence);
        }

        if (isSilent)
            floors = floors.WithSilent(_stream.Log.Tail.LastSequence);
        if (floors != Floors)
            Note(floors);
    }

    /// <summary>The lowest revision as of which a page that was just found is exact. Looks back first if that is due.</summary>
    public ulong HeldFrom(SubjectPage page) => Math.Max(Math.Max(page.HeldFrom, LookBack()), Floors.HeldFrom);

    /// <summary>
    /// What the index cannot know after recovery: which subjects had lost older messages before. One that is as full as it may
    /// be has lost those before its oldest, as far as anybody knows; so has one whose oldest took the place of all before it.
    /// Other removals were noted.
    /// </summary>
    private ulong LookBack()
    {
        ulong floor = Volatile.Read(ref _lookBackFloor);
        if (floor != UnknownFloor)
            return floor;

        // Two threads may look at the same time, and find what is true.
        floor = Math.Min(FindLookBackFloor(), _recoveredLast);
        Volatile.Write(ref _lookBackFloor, floor);
        return floor;
    }

    private ulong FindLookBackFloor()
    {
        long max = _stream.Config.MaxMessagesPerSubject;
        if (max == 1)
            return _recoveredLast;
        ulong floor = 0;
        var withHeaders = new List<ulong>();
        using (SubjectWalk walk = _stream.Log.Subjects(FilterSet.All))
        {
            while (walk.MoveNext())
            {
                ulong oldest = walk.First;
                if (oldest <= floor)
                    continue;
                if (max > 0 && walk.Count >= (ulong)max)
                    floor = oldest;
                else if (_stream.Log.FindNextWithHeaders(oldest) == oldest)
                    withHeaders.Add(oldest);
            }
        }

        return HighestRollup(withHeaders, floor);
    }

    private ulong HighestRollup(List<ulong> withHeaders, ulong floor)
    {
        using var message = new StoredMessage();
        withHeaders.Sort();
        for (int i = withHeaders.Count - 1; i >= 0 && withHeaders[i] > floor; i--)
        {
            ReadStatus status = _stream.Log.Read(withHeaders[i], message);
            bool isPlain = status == ReadStatus.Found && !new HeaderBlock(message.Headers).TryGet("Nats-Rollup"u8, out _);
            if (!isPlain)
                return withHeaders[i];
        }

        return floor;
    }

    private void Note(BucketFloors floors)
    {
        // What was noted a moment ago may belong to the same removal.
        Noted last = _noted;
        ulong before = last.IsUnderWay ? last.RemovalsBefore : RemovalsOf(last);
        floors.Write(_record);
        LogPosition position = _stream.Log.SetAttachment(BucketFloors.AttachmentKey, _record.Written);
        _noted = new Noted(floors, position, before, IsUnderWay: true);
    }

    /// <summary>Under the writer lock: leaves what was noted for whoever takes the stream up next while the store stays open.</summary>
    public void Leave()
    {
        if (_record.Length > 0)
            _stream.Log.LeaveAttachment(BucketFloors.AttachmentKey, _record.Written);
    }

    private ulong RemovalsOf(Noted noted) =>
        noted.Position <= _stream.Store.Committed ? noted.Floors.Removals : noted.RemovalsBefore;

    /// <summary>
    /// What was noted last, with the place of the removal itself, which may be committed long after the note of it. Whoever removes
    /// holds the writer lock from one to the other.
    /// </summary>
    private Noted Ended()
    {
        Noted noted = _noted;
        if (!noted.IsUnderWay)
            return noted;
        lock (_stream.WriterLock)
        {
            noted = _noted;
            if (noted.IsUnderWay)
            {
                LogPosition removal = LogPosition.Max(noted.Position, _stream.Publishing.LastAppended);
                _noted = noted = noted with { Position = removal, IsUnderWay = false };
            }

            return noted;
        }
    }

    private sealed record Noted(BucketFloors Floors, LogPosition Position, ulong RemovalsBefore, bool IsUnderWay = false);
}

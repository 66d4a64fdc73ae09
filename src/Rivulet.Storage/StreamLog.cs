using Rivulet.Protocol;

namespace Rivulet.Storage;

/// <summary>
/// The messages of one stream.
/// <para>
/// <b>Writer side.</b> The caller holds a lock of its own, one per stream, around every member marked as such. They
/// never wait for the disk, and see the uncommitted tail: what was appended and is not committed yet. A removal is
/// written down as a fact when it is decided; nothing is decided again at recovery.
/// </para>
/// <para>
/// <b>Reader side.</b> From any thread. Readers see what is committed and nothing else: a value that is being replaced
/// stays visible until the commit of what replaces it. They never wait for a writer's disk.
/// </para>
/// Sequences start at 1 and are given out once; 0 stands for none.
/// </summary>
public abstract class StreamLog
{
    /// <summary>The name of the stream.</summary>
    public abstract StreamIdentity Identity { get; }

    /// <summary>The opaque configuration last given, committed or not.</summary>
    public abstract ReadOnlyMemory<byte> Configuration { get; }

    /// <summary>The limits last given, committed or not.</summary>
    public abstract StreamLimits Limits { get; }

    /// <summary>When the stream was created, in nanoseconds since the Unix epoch.</summary>
    public abstract long CreatedNanos { get; }

    /// <summary>Hears of the stream's commits; may be set once, before the first append or right after recovery.</summary>
    public IStreamObserver? Observer { get; set; }

    /// <summary>
    /// What a message counts against the stream's byte limit, by the accounting of this kind of store.
    /// </summary>
    /// <param name="subjectBytes">Length of its subject.</param>
    /// <param name="headersBytes">Length of its header block; 0 for none.</param>
    /// <param name="payloadBytes">Length of its payload.</param>
    public abstract long AccountedSizeBytes(int subjectBytes, int headersBytes, int payloadBytes);

    /// <summary>Writer side: the counters, the uncommitted tail included.</summary>
    public abstract StreamCounters Tail { get; }

    /// <summary>Writer side: the highest sequence of a message that matches, the uncommitted tail included.</summary>
    /// <param name="subjectOrFilter">A literal subject or a filter with wildcards.</param>
    /// <returns>The sequence, or 0.</returns>
    public abstract ulong TailLastSequenceOf(ReadOnlySpan<byte> subjectOrFilter);

    /// <summary>
    /// Writer side: once this is committed, no sequence that was given out so far is ever given out again, whatever
    /// becomes of its message. With <see cref="StreamLimits.ReserveSequences"/> that is long before the messages are.
    /// </summary>
    public abstract LogPosition ReservationPosition { get; }

    /// <summary>Writer side: appends a message, and with it whatever its rollup and the limits remove.</summary>
    /// <param name="message">The message.</param>
    public abstract AppendResult Append(in NewMessage message);

    /// <summary>
    /// Writer side: appends messages as one. They have consecutive sequences; readers see them all at once with what
    /// they remove, observers hear of them in one call, and after a crash they are all there or none is. The limits
    /// apply as if each were appended in turn, and are asked beforehand: when one message would be refused, nothing is
    /// appended.
    /// </summary>
    /// <param name="messages">The messages, at least one. A batch lies in memory until it is committed.</param>
    public abstract BatchResult AppendBatch(ReadOnlySpan<BatchMessage> messages);

    /// <summary>Writer side: removes one message.</summary>
    /// <param name="sequence">Which.</param>
    /// <param name="erase">
    /// Whether a file store overwrites its headers and payload once the removal is committed, rather than leave them
    /// unreferenced in the log.
    /// </param>
    public abstract RemoveResult Remove(ulong sequence, bool erase);

    /// <summary>Writer side: removes messages.</summary>
    /// <param name="filter">Which subjects; empty is all.</param>
    /// <param name="beforeSequence">Only messages below this sequence; 0 is no bound.</param>
    /// <param name="keep">How many of the newest matching messages stay; not together with a bound.</param>
    public abstract PurgeResult Purge(ReadOnlySpan<byte> filter, ulong beforeSequence, ulong keep);

    /// <summary>Writer side: replaces configuration and limits. Lower limits apply at once.</summary>
    /// <param name="configuration">Opaque bytes.</param>
    /// <param name="limits">What the store is to enforce.</param>
    public abstract LogPosition Configure(ReadOnlySpan<byte> configuration, StreamLimits limits);

    /// <summary>Writer side: lets the next message have this sequence, leaving a gap. A lower one changes nothing.</summary>
    /// <param name="nextSequence">The next sequence.</param>
    /// <param name="timestampNanos">
    /// When the last of what was skipped came, in nanoseconds since the Unix epoch; 0 leaves the stream's last timestamp.
    /// </param>
    public abstract LogPosition SkipTo(ulong nextSequence, long timestampNanos = 0);

    /// <summary>Writer side: deletes the stream with everything it holds. Nothing may be appended afterwards.</summary>
    public abstract LogPosition Delete();

    /// <summary>
    /// Writer side: removes messages whose own expiry or maximum age has come. Whoever calls it repeats the call at the
    /// deadline that it returns, and after every append that brings an earlier one.
    /// </summary>
    /// <param name="nowNanos">The time, in nanoseconds since the Unix epoch.</param>
    /// <param name="max">Most messages to remove in this call.</param>
    /// <param name="beforeRemoval">
    /// Called with what goes before its removal is appended, with no lock of the store held: readers still find these
    /// messages during the call, however soon the next commit comes. May set attachments, and appends nothing else.
    /// </param>
    /// <param name="takesOlder">
    /// Called before that, with no lock of the store held, for each message that was the newest of its subject and leaves older
    /// ones behind: whether they go with it, in the same record. Asked only about what readers find: with this, a message does
    /// not expire before it is committed.
    /// </param>
    public abstract ExpireResult Expire(
        long nowNanos,
        int max,
        Action<IReadOnlyList<ExpiredMessage>>? beforeRemoval = null,
        Func<ExpiredMessage, bool>? takesOlder = null);

    /// <summary>Writer side: sets an attachment, which drops the changes appended to it.</summary>
    /// <param name="key">Its name within the stream.</param>
    /// <param name="value">Opaque bytes.</param>
    public abstract LogPosition SetAttachment(string key, ReadOnlySpan<byte> value);

    /// <summary>Writer side: appends a change to an attachment.</summary>
    /// <param name="key">Its name within the stream.</param>
    /// <param name="delta">Opaque bytes.</param>
    public abstract LogPosition AppendAttachmentDelta(string key, ReadOnlySpan<byte> delta);

    /// <summary>Writer side: removes an attachment.</summary>
    /// <param name="key">Its name within the stream.</param>
    public abstract LogPosition RemoveAttachment(string key);

    /// <summary>
    /// Writer side: leaves behind what an attachment amounts to now, for whoever takes the stream up next while the store stays open:
    /// <see cref="Attachments"/> has it until it is set or removed. Nothing is appended.
    /// </summary>
    /// <param name="key">Its name within the stream.</param>
    /// <param name="value">What its value and the changes to it in the log lead to; copied.</param>
    public abstract void LeaveAttachment(string key, ReadOnlySpan<byte> value);

    /// <summary>
    /// The attachments as they were when the store was opened. One that is set or removed afterwards leaves this list:
    /// its owner knows it better.
    /// </summary>
    public abstract IEnumerable<StreamAttachment> Attachments { get; }

    /// <summary>Reader side: the state of the stream.</summary>
    public abstract StreamState State { get; }

    /// <summary>Reader side: reads one message.</summary>
    /// <param name="sequence">Which.</param>
    /// <param name="into">Receives it.</param>
    public abstract ReadStatus Read(ulong sequence, StoredMessage into);

    /// <summary>Reader side: reads the newest message that matches.</summary>
    /// <param name="subjectOrFilter">A literal subject or a filter with wildcards; empty is everything.</param>
    /// <param name="into">Receives it.</param>
    public abstract ReadStatus ReadLast(ReadOnlySpan<byte> subjectOrFilter, StoredMessage into);

    /// <summary>Reader side: reads the oldest message that matches, from a sequence on.</summary>
    /// <param name="fromSequence">The lowest sequence to look at.</param>
    /// <param name="filter">Which subjects.</param>
    /// <param name="into">Receives it. On damage only its sequence is set, so that the caller can go on behind it.</param>
    public abstract ReadStatus ReadNext(ulong fromSequence, FilterSet filter, StoredMessage into);

    /// <summary>Reader side: the lowest sequence at or above <paramref name="fromSequence"/> that matches, or 0.</summary>
    /// <param name="fromSequence">The lowest sequence to look at.</param>
    /// <param name="filter">Which subjects.</param>
    public abstract ulong FindNext(ulong fromSequence, FilterSet filter);

    /// <summary>
    /// Reader side: the lowest sequence at or above <paramref name="fromSequence"/> of a message that has headers, or 0.
    /// Reads no message.
    /// </summary>
    /// <param name="fromSequence">The lowest sequence to look at.</param>
    public abstract ulong FindNextWithHeaders(ulong fromSequence);

    /// <summary>Reader side: the highest sequence at or below <paramref name="upToSequence"/> that matches, or 0.</summary>
    /// <param name="subjectOrFilter">A literal subject or a filter with wildcards; empty is everything.</param>
    /// <param name="upToSequence">The highest sequence to look at.</param>
    public abstract ulong FindLast(ReadOnlySpan<byte> subjectOrFilter, ulong upToSequence);

    /// <summary>
    /// Reader side: the first message whose timestamp is not before <paramref name="timestampNanos"/>; last + 1 when
    /// there is none.
    /// </summary>
    /// <param name="timestampNanos">Nanoseconds since the Unix epoch.</param>
    public abstract ulong FindByTime(long timestampNanos);

    /// <summary>Reader side: counts what a consumer at this place still has to deliver.</summary>
    /// <param name="fromSequence">The lowest sequence to count.</param>
    /// <param name="filter">Which subjects.</param>
    /// <param name="lastPerSubject">Whether only the last message of each subject counts.</param>
    /// <returns>The count, and the last committed sequence that it covers.</returns>
    public abstract (ulong Count, ulong Upto) CountPending(ulong fromSequence, FilterSet filter, bool lastPerSubject);

    /// <summary>
    /// Reader side: for each subject that matches, the sequence of its last message at or below
    /// <paramref name="upToSequence"/>.
    /// </summary>
    /// <param name="filter">Which subjects.</param>
    /// <param name="upToSequence">The highest sequence to look at.</param>
    /// <param name="max">Most sequences to collect.</param>
    /// <param name="into">Receives the sequences, ascending.</param>
    /// <returns>How many subjects were found; max + 1 when there were more than <paramref name="max"/>.</returns>
    public abstract int LastPerSubject(FilterSet filter, ulong upToSequence, int max, List<ulong> into);

    /// <summary>Reader side: walks subjects in byte order.</summary>
    /// <param name="filter">Which subjects.</param>
    public abstract SubjectWalk Subjects(FilterSet filter);

    /// <summary>
    /// Reader side: subjects in byte order with the newest message of each as of a sequence, as one look finds them all. Costs
    /// what is found, and a step or two for each distinct token at a wildcard that others follow.
    /// </summary>
    /// <param name="range">Which subjects.</param>
    /// <param name="upToSequence">The highest sequence to look at.</param>
    /// <param name="max">Most subjects to find; fewer are found where many must be passed over.</param>
    /// <param name="into">Receives them, and where to go on.</param>
    public abstract void FindSubjects(in SubjectRange range, ulong upToSequence, int max, SubjectPage into);

    /// <summary>Reader side: the same for subjects by their names; one that has no message is there without a sequence.</summary>
    /// <param name="subjects">Literal subjects, so many that they are looked up in one go.</param>
    /// <param name="upToSequence">The highest sequence to look at.</param>
    /// <param name="into">Receives them, in the same order.</param>
    public abstract void FindSubjects(
        IReadOnlyList<ReadOnlyMemory<byte>> subjects, ulong upToSequence, SubjectPage into);

    /// <summary>
    /// Reader side: reads a message that a page found, also if it was removed since, as long as its bytes are there.
    /// </summary>
    /// <param name="page">The page.</param>
    /// <param name="index">Which of its subjects.</param>
    /// <param name="into">Receives it.</param>
    /// <returns><see cref="ReadStatus.NotFound"/> also if it was removed, and its bytes are gone.</returns>
    public abstract ReadStatus Read(SubjectPage page, int index, StoredMessage into);

    /// <summary>Reader side: sequences between the first and the last that hold no message.</summary>
    /// <param name="fromSequence">The lowest sequence to look at.</param>
    /// <param name="max">Most sequences to collect.</param>
    /// <param name="into">Receives the sequences, ascending.</param>
    /// <returns>How many were added.</returns>
    public abstract int DeletedSequences(ulong fromSequence, int max, List<ulong> into);
}

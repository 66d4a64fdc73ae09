using System.Runtime.CompilerServices;
using Rivulet.Storage.Indexing;
using Rivulet.Storage.Records;

namespace Rivulet.Storage.Streams;

/// <summary>
/// The steps of an append that a message and a batch have in common. Under the stream's index lock, except for
/// <see cref="ThrowIfTooLarge"/>.
/// </summary>
internal sealed class AppendSteps(StreamCore core, TimeProvider time)
{
    private readonly StreamCore _core = core;
    private readonly TimeProvider _time = time;

    public long NowNanos => StoreClock.NowNanos(_time);

    public static void ThrowIfTooLarge(in NewMessage message)
    {
        long contentBytes = (long)message.Subject.Length + message.Headers.Length + message.Payload.Length;
        if (message.Subject.Length > SubjectRecords.MaxKeyBytes || contentBytes > SequenceEntry.MaxContentBytes)
            throw new ArgumentException($"a message of {contentBytes} bytes is beyond what a record can hold", nameof(message));
        if (message.Subject.IsEmpty)
            throw new ArgumentException("a message needs a subject", nameof(message));
    }

    public void ThrowIfDeleted()
    {
        if (_core.IsDeleted)
            throw new InvalidOperationException($"stream {_core.Identity} was deleted");
    }

    /// <summary>Enters a message into the writer's view, and decides what its rollup and the limits remove.</summary>
    /// <param name="record">The message; what it removes is filled in.</param>
    /// <param name="limits">Of the stream.</param>
    /// <returns>The index that holds it.</returns>
    public StreamIndex Decide(ref MessageRecord record, StreamLimits limits)
    {
        if (record.Rollup == RollupScope.All)
            _core.BeginGeneration();
        StreamIndex index = _core.Newest;
        int subject = index.TailAdd(
            record.Sequence, record.Subject, record.ContentBytes, !record.Headers.IsEmpty, record.TimestampNanos);
        if (record.Rollup == RollupScope.Subject)
            RemoveOlder(index, subject, record.Sequence);
        else if (limits.MaxMessagesPerSubject > 0)
            record.Dropped = DropOldest(index, subject, limits.MaxMessagesPerSubject);
        if (!limits.DiscardNew)
            record.Floor = TrimToLimits(index, limits);
        return index;
    }

    /// <summary>The record has its place.</summary>
    public static void SetPlace(StreamIndex index, in MessageRecord record, in RecordPlace place)
    {
        ref SequenceEntry entry = ref index.Sequences[record.Sequence];
        entry.SetPlace(place.Segment, place.OffsetBytes);
        entry.SetSize(record.ContentBytes, !record.Headers.IsEmpty, place.Shape);
        if (record.ExpiresAtNanos == long.MaxValue)
            entry.SetFlag(EntryFlags.NeverExpires);
        index.OnPlaced(in entry);
    }

    /// <summary>The record is in the log: leaves its operation for the commit.</summary>
    public void Finish(in MessageRecord record, in RecordPlace place, LogPosition position)
    {
        if (record.ExpiresAtNanos is not (0 or long.MaxValue))
            _core.Expiry.Add(record.ExpiresAtNanos, record.Sequence);
        _core.TailLast = record.Sequence;
        _core.TailLastTimestampNanos = record.TimestampNanos;
        _core.AddToTail(new PendingOperation
        {
            Kind = PendingKind.Message,
            Rollup = record.Rollup,
            Sequence = record.Sequence,
            Dropped = record.Dropped,
            Floor = record.Floor,
            TimestampNanos = record.TimestampNanos,
            Position = position,
            SubjectBytes = (ushort)record.Subject.Length,
            HeadersBytes = record.Headers.Length,
            StoredBytes = place.IsPacked ? record.StoredBytes : record.ContentBytes,
            IsPacked = place.IsPacked,
            ContentOffsetBytes = place.ContentOffsetBytes,
            Buffer = place.Buffer,
        });
    }

    private static void RemoveOlder(StreamIndex index, int subject, ulong before)
    {
        for (ulong oldest = index.TailFirstOf(subject); oldest < before; oldest = index.TailFirstOf(subject))
            index.TailRemove(oldest);
    }

    /// <summary>
    /// Makes a subject that got one message too many drop its oldest. A subject holds more than one too many only when
    /// the record that removed the others was damaged; those go as removals of their own.
    /// </summary>
    private ulong DropOldest(StreamIndex index, int subject, long max)
    {
        while (index.TailCountOf(subject) > max + 1)
            RemoveSurplus(index, index.TailFirstOf(subject));
        if (index.TailCountOf(subject) <= max)
            return 0;
        ulong oldest = index.TailFirstOf(subject);
        index.TailRemove(oldest);
        return oldest;
    }

    private void RemoveSurplus(StreamIndex index, ulong sequence)
    {
        index.TailRemove(sequence);
        Span<byte> body = stackalloc byte[RemoveBody.BytesFor(1)];
        RemoveBody.Write(body, RemoveReason.Limits, new ReadOnlySpan<ulong>(in sequence));
        LogPosition position = _core.Backend.AppendControl(RecordKind.Remove, RecordFlags.None, 0, body);
        _core.AddToTail(new PendingOperation { Kind = PendingKind.RemoveOne, Sequence = sequence, Position = position });
    }

    /// <summary>Drops the oldest messages until the stream keeps its limits; a message may so drop itself.</summary>
    /// <returns>The sequence below which everything is gone, or 0.</returns>
    private static ulong TrimToLimits(StreamIndex index, StreamLimits limits)
    {
        ulong floor = 0;
        while (IsOver(index.TailMessages, limits.MaxMessages) || IsOver(index.TailBytes, limits.MaxBytes))
        {
            ulong oldest = index.TailFirst;
            index.TailRemove(oldest);
            floor = oldest + 1;
        }
        return floor;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsOver(ulong value, long limit) => limit > 0 && value > (ulong)limit;
}

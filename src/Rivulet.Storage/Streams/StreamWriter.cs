using System.Runtime.CompilerServices;
using Rivulet.Storage.Indexing;
using Rivulet.Storage.Records;

namespace Rivulet.Storage.Streams;

/// <summary>
/// Appends messages: decides under the stream's index lock what the limits say about the writer's view, writes the
/// decision into the record, and leaves the operation in the tail for the commit. The caller holds the stream's writer
/// lock, so nobody else changes the writer's view meanwhile; the commit only moves operations from tail to committed.
/// </summary>
internal sealed class StreamWriter(StreamCore core, TimeProvider time)
{
    private readonly StreamCore _core = core;
    private readonly TimeProvider _time = time;

    public AppendResult Append(in NewMessage message, StreamLimits limits)
    {
        ThrowIfTooLarge(in message);
        var record = new MessageRecord
        {
            Subject = message.Subject,
            Headers = message.Headers,
            Payload = message.Payload,
            ExpiresAtNanos = message.ExpiresAtNanos,
            Rollup = message.Rollup,
            ContentChecksum = _core.Backend.ChecksumOf(in message),
        };
        lock (_core.Gate)
        {
            ThrowIfDeleted();
            AppendStatus status = _core.Backend.Admit(RecordLayout.MessageBytesMax(record.ContentBytes));
            if (status == AppendStatus.Stored && !_core.HasRoom)
                status = AppendStatus.OutOfMemory;
            if (status == AppendStatus.Stored)
                status = CheckDiscardNew(in record, limits);
            if (status != AppendStatus.Stored)
                return new AppendResult(status, 0, 0, _core.TailPosition);

            record.Sequence = _core.TailLast + 1;
            record.TimestampNanos = message.TimestampNanos != 0 ? message.TimestampNanos : NextTimestampNanos();
            _core.Backend.ReserveUpTo(record.Sequence);
            LogPosition position = Store(ref record, limits);
            return new AppendResult(AppendStatus.Stored, record.Sequence, record.TimestampNanos, position);
        }
    }

    private static void ThrowIfTooLarge(in NewMessage message)
    {
        long contentBytes = (long)message.Subject.Length + message.Headers.Length + message.Payload.Length;
        if (message.Subject.Length > SubjectRecords.MaxKeyBytes || contentBytes > SequenceEntry.MaxContentBytes)
            throw new ArgumentException($"a message of {contentBytes} bytes is beyond what a record can hold", nameof(message));
        if (message.Subject.IsEmpty)
            throw new ArgumentException("a message needs a subject", nameof(message));
    }

    private void ThrowIfDeleted()
    {
        if (_core.IsDeleted)
            throw new InvalidOperationException($"stream {_core.Identity} was deleted");
    }

    private long NextTimestampNanos() => Math.Max(StoreClock.NowNanos(_time), _core.TailLastTimestampNanos);

    /// <summary>
    /// What a stream that discards new messages says. A subject at its limit makes room for one message by itself, if
    /// the message that it pushes out is large enough.
    /// </summary>
    private AppendStatus CheckDiscardNew(in MessageRecord record, StreamLimits limits)
    {
        if (!limits.DiscardNew)
            return AppendStatus.Stored;
        StreamIndex index = _core.Newest;
        ulong replaced = OldestOfFullSubject(index, record.Subject, limits);
        if (replaced != 0 && limits.DiscardNewPerSubject && record.Rollup == RollupScope.None)
            return AppendStatus.MaximumMessagesPerSubjectExceeded;
        if (limits.MaxMessages > 0 && index.TailMessages >= (ulong)limits.MaxMessages && replaced == 0)
            return AppendStatus.MaximumMessagesExceeded;

        int sizeBytes = _core.Backend.Accounting.SizeOf(record.ContentBytes, !record.Headers.IsEmpty);
        if (limits.MaxBytes > 0 && index.TailBytes + (ulong)sizeBytes > (ulong)limits.MaxBytes &&
            (replaced == 0 || _core.Backend.Accounting.SizeOf(in index.Sequences[replaced]) < sizeBytes))
        {
            return AppendStatus.MaximumBytesExceeded;
        }
        return AppendStatus.Stored;
    }

    private static ulong OldestOfFullSubject(StreamIndex index, ReadOnlySpan<byte> subjectKey, StreamLimits limits)
    {
        if (limits.MaxMessagesPerSubject <= 0)
            return 0;
        int subject = index.Subjects.Find(subjectKey);
        return subject != 0 && index.TailCountOf(subject) >= limits.MaxMessagesPerSubject
            ? index.TailFirstOf(subject)
            : 0;
    }

    private LogPosition Store(ref MessageRecord record, StreamLimits limits)
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

        LogPosition position = _core.Backend.AppendMessage(in record, out RecordPlace place);
        ref SequenceEntry entry = ref index.Sequences[record.Sequence];
        entry.SetPlace(place.Segment, place.OffsetBytes);
        entry.SetSize(record.ContentBytes, !record.Headers.IsEmpty, record.FactCount);
        if (record.ExpiresAtNanos == long.MaxValue)
            entry.SetFlag(EntryFlags.NeverExpires);
        else if (record.ExpiresAtNanos != 0)
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
            ContentBytes = record.ContentBytes,
            ContentOffsetBytes = place.ContentOffsetBytes,
            Buffer = place.Buffer,
        });
        return position;
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

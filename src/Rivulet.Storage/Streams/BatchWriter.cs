using System.Buffers;
using Rivulet.Storage.Indexing;
using Rivulet.Storage.Records;

namespace Rivulet.Storage.Streams;

/// <summary>
/// Appends atomic batches. Everything is decided before anything is written, in the order of the messages; then the
/// records go into the log in one piece, between which nobody else's come; then their operations are left for the
/// commit, all with the position of the batch's end, by which the merge knows that they belong together. All of it in
/// one hold of the stream's index lock. The caller holds the stream's writer lock.
/// </summary>
internal sealed class BatchWriter(StreamCore core, AppendSteps steps)
{
    private readonly StreamCore _core = core;
    private readonly AppendSteps _steps = steps;

    public BatchResult Append(ReadOnlySpan<BatchMessage> messages, StreamLimits limits)
    {
        if (messages.IsEmpty)
            throw new ArgumentException("a batch holds at least one message", nameof(messages));
        Planned[] pooled = ArrayPool<Planned>.Shared.Rent(messages.Length);
        Span<Planned> plan = pooled.AsSpan(0, messages.Length);
        plan.Clear();
        try
        {
            long recordBytes = Prepare(messages, plan);
            lock (_core.Gate)
            {
                _steps.ThrowIfDeleted();
                AppendStatus status = _core.Backend.Admit(recordBytes);
                int refused = -1;
                if (status == AppendStatus.Stored && limits.DiscardNew)
                    status = BatchTrial.Run(_core, limits, messages, out refused);
                return status == AppendStatus.Stored
                    ? Store(messages, plan, limits)
                    : new BatchResult(status, refused, 0, 0, 0, _core.TailPosition);
            }
        }
        finally
        {
            // The places refer to buffers and indexes that must not be kept alive from here.
            plan.Clear();
            ArrayPool<Planned>.Shared.Return(pooled);
        }
    }

    /// <summary>Does what can be done outside the lock.</summary>
    /// <returns>The most that the records take.</returns>
    private long Prepare(ReadOnlySpan<BatchMessage> messages, Span<Planned> plan)
    {
        long recordBytes = 0;
        for (int i = 0; i < messages.Length; i++)
        {
            NewMessage message = messages[i].AsNewMessage();
            AppendSteps.ThrowIfTooLarge(in message);
            plan[i].Checksum = _core.Backend.ChecksumOf(in message);
            recordBytes += RecordLayout.MessageBytesMax(MessageRecord.Of(in message).ContentBytes);
        }
        return recordBytes;
    }

    private BatchResult Store(ReadOnlySpan<BatchMessage> messages, Span<Planned> plan, StreamLimits limits)
    {
        ulong first = _core.TailLast + 1;
        ulong last = _core.TailLast + (ulong)messages.Length;
        _core.Backend.ReserveUpTo(last);
        Decide(messages, plan, limits, first);
        LogPosition end = Write(messages, plan, first);
        for (int i = 0; i < messages.Length; i++)
        {
            NewMessage message = messages[i].AsNewMessage();
            MessageRecord record = RecordOf(in message, in plan[i], first, i, messages.Length);
            _steps.Finish(in record, in plan[i].Place, end);
        }
        return new BatchResult(AppendStatus.Stored, -1, first, last, plan[^1].TimestampNanos, end);
    }

    private void Decide(ReadOnlySpan<BatchMessage> messages, Span<Planned> plan, StreamLimits limits, ulong first)
    {
        long nowNanos = _steps.NowNanos;
        long lastNanos = _core.TailLastTimestampNanos;
        for (int i = 0; i < messages.Length; i++)
        {
            NewMessage message = messages[i].AsNewMessage();
            ref Planned planned = ref plan[i];
            lastNanos = message.TimestampNanos != 0 ? message.TimestampNanos : Math.Max(nowNanos, lastNanos);
            planned.TimestampNanos = lastNanos;
            MessageRecord record = RecordOf(in message, in planned, first, i, messages.Length);
            planned.Index = _steps.Decide(ref record, limits);
            planned.Dropped = record.Dropped;
            planned.Floor = record.Floor;
        }
    }

    /// <returns>The end of the batch.</returns>
    private LogPosition Write(ReadOnlySpan<BatchMessage> messages, Span<Planned> plan, ulong first)
    {
        LogPosition position = LogPosition.None;
        using (_core.Backend.KeepTogether())
        {
            for (int i = 0; i < messages.Length; i++)
            {
                NewMessage message = messages[i].AsNewMessage();
                ref Planned planned = ref plan[i];
                MessageRecord record = RecordOf(in message, in planned, first, i, messages.Length);
                position = _core.Backend.AppendMessage(in record, out planned.Place);

                // At once, since the next append of a memory stream may move what was stored before.
                AppendSteps.SetPlace(planned.Index, in record, in planned.Place);
            }
        }
        return position;
    }

    /// <summary>A batch of one is a message like any other.</summary>
    private static MessageRecord RecordOf(in NewMessage message, in Planned planned, ulong first, int i, int count)
    {
        MessageRecord record = MessageRecord.Of(in message);
        record.Sequence = first + (ulong)i;
        record.TimestampNanos = planned.TimestampNanos;
        record.Dropped = planned.Dropped;
        record.Floor = planned.Floor;
        record.ContentChecksum = planned.Checksum;
        record.IsBatchMember = i < count - 1;
        record.BatchSize = count > 1 && i == count - 1 ? (ulong)count : 0;
        return record;
    }

    /// <summary>What was decided about one message.</summary>
    private struct Planned
    {
        public long TimestampNanos;
        public ulong Dropped;
        public ulong Floor;
        public uint Checksum;

        /// <summary>The generation that holds it; a later message of the batch may have begun another.</summary>
        public StreamIndex Index;
        public RecordPlace Place;
    }
}

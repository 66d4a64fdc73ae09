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
        var packed = new PackBuffer();
        try
        {
            long recordBytes = Prepare(messages, plan, ref packed, limits);
            lock (_core.Gate)
            {
                _steps.ThrowIfDeleted();
                AppendStatus status = _core.Backend.Admit(recordBytes);
                int refused = -1;
                if (status == AppendStatus.Stored && limits.DiscardNew)
                    status = BatchTrial.Run(_core, limits, messages, out refused);
                return status == AppendStatus.Stored
                    ? Store(messages, plan, in packed, limits)
                    : new BatchResult(status, refused, 0, 0, 0, _core.TailPosition);
            }
        }
        finally
        {
            // The places refer to buffers and indexes that must not be kept alive from here.
            plan.Clear();
            ArrayPool<Planned>.Shared.Return(pooled);
            packed.Dispose();
        }
    }

    /// <summary>Does what can be done outside the lock.</summary>
    /// <returns>The most that the records take.</returns>
    private long Prepare(ReadOnlySpan<BatchMessage> messages, Span<Planned> plan, ref PackBuffer packed, StreamLimits limits)
    {
        long recordBytes = 0;
        bool compress = limits.Compress && _core.Backend.CanCompress;
        for (int i = 0; i < messages.Length; i++)
        {
            NewMessage message = messages[i].AsNewMessage();
            AppendSteps.ThrowIfTooLarge(in message);
            if (compress)
                plan[i].Packed = packed.Pack(in message);
            MessageRecord record = RecordOf(in message, in plan[i], in packed);
            plan[i].Checksum = _core.Backend.ChecksumOf(in record);
            recordBytes += RecordLayout.MessageBytesMax(record.StoredBytes);
        }
        return recordBytes;
    }

    private BatchResult Store(
        ReadOnlySpan<BatchMessage> messages, Span<Planned> plan, in PackBuffer packed, StreamLimits limits)
    {
        _core.Backend.ReserveUpTo(_core.TailLast + (ulong)messages.Length, limits);
        Decide(messages, plan, in packed, limits);
        LogPosition end = Write(messages, plan, in packed);
        for (int i = 0; i < messages.Length; i++)
        {
            NewMessage message = messages[i].AsNewMessage();
            MessageRecord record = RecordOf(in message, in plan[i], in packed);
            _steps.Finish(in record, in plan[i].Place, end);
        }
        return new BatchResult(
            AppendStatus.Stored, -1, plan[0].Sequence, plan[^1].Sequence, plan[^1].TimestampNanos, end);
    }

    private void Decide(
        ReadOnlySpan<BatchMessage> messages, Span<Planned> plan, in PackBuffer packed, StreamLimits limits)
    {
        long nowNanos = _steps.NowNanos;
        long lastNanos = _core.TailLastTimestampNanos;
        for (int i = 0; i < messages.Length; i++)
        {
            NewMessage message = messages[i].AsNewMessage();
            ref Planned planned = ref plan[i];
            lastNanos = message.TimestampNanos != 0 ? message.TimestampNanos : Math.Max(nowNanos, lastNanos);
            planned.TimestampNanos = lastNanos;
            planned.Sequence = _core.TailLast + (ulong)i + 1;
            planned.IsBatchMember = i < messages.Length - 1;

            // A batch of one is a message like any other.
            planned.BatchSize = messages.Length > 1 && !planned.IsBatchMember ? (ulong)messages.Length : 0;
            MessageRecord record = RecordOf(in message, in planned, in packed);
            planned.Index = _steps.Decide(ref record, limits);
            planned.Dropped = record.Dropped;
            planned.Floor = record.Floor;
        }
    }

    /// <returns>The end of the batch.</returns>
    private LogPosition Write(ReadOnlySpan<BatchMessage> messages, Span<Planned> plan, in PackBuffer packed)
    {
        LogPosition position = LogPosition.None;
        using (_core.Backend.KeepTogether())
        {
            for (int i = 0; i < messages.Length; i++)
            {
                NewMessage message = messages[i].AsNewMessage();
                ref Planned planned = ref plan[i];
                MessageRecord record = RecordOf(in message, in planned, in packed);
                position = _core.Backend.AppendMessage(in record, out planned.Place);

                // At once, since the next append of a memory stream may move what was stored before.
                AppendSteps.SetPlace(planned.Index, in record, in planned.Place);
            }
        }
        return position;
    }

    private static MessageRecord RecordOf(in NewMessage message, in Planned planned, in PackBuffer packed)
    {
        MessageRecord record = MessageRecord.Of(in message);
        record.Sequence = planned.Sequence;
        record.TimestampNanos = planned.TimestampNanos;
        record.Dropped = planned.Dropped;
        record.Floor = planned.Floor;
        record.ContentChecksum = planned.Checksum;
        record.IsBatchMember = planned.IsBatchMember;
        record.BatchSize = planned.BatchSize;
        record.Packed = packed[planned.Packed];
        return record;
    }

    /// <summary>What was decided about one message.</summary>
    private struct Planned
    {
        public ulong Sequence;
        public long TimestampNanos;
        public ulong Dropped;
        public ulong Floor;
        public ulong BatchSize;
        public bool IsBatchMember;
        public uint Checksum;

        /// <summary>Where it is compressed, if it is.</summary>
        public Range Packed;

        /// <summary>The generation that holds it; a later message of the batch may have begun another.</summary>
        public StreamIndex Index;
        public RecordPlace Place;
    }
}

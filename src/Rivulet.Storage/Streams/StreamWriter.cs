using Rivulet.Storage.Indexing;
using Rivulet.Storage.Records;

namespace Rivulet.Storage.Streams;

/// <summary>
/// Appends messages: decides under the stream's index lock what the limits say about the writer's view, writes the
/// decision into the record, and leaves the operation in the tail for the commit. The caller holds the stream's writer
/// lock, so nobody else changes the writer's view meanwhile; the commit only moves operations from tail to committed.
/// </summary>
internal sealed class StreamWriter(StreamCore core, AppendSteps steps)
{
    private readonly StreamCore _core = core;
    private readonly AppendSteps _steps = steps;

    public AppendResult Append(in NewMessage message, StreamLimits limits)
    {
        AppendSteps.ThrowIfTooLarge(in message);
        var packed = new PackBuffer();
        try
        {
            var record = MessageRecord.Of(in message);
            if (limits.Compress && _core.Backend.CanCompress)
                record.Packed = packed[packed.Pack(in message)];
            record.ContentChecksum = _core.Backend.ChecksumOf(in record);
            return Append(ref record, message.TimestampNanos, limits);
        }
        finally
        {
            packed.Dispose();
        }
    }

    private AppendResult Append(ref MessageRecord record, long timestampNanos, StreamLimits limits)
    {
        _core.Gate.EnterBriefly();
        try
        {
            _steps.ThrowIfDeleted();
            AppendStatus status = _core.Backend.Admit(RecordLayout.MessageBytesMax(record.StoredBytes));
            if (status == AppendStatus.Stored && !_core.HasRoom)
                status = AppendStatus.OutOfMemory;
            if (status == AppendStatus.Stored)
                status = CheckDiscardNew(in record, limits);
            if (status != AppendStatus.Stored)
                return new AppendResult(status, 0, 0, _core.TailPosition, 0);

            record.Sequence = _core.TailLast + 1;
            record.TimestampNanos = timestampNanos != 0
                ? timestampNanos
                : Math.Max(_steps.NowNanos, _core.TailLastTimestampNanos);
            _core.Backend.ReserveUpTo(record.Sequence, limits);
            StreamIndex index = _steps.Decide(ref record, limits);
            LogPosition position = _core.Backend.AppendMessage(in record, out RecordPlace place);
            AppendSteps.SetPlace(index, in record, in place);
            _steps.Finish(in record, in place, position);
            return new AppendResult(
                AppendStatus.Stored, record.Sequence, record.TimestampNanos, position, index.TailBytes);
        }
        finally
        {
            _core.Gate.Exit();
        }
    }

    private AppendStatus CheckDiscardNew(in MessageRecord record, StreamLimits limits)
    {
        // Perf: a bucket discards new messages and has no limit by which it would, unless it was given one. The subject need
        // not be looked up for that.
        if (!limits.DiscardNew || !DiscardNewRule.MayRefuse(limits))
            return AppendStatus.Stored;
        StreamIndex index = _core.Newest;
        SizeAccounting accounting = _core.Backend.Accounting;
        ulong replaced = OldestOfFullSubject(index, record.Subject, limits);
        return DiscardNewRule.Judge(
            limits, index.TailMessages, index.TailBytes,
            accounting.SizeOf(record.ContentBytes, !record.Headers.IsEmpty),
            replaced == 0 ? 0 : accounting.SizeOf(in index.Sequences[replaced]), record.Rollup);
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
}

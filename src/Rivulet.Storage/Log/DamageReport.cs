using Microsoft.Extensions.Logging;
using Rivulet.Storage.Records;
using Rivulet.Storage.Streams;

namespace Rivulet.Storage.Log;

/// <summary>
/// What recovery found damaged. Whether it is a loss is known at the end only: what was never synced was never promised,
/// so a write that a power cut interrupted is not reported to anyone; what was synced, and what does not look
/// interrupted, is named by stream, sequence, file and offset, and listed in the state of its stream.
/// </summary>
internal sealed partial class DamageReport(ILogger logger)
{
    // A damaged length can swallow a segment; naming every sequence of it helps nobody.
    private const ulong ListedPerGapMax = 100_000;

    private readonly ILogger _logger = logger;
    private readonly List<DamagedRecord> _records = [];
    private readonly List<UnreadableStretch> _stretches = [];
    private readonly List<SequenceGap> _gaps = [];
    private readonly List<BrokenBatch> _batches = [];

    /// <summary>How many stretches without a readable header there were so far: gaps behind them may be losses.</summary>
    public int StretchCount => _stretches.Count;

    /// <summary>A record's body is damaged. A message counts as lost until something removes it.</summary>
    public void AddRecord(in RecordHeader header, StreamReplay? stream, LogSegment segment, int offset)
    {
        AddReported(in header, stream, segment, offset);
        if (header.Kind == RecordKind.Message)
            stream?.AddLost(header.Sequence, in header);
    }

    /// <summary>The same, where it is known already whether a message is lost.</summary>
    public void AddReported(in RecordHeader header, StreamReplay? stream, LogSegment segment, int offset)
    {
        segment.IsDamaged = true;
        _records.Add(new DamagedRecord(header, stream, segment, offset));
    }

    /// <summary>Part of the log has no readable header; a loss if it was synced once.</summary>
    public void AddStretch(LogSegment segment, int offset, int lengthBytes)
    {
        segment.IsDamaged = true;
        _stretches.Add(new UnreadableStretch(segment, offset, lengthBytes));
    }

    /// <summary>A stream goes on at a later sequence, behind an unreadable stretch.</summary>
    public void AddGap(StreamReplay stream, ulong from, ulong to)
    {
        to = Math.Min(to, from + ListedPerGapMax - 1);
        _gaps.Add(new SequenceGap(stream, from, to, _stretches.Count - 1));
        for (ulong sequence = from; sequence <= to; sequence++)
            stream.AddLost(sequence);
    }

    /// <summary>What is left of an atomic batch that misses messages, and does not count without them.</summary>
    public void AddBatch(BatchReplay batch)
    {
        ulong last = batch.FirstSequence + (ulong)batch.Count - 1;
        _batches.Add(new BrokenBatch(batch.Stream, batch.FirstSequence, last, batch.Position));
        for (ulong sequence = batch.FirstSequence; sequence <= last; sequence++)
            batch.Stream.AddLost(sequence);
    }

    /// <summary>How much of the log from a stretch on was there once and is unreadable now, in bytes.</summary>
    public long DamagedBytesFrom(int stretch, long syncedUpTo) => _stretches
        .Skip(stretch)
        .Where(each => each.IsDamage(syncedUpTo))
        .Sum(each => (long)each.LengthBytes);

    /// <summary>Decides what was lost, now that it is known how much of the log was synced.</summary>
    public void Conclude(long syncedUpTo)
    {
        foreach (DamagedRecord record in _records)
            Conclude(in record);
        foreach (UnreadableStretch stretch in _stretches)
        {
            if (stretch.IsDamage(syncedUpTo))
                LogStretch(_logger, stretch.Segment.FileName, stretch.OffsetBytes, stretch.LengthBytes);
        }
        foreach (SequenceGap gap in _gaps)
            Conclude(in gap, _stretches[gap.Stretch].IsDamage(syncedUpTo));
        foreach (BrokenBatch batch in _batches)
            Conclude(in batch, batch.Position < syncedUpTo);
    }

    private void Conclude(in DamagedRecord record)
    {
        string file = record.Segment.FileName;
        bool isMessage = record.Header.Kind == RecordKind.Message && record.Stream is not null;
        if (isMessage && !record.Stream!.IsLost(record.Header.Sequence))
        {
            LogRemovedMessage(
                _logger, record.Header.Sequence, record.Stream.Stream.Identity, file, record.OffsetBytes);
        }
        else if (isMessage)
        {
            LogDamagedMessage(
                _logger, record.Header.Sequence, record.Stream!.Stream.Identity, file, record.OffsetBytes);
        }
        else
        {
            LogDamagedRecord(_logger, record.Header.Kind, record.Header.StreamId, file, record.OffsetBytes);
        }
    }

    private void Conclude(in SequenceGap gap, bool isDamage)
    {
        if (isDamage)
        {
            LogGap(_logger, gap.From, gap.To, gap.Stream.Stream.Identity);
            return;
        }
        for (ulong sequence = gap.From; sequence <= gap.To; sequence++)
            gap.Stream.RemoveLost(sequence);
    }

    private void Conclude(in BrokenBatch batch, bool isDamage)
    {
        bool isListed = false;
        for (ulong sequence = batch.First; sequence <= batch.Last; sequence++)
        {
            // Some may have been removed since, one by one.
            isListed |= batch.Stream.IsLost(sequence);
            if (!isDamage)
                batch.Stream.RemoveLost(sequence);
        }
        if (isDamage && isListed)
            LogDamagedBatch(_logger, batch.First, batch.Last, batch.Stream.Stream.Identity);
    }

    private readonly record struct DamagedRecord(
        RecordHeader Header, StreamReplay? Stream, LogSegment Segment, int OffsetBytes);

    private readonly record struct UnreadableStretch(LogSegment Segment, int OffsetBytes, int LengthBytes)
    {
        /// <summary>Whether something was there once, rather than a write that a power cut interrupted.</summary>
        public bool IsDamage(long syncedUpTo) => Segment.PositionAt(OffsetBytes) < syncedUpTo;
    }

    private readonly record struct BrokenBatch(
        StreamReplay Stream, ulong First, ulong Last, long Position);

    private readonly record struct SequenceGap(StreamReplay Stream, ulong From, ulong To, int Stretch);

    [LoggerMessage(
        EventId = 2020, Level = LogLevel.Warning,
        Message = "Message {Sequence} of stream {Stream} is damaged and lost: {File} at offset {OffsetBytes}")]
    private static partial void LogDamagedMessage(
        ILogger logger, ulong sequence, StreamIdentity stream, string file, int offsetBytes);

    [LoggerMessage(
        EventId = 2025, Level = LogLevel.Information,
        Message = "Message {Sequence} of stream {Stream} is damaged, and was removed before: {File} at offset {OffsetBytes}")]
    private static partial void LogRemovedMessage(
        ILogger logger, ulong sequence, StreamIdentity stream, string file, int offsetBytes);

    [LoggerMessage(
        EventId = 2021, Level = LogLevel.Warning,
        Message = "A {Kind} record of stream number {StreamId} is damaged: {File} at offset {OffsetBytes}")]
    private static partial void LogDamagedRecord(
        ILogger logger, RecordKind kind, uint streamId, string file, int offsetBytes);

    [LoggerMessage(
        EventId = 2022, Level = LogLevel.Warning,
        Message = "{File} is unreadable from offset {OffsetBytes} on for {LengthBytes} bytes")]
    private static partial void LogStretch(ILogger logger, string file, int offsetBytes, int lengthBytes);

    [LoggerMessage(
        EventId = 2023, Level = LogLevel.Warning,
        Message = "Messages {From} to {To} of stream {Stream} are lost with an unreadable part of the log")]
    private static partial void LogGap(ILogger logger, ulong from, ulong to, StreamIdentity stream);

    [LoggerMessage(
        EventId = 2026, Level = LogLevel.Warning,
        Message = "Messages {From} to {To} of stream {Stream} are lost with damaged messages of their atomic batch")]
    private static partial void LogDamagedBatch(ILogger logger, ulong from, ulong to, StreamIdentity stream);
}

using Microsoft.Extensions.Logging.Abstractions;
using Rivulet.Storage.Files;
using Rivulet.Storage.Indexing;
using Rivulet.Storage.Log;
using Rivulet.Storage.Records;
using Rivulet.Storage.Streams;

namespace Rivulet.Storage.Checking;

/// <summary>
/// Writes what a damaged store still holds to a new one: every stream, with its messages under their sequences and times,
/// its attachments, and the sequences that are lost, written down as that. The damaged store is read only. One thread.
/// </summary>
internal sealed class StoreRepair : IDisposable
{
    /// <summary>As long as this is there, no server opens the directory.</summary>
    private const string UnfinishedFile = "repair.unfinished";

    private const long RoundBytes = 4 << 20;

    private readonly RecoveredStore _source;
    private readonly IFileSystem _fileSystem;
    private readonly string _directory;
    private readonly WorkMeter _meter;
    private readonly RepairClock _clock = new();
    private readonly FileMessageStore _store;
    private readonly StoredMessage _message = new();
    private LogPosition _written;

    /// <summary>Makes an empty store.</summary>
    /// <param name="source">The damaged store.</param>
    /// <param name="fileSystem">Where the new one is.</param>
    /// <param name="directory">Its directory, which holds nothing.</param>
    /// <param name="random">Draws its salts.</param>
    /// <param name="meter">Hears how far it is.</param>
    public StoreRepair(RecoveredStore source, IFileSystem fileSystem, string directory, Random random, WorkMeter meter)
    {
        _source = source;
        _fileSystem = fileSystem;
        _directory = directory;
        _meter = meter;
        _store = FileMessageStore.Open(
            new FileStoreOptions { Directory = directory }, fileSystem, _clock, random, NullLogger.Instance, ownThreads: false);
    }

    public void Dispose()
    {
        _store.Abandon();
        _message.Dispose();
    }

    /// <exception cref="IOException">The new store cannot be written; what there is of it is deleted.</exception>
    /// <exception cref="OperationCanceledException">The work was given up; the same.</exception>
    public void Run()
    {
        try
        {
            _fileSystem.Open(Path.Combine(_directory, UnfinishedFile), FileOpenMode.CreateNew).Dispose();
            _fileSystem.SyncDirectory(_directory);
            _meter.Begin(StoreStep.Writing, _source.Log.Streams.Sum(stream => (long)stream.State.Messages));
            foreach (IndexedStreamLog stream in _source.Log.Streams.OrderBy(stream => ((FileStreamBackend)stream.Core.Backend).StreamId))
                Copy(stream);
            Commit();
            _store.CloseInPlace();
            ThrowIfFailed();
            _fileSystem.Delete(Path.Combine(_directory, UnfinishedFile));
            _fileSystem.SyncDirectory(_directory);
        }
        catch
        {
            _store.Abandon();
            DeleteAll();
            throw;
        }
    }

    private void Copy(IndexedStreamLog from)
    {
        _clock.NowNanos = from.CreatedNanos;
        StreamLimits limits = from.Limits;

        // Messages that are there were let in once: limits are applied when all of them are.
        var lenient = new StreamLimits { Compress = limits.Compress, ReserveSequences = limits.ReserveSequences };
        var to = (IndexedStreamLog)_store.CreateStream(from.Identity, from.Configuration.Span, lenient);
        StreamState state = from.State;
        List<ulong> lost = [.. state.Lost];
        CopyMessages(from, to, lost);
        to.SkipTo(state.LastSequence + 1);
        if (to.Tail.LastTimestampNanos < state.LastTimestampNanos)
            to.AppendPosition(state.LastTimestampNanos);
        to.AppendLost(lost);
        foreach (StreamAttachment attachment in from.Attachments)
        {
            to.SetAttachment(attachment.Key, attachment.Value.Span);
            foreach (ReadOnlyMemory<byte> delta in attachment.Deltas)
                to.AppendAttachmentDelta(attachment.Key, delta.Span);
        }
        if (limits != lenient)
            to.Configure(from.Configuration.Span, limits);
        Commit();
    }

    private void CopyMessages(IndexedStreamLog from, IndexedStreamLog to, List<ulong> lost)
    {
        var backend = (FileStreamBackend)from.Core.Backend;
        StreamIndex index = from.Core.Committed;
        for (ulong sequence = index.Sequences.Next(1); sequence != 0; sequence = index.Sequences.Next(sequence + 1))
        {
            SequenceEntry entry = index.Sequences[sequence];
            _meter.AddMessage();
            if (!backend.TryRead(sequence, in entry, _message, out ReadStatus status) || status != ReadStatus.Found)
            {
                lost.Add(sequence);
                continue;
            }
            to.SkipTo(sequence);
            AppendResult result = to.Append(new NewMessage
            {
                Subject = _message.Subject,
                Headers = _message.Headers,
                Payload = _message.Payload,
                TimestampNanos = _message.TimestampNanos,
                ExpiresAtNanos = ExpiryOf(in entry),
            });
            if (result.Status != AppendStatus.Stored)
                throw Failed($"message {sequence} of stream {from.Identity} cannot be written to {_directory}: {result.Status}");
            if (result.Position.Value - _written.Value > RoundBytes)
                Commit();
        }
    }

    private long ExpiryOf(in SequenceEntry entry)
    {
        LogSegment segment = _source.Context.Segments.Find(entry.Segment)!;
        byte[] record = new byte[entry.RecordBytes];
        Span<byte> read = record.AsSpan(0, segment.File!.Read(record, entry.OffsetBytes));
        if (!RecordHeader.TryRead(read, segment.SaltAt(entry.OffsetBytes), out RecordHeader header))
            throw new IOException($"{segment.FileName} cannot be read again at offset {entry.OffsetBytes}");
        ReadOnlySpan<byte> body = RecordBody.Of(read[..header.LengthBytes], header.HeaderBytes);
        return MessageFacts.Read(body[header.ContentBytes..], in header).ExpiresAtNanos;
    }

    private void Commit()
    {
        while (_store.RunRound())
        {
        }
        ThrowIfFailed();
        if (_store.Committed != _store.Appended)
            throw Failed($"{_directory} cannot be written");
        _written = _store.Committed;
    }

    private void ThrowIfFailed()
    {
        if (_store.Failure is { } failure and not ObjectDisposedException)
            throw new IOException($"{_directory} cannot be written: {failure.InnerException?.Message ?? failure.Message}", failure);
    }

    private IOException Failed(string text) =>
        _store.OutOfSpace is { } cause ? new IOException($"{text}: {cause.Message}", cause) : new IOException(text);

    private void DeleteAll()
    {
        // The file that keeps servers away goes last.
        foreach (FileSystemEntry entry in _fileSystem.List(_directory).OrderBy(entry => entry.Name == UnfinishedFile))
            _fileSystem.Delete(Path.Combine(_directory, entry.Name));
    }
}

using Rivulet.JetStream.Api.Errors;
using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Consumers.Acks;
using Rivulet.JetStream.Consumers.Configuration;
using Rivulet.JetStream.Consumers.State;
using Rivulet.JetStream.Streams;
using Rivulet.Protocol;
using Rivulet.Storage;

namespace Rivulet.JetStream.Backups;

/// <summary>
/// A stream while it is restored: puts the entries of a backup into its log, at their own sequences. Its limits apply when it
/// is complete, not before. One thread at a time, but for <see cref="Close"/>; nobody else knows the log.
/// </summary>
internal sealed class RestoredStream
{
    private readonly JetStreamAccount _account;
    private readonly StreamConfig _config;
    private readonly StreamLog _log;
    private readonly List<BackupConsumer> _consumers = [];
    private readonly Lock _writerLock = new();
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private bool _isArchive;
    private bool _isClosed;
    private BackupState? _state;
    private ulong _lastSequence;
    private long _trackedBytes;

    /// <summary>For a log that is marked as being restored.</summary>
    public RestoredStream(JetStreamAccount account, StreamConfig config, StreamLog log)
    {
        _account = account;
        _config = config;
        _log = log;
        CreatedNanos = account.Engine.Host.Time.UnixNanosNow();
    }

    /// <summary>When its consumers were created, as far as clients are told; nanoseconds since 1970.</summary>
    public long CreatedNanos { get; }

    /// <summary>Its messages.</summary>
    public StreamLog Log => _log;

    /// <summary>Its consumers.</summary>
    public IReadOnlyList<BackupConsumer> Consumers => _consumers;

    /// <summary>Whether the entry that ends a backup has come.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>The limits of a stream that is being restored: none.</summary>
    public static StreamLimits LimitsOf(StreamConfig config) => config.ToLimits() with
    {
        MaxMessages = -1,
        MaxBytes = -1,
        MaxMessagesPerSubject = -1,
        MaxAgeNanos = 0,
        DiscardNew = false,
        DiscardNewPerSubject = false,
    };

    /// <summary>Whether a whole entry is there.</summary>
    /// <exception cref="InvalidDataException">This is no backup.</exception>
    public bool HasNext(ByteQueue from)
    {
        _isArchive = _isArchive || Archive.TryReadStart(from);
        return _isArchive && !IsComplete && Archive.TryRead(from, out _, out _);
    }

    /// <summary>Takes the entry that is there.</summary>
    /// <returns>How long it was.</returns>
    /// <exception cref="InvalidDataException">It cannot be restored.</exception>
    public int TakeNext(ByteQueue from)
    {
        Archive.TryRead(from, out ArchiveEntry entry, out int length);
        lock (_writerLock)
        {
            ThrowIfClosed();
            Take(entry);
        }

        from.Consume(length);
        return length;
    }

    private void Take(in ArchiveEntry entry)
    {
        if (_state is not { } state)
            Begin(entry);
        else if (_consumers.Count < state.Consumers)
            Add(BackupConsumer.Read(entry, state.LastSequence));
        else if (entry.Sequence > 0)
            Append(entry);
        else if (entry.IsEnd)
            End(state);
        else
            throw new InvalidDataException("expected message sequence");
    }

    /// <summary>Writes down the consumers, takes the mark away and lets the limits apply.</summary>
    /// <returns>The stream lasts once this is committed.</returns>
    public LogPosition Complete()
    {
        var record = new VarintWriter();
        var scratch = new List<PendingAck>();
        lock (_writerLock)
        {
            ThrowIfClosed();
            foreach (BackupConsumer consumer in _consumers.Where(IsKept))
            {
                record.Clear();
                ConsumerRecord.Write(record, consumer.Config.ToJson(), CreatedNanos, consumer.Acks, scratch);
                _log.SetAttachment(ConsumerRecord.KeyOf(consumer.Name), record.Written);
            }

            return _log.Configure(StreamJson.Serialize(_config), _config.ToLimits());
        }
    }

    /// <summary>Deletes what was stored.</summary>
    public void Discard()
    {
        lock (_writerLock)
        {
            if (!_isClosed)
                _log.Delete();
            _isClosed = true;
        }
    }

    /// <summary>Appends nothing more: the store is about to be closed. Any thread.</summary>
    public void Close()
    {
        lock (_writerLock)
        {
            _isClosed = true;
            ReleaseUsage();
        }
    }

    /// <summary>Stops counting what is stored against the account: nobody, or the stream itself, does so from now on.</summary>
    public void ReleaseUsage() => Track(0);

    private void ThrowIfClosed()
    {
        if (_isClosed)
            throw new InvalidDataException("the server shuts down");
    }

    private bool IsKept(BackupConsumer consumer) =>
        _config.Storage == StorageType.File && consumer.Config is { Direct: false, MemoryStorage: false };

    private void Begin(in ArchiveEntry entry)
    {
        _state = BackupState.Read(entry);
        if (_state.FirstSequence > 1)
            _log.SkipTo(_state.FirstSequence);
        _lastSequence = Math.Max(1, _state.FirstSequence) - 1;
    }

    private void Add(BackupConsumer consumer)
    {
        ConsumerConfig config = consumer.Config;
        ApiError? error = ConsumerConfigValidation.Check(config, _config, _account.Limits);
        if (error is null && (config.DurableName ?? config.Name) != consumer.Name)
            error = JetStreamError.ConsumerNameContainsPathSeparators;
        if (error is not null)
            throw new InvalidDataException($"failed to add consumer {GoText.Quote(consumer.Name)}: {error.Description}");
        if (!_names.Add(consumer.Name))
            throw new InvalidDataException($"failed to add consumer {GoText.Quote(consumer.Name)}: it is there twice");
        _consumers.Add(consumer);
    }

    private void Append(in ArchiveEntry entry)
    {
        int contentBytes = entry.Headers.Length + entry.Payload.Length;
        if (_config.MaxMessageBytes >= 0 && contentBytes > _config.MaxMessageBytes)
            throw new InvalidDataException($"message sequence {entry.Sequence} exceeds maximum message size");
        if (entry.Sequence <= _lastSequence || entry.Sequence == ulong.MaxValue)
            throw new InvalidDataException($"message sequence {entry.Sequence} out of order");
        if (!Subject.IsValidLiteral(entry.Name))
            throw new InvalidDataException($"message sequence {entry.Sequence} has an invalid subject");
        if (_account.Usage.CheckRoom(_config.Storage, contentBytes + entry.Name.Length) is { } full)
            throw new InvalidDataException(full.Description);

        MessageTtl ttl = TtlOf(entry.Headers);
        if (ttl.Kind == MessageTtlKind.Invalid)
            throw new InvalidDataException("failed to parse message TTL: invalid per-message TTL");
        _log.SkipTo(entry.Sequence);
        _lastSequence = entry.Sequence;
        long expiresAtNanos = ttl.ExpiresAt(entry.TimestampNanos);
        if (expiresAtNanos > 0 && expiresAtNanos <= _account.Engine.Host.Time.UnixNanosNow())
        {
            // Its time is over; its sequence stays taken.
            _log.SkipTo(entry.Sequence + 1);
            return;
        }

        AppendResult result = _log.Append(new NewMessage
        {
            Subject = entry.Name,
            Headers = entry.Headers,
            Payload = entry.Payload,
            TimestampNanos = entry.TimestampNanos,
            ExpiresAtNanos = expiresAtNanos,
            CallerDelivers = true,
        });
        if (result.Status != AppendStatus.Stored)
            throw new InvalidDataException($"failed to store message sequence {entry.Sequence}: {result.Status}");
        Track((long)result.TailBytes);
    }

    private void End(BackupState state)
    {
        if (state.LastSequence > _lastSequence)
            _log.SkipTo(state.LastSequence + 1);
        IsComplete = true;
    }

    private static MessageTtl TtlOf(ReadOnlySpan<byte> headers) =>
        !headers.IsEmpty && new HeaderBlock(headers).TryGet("Nats-TTL"u8, out ReadOnlySpan<byte> value)
            ? MessageTtl.Parse(value)
            : default;

    private void Track(long bytes)
    {
        _account.Usage.Add(_config.Storage, bytes - _trackedBytes);
        _trackedBytes = bytes;
    }
}

using System.Text.Json;
using Rivulet.JetStream.Api;
using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Api.Models;
using Rivulet.JetStream.Consumers;
using Rivulet.JetStream.Streams;
using Rivulet.Protocol;
using Rivulet.Storage;

namespace Rivulet.JetStream.Backups;

/// <summary>
/// Makes the bytes of a backup, as many at a time as are asked for: the state, the consumers, then the messages as they are
/// read. What is removed meanwhile may be missing, what comes later is not in it. One thread at a time.
/// </summary>
internal sealed class BackupWriter : IDisposable
{
    private readonly JetStreamStream _stream;
    private readonly ByteQueue _plain = new();
    private readonly ByteQueue _framed = new();
    private readonly int[] _table = S2Block.NewTable();
    private readonly StoredMessage _message = new();
    private readonly ulong _last;
    private ulong _next;
    private bool _isComplete;

    /// <summary>For a stream as it is now.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="state">Its state.</param>
    /// <param name="withConsumers">Whether its consumers belong to it.</param>
    public BackupWriter(JetStreamStream stream, StreamStateModel state, bool withConsumers)
    {
        _stream = stream;
        _next = Math.Max(1, state.FirstSequence);
        _last = state.LastSequence;
        long now = stream.Account.Engine.Host.Time.UnixNanosNow();
        List<Consumer> consumers = withConsumers ? stream.Consumers.Shown() : [];
        state.ConsumerCount = consumers.Count;

        S2Frames.WriteStart(_framed);
        Archive.WriteStart(_plain);
        Write(BackupState.EntryName, now, JsonSerializer.SerializeToUtf8Bytes(state, ApiJsonContext.Relaxed.StreamStateModel));
        foreach (Consumer consumer in consumers)
            Write(BackupConsumer.EntryNameOf(consumer.Name), now, BackupConsumer.Write(consumer, _last));
    }

    /// <summary>What is ready to be sent.</summary>
    public ReadOnlySpan<byte> Ready => _framed.Unread;

    /// <summary>Makes more ready.</summary>
    /// <param name="wantedBytes">How much there should be.</param>
    /// <returns>Whether there is as much; less is all that is left.</returns>
    /// <exception cref="InvalidDataException">A message cannot be read.</exception>
    public bool Fill(int wantedBytes)
    {
        while (_framed.Length < wantedBytes)
        {
            if (_plain.Length >= S2Block.PlainBytesMax)
                Frame(S2Block.PlainBytesMax);
            else if (!_isComplete)
                WriteNext();
            else if (_plain.Length > 0)
                Frame(_plain.Length);
            else
                return false;
        }

        return true;
    }

    /// <summary>Takes what was sent.</summary>
    public void Consume(int count) => _framed.Consume(count);

    /// <inheritdoc/>
    public void Dispose() => _message.Dispose();

    private void WriteNext()
    {
        ReadStatus status = _next > _last ? ReadStatus.NotFound : _stream.Log.ReadNext(_next, FilterSet.All, _message);
        if (status is ReadStatus.Damaged or ReadStatus.Failed)
            throw new InvalidDataException($"couldn't load next message after seq {_next}: {status}");
        _isComplete = status == ReadStatus.NotFound || _message.Sequence > _last;
        Archive.Write(_plain, _isComplete ? default : new ArchiveEntry
        {
            Name = _message.Subject,
            TimestampNanos = _message.TimestampNanos,
            Sequence = _message.Sequence,
            Headers = _message.Headers,
            Payload = _message.Payload,
        });
        _next = _message.Sequence + 1;
    }

    private void Write(ReadOnlySpan<byte> name, long timeNanos, ReadOnlySpan<byte> content) =>
        Archive.Write(_plain, new ArchiveEntry { Name = name, TimestampNanos = timeNanos, Payload = content });

    private void Frame(int plainBytes)
    {
        S2Frames.Write(_plain.Unread[..plainBytes], _framed, _table);
        _plain.Consume(plainBytes);
    }
}

using Rivulet.JetStream.Consumers.Acks;
using Rivulet.JetStream.Streams;
using Rivulet.Storage;

namespace Rivulet.JetStream.Consumers.State;

/// <summary>
/// Keeps a consumer in the log of its stream: changes are gathered and appended together, and from time to time the whole
/// record takes their place, so that what has to be replayed stays in proportion to the record.
/// </summary>
/// <remarks>
/// Guarded by the consumer's lock; the stream's writer lock is taken inside it for as long as an append lasts. An append
/// copies to memory and never waits for the disk.
/// </remarks>
internal sealed class ConsumerJournal
{
    // Below this a whole record is not worth it, however small the record is.
    private const int ChangesBytesMin = 16 * 1024;

    private readonly JetStreamStream _stream;
    private readonly string _key;
    private readonly long _createdNanos;
    private readonly VarintWriter _record = new();
    private readonly List<PendingAck> _scratch = [];
    private long _changesBytes;
    private int _recordBytes;
    private byte[] _configuration;
    private bool _isRemoved;

    /// <summary>For a consumer, new or recovered.</summary>
    /// <param name="stream">Its stream.</param>
    /// <param name="consumer">Its name.</param>
    /// <param name="createdNanos">When it was created, nanoseconds since 1970.</param>
    /// <param name="configuration">Its configuration as JSON.</param>
    public ConsumerJournal(JetStreamStream stream, string consumer, long createdNanos, byte[] configuration)
    {
        _stream = stream;
        _key = ConsumerRecord.KeyOf(consumer);
        _createdNanos = createdNanos;
        _configuration = configuration;
    }

    /// <summary>Changes that are not appended yet.</summary>
    public ConsumerChanges Changes { get; } = new();

    /// <summary>Everything that was appended is committed once this is.</summary>
    public LogPosition Position { get; private set; }

    /// <summary>Appends what has changed.</summary>
    /// <returns>Whether there was anything; <see cref="HandOver"/> is to be called then.</returns>
    public bool Flush(AckState state)
    {
        if (_isRemoved)
            Changes.Clear();
        if (Changes.IsEmpty)
            return false;
        if (_changesBytes + Changes.Written.Length > Math.Max(ChangesBytesMin, 4L * _recordBytes))
        {
            WriteRecord(state);
            return true;
        }

        lock (_stream.WriterLock)
            Position = _stream.Log.AppendAttachmentDelta(_key, Changes.Written);
        _changesBytes += Changes.Written.Length;
        Changes.Clear();
        return true;
    }

    /// <summary>Lets the store commit what was appended, if it needs to be told. With no lock held.</summary>
    public void HandOver() => _stream.Store.DeliverCommits();

    /// <summary>Writes the whole record, with another configuration.</summary>
    public void WriteRecord(AckState state, byte[] configuration)
    {
        _configuration = configuration;
        WriteRecord(state);
    }

    /// <summary>Writes the whole record. The changes that led to this state are in it.</summary>
    public void WriteRecord(AckState state)
    {
        if (_isRemoved)
            return;
        _record.Clear();
        ConsumerRecord.Write(_record, _configuration, _createdNanos, state, _scratch);
        lock (_stream.WriterLock)
        {
            _stream.Consumed.RemoveAcknowledged();
            Position = _stream.Log.SetAttachment(_key, _record.Written);
        }

        _recordBytes = _record.Length;
        _changesBytes = 0;
        Changes.Clear();
    }

    /// <summary>
    /// Leaves the consumer as it is for whoever takes the stream up next while the store stays open. After the last
    /// <see cref="Flush"/>, so that the log leads to the same.
    /// </summary>
    public void Leave(AckState state)
    {
        if (_isRemoved)
            return;
        _record.Clear();
        ConsumerRecord.Write(_record, _configuration, _createdNanos, state, _scratch);
        lock (_stream.WriterLock)
            _stream.Log.LeaveAttachment(_key, _record.Written);
    }

    /// <summary>Removes the consumer from the log; nothing of it is written behind that, where another one of its name may be.</summary>
    public void Remove()
    {
        Changes.Clear();
        if (_isRemoved)
            return;
        _isRemoved = true;
        lock (_stream.WriterLock)
            Position = _stream.Log.RemoveAttachment(_key);
    }
}

using Rivulet.JetStream.Api.Json;
using Rivulet.Storage;

namespace Rivulet.JetStream.Streams;

/// <summary>
/// The ids of the messages of a stream: those of its duplicate window, and that of its last message.
/// </summary>
/// <remarks>The stream's writer lock guards it.</remarks>
internal sealed class MessageIds
{
    /// <summary>How many messages pass between two looks for ids that are too old.</summary>
    private const int ForgetInterval = 64;

    private readonly JetStreamStream _stream;
    private readonly DuplicateTable _duplicates = new();
    private byte[] _last = [];
    private int _lastLength;
    private int _untilForget = ForgetInterval;

    public MessageIds(JetStreamStream stream) => _stream = stream;

    /// <summary>How many ids are remembered.</summary>
    public int Count => _duplicates.Count;

    /// <summary>Id of the last message; empty if it had none.</summary>
    public ReadOnlySpan<byte> Last => _last.AsSpan(0, _lastLength);

    /// <summary>Finds the message that has an id, within the window.</summary>
    /// <param name="id">The id; empty for none.</param>
    /// <returns>Its sequence, or 0.</returns>
    public ulong Find(ReadOnlySpan<byte> id)
    {
        long windowNanos = _stream.Config.DuplicateWindowNanos;
        if (id.IsEmpty || windowNanos <= 0)
            return 0;
        _duplicates.ForgetBefore(_stream.Account.Engine.Host.Time.UnixNanosNow() - windowNanos);
        return _duplicates.Find(id);
    }

    /// <summary>A message was stored.</summary>
    /// <param name="id">Its id; empty for none.</param>
    /// <param name="sequence">Its sequence.</param>
    /// <param name="timestampNanos">Its timestamp, in nanoseconds since the Unix epoch.</param>
    public void Remember(ReadOnlySpan<byte> id, ulong sequence, long timestampNanos)
    {
        if (--_untilForget == 0)
        {
            _untilForget = ForgetInterval;
            _duplicates.ForgetBefore(timestampNanos - _stream.Config.DuplicateWindowNanos);
        }

        if (_last.Length < id.Length)
            _last = new byte[id.Length * 2];
        id.CopyTo(_last);
        _lastLength = id.Length;
        if (!id.IsEmpty && _stream.Config.DuplicateWindowNanos > 0)
            _duplicates.Add(id, sequence, timestampNanos);
    }

    /// <summary>The last message has no id.</summary>
    public void ForgetLast() => _lastLength = 0;

    /// <summary>
    /// Reads back the ids of the window: of messages that have headers, the others have none. Before the stream takes
    /// messages.
    /// </summary>
    public void Recover()
    {
        long windowNanos = _stream.Config.DuplicateWindowNanos;
        if (windowNanos <= 0)
            return;
        using var message = new StoredMessage();
        long now = _stream.Account.Engine.Host.Time.UnixNanosNow();
        ulong sequence = _stream.Log.FindByTime(now - windowNanos);
        ulong last = 0;
        while ((sequence = _stream.Log.FindNextWithHeaders(sequence)) != 0)
        {
            if (_stream.Log.Read(sequence, message) == ReadStatus.Found)
            {
                Remember(PublishHeaders.Read(message.Headers).MessageId, message.Sequence, message.TimestampNanos);
                last = sequence;
            }

            sequence++;
        }

        // Behind it there may be one that has none.
        if (last != _stream.Log.Tail.LastSequence)
            ForgetLast();
    }
}

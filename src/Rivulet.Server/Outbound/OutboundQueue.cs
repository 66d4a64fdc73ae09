using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Rivulet.Server.Connections;

namespace Rivulet.Server.Outbound;

/// <summary>The bytes that one connection is still to be sent, in order.</summary>
/// <remarks>
/// Any thread appends; one sender at a time takes all that is queued with <see cref="TryBeginSend"/> and owns it until
/// <see cref="ContinueOrEndSend"/> says that there is no more. The lock is a leaf: it covers copying and nothing else.
/// <see cref="PendingBytes"/> counts what is queued and what the sender has not finished sending.
/// </remarks>
internal sealed class OutboundQueue
{
    // Larger messages are split over chunks rather than given a chunk with room for all of them.
    private const int ContiguousBytesMax = 16 * 1024;

    private readonly Lock _lock = new();
    private readonly OutboundChunkPool _pool;
    private readonly long _maxPendingBytes;
    private readonly long _stallBytes;

    private OutboundChunk? _head;
    private OutboundChunk? _tail;

    // Kept back when the queue drains, so that a request-reply connection does not visit the pool for each reply.
    private OutboundChunk? _spare;

    // Whether the last run, queued since the one before was taken to be sent, did not fit into a small chunk.
    private bool _runsAreLarge;

    private long _pendingBytes;
    private long _messages;
    private long _messageBytes;
    private bool _sending;
    private bool _completed;
    private bool _drainedTold;

    /// <summary>An empty queue.</summary>
    /// <param name="pool">Where chunks come from.</param>
    /// <param name="maxPendingBytes">Pending bytes above which the connection is a slow consumer.</param>
    public OutboundQueue(OutboundChunkPool pool, long maxPendingBytes)
    {
        _pool = pool;
        _maxPendingBytes = maxPendingBytes;
        _stallBytes = maxPendingBytes / 4 * 3;
    }

    /// <summary>Bytes queued or being sent.</summary>
    public long PendingBytes => Volatile.Read(ref _pendingBytes);

    /// <summary>Whether the receiver lags so far behind that producers should be held back a little.</summary>
    public bool IsLagging => PendingBytes > _stallBytes;

    /// <summary>Messages queued since the start.</summary>
    public long Messages => Volatile.Read(ref _messages);

    /// <summary>Bytes of headers and payloads of <see cref="Messages"/>.</summary>
    public long MessageBytes => Volatile.Read(ref _messageBytes);

    /// <summary>Chunks queued, not counting those that the sender has.</summary>
    public int ChunkCount
    {
        get
        {
            lock (_lock)
            {
                int count = 0;
                for (var chunk = _head; chunk is not null; chunk = chunk.Next)
                    count++;
                return count;
            }
        }
    }

    /// <summary>Queues a message for a subscription, counting it there.</summary>
    public QueueOutcome AppendMessage(in MessageFrame frame, ClientSubscription subscription)
    {
        int length = frame.FrameBytes(subscription.Sid.Length);
        lock (_lock)
        {
            if (_completed || !subscription.TryCountDelivery(out bool isLast))
                return QueueOutcome.Refused;
            if (_pendingBytes + length > _maxPendingBytes)
                return QueueOutcome.Overflow;
            WriteFrame(frame, subscription.Sid, length);
            _messages++;
            _messageBytes += frame.BodyBytes;
            return isLast ? QueueOutcome.QueuedLast : QueueOutcome.Queued;
        }
    }

    /// <summary>Queues a message that no subscription counts and no statistic shows: a no-responders notice.</summary>
    public QueueOutcome AppendNotice(in MessageFrame frame, ReadOnlySpan<byte> sid)
    {
        int length = frame.FrameBytes(sid.Length);
        lock (_lock)
        {
            if (_completed)
                return QueueOutcome.Refused;
            if (_pendingBytes + length > _maxPendingBytes)
                return QueueOutcome.Overflow;
            WriteFrame(frame, sid, length);
            return QueueOutcome.Queued;
        }
    }

    /// <summary>Queues protocol text: <c>INFO</c>, <c>+OK</c>, <c>-ERR</c>, <c>PING</c>, <c>PONG</c>.</summary>
    public QueueOutcome Append(ReadOnlySpan<byte> protocol)
    {
        lock (_lock)
        {
            if (_completed)
                return QueueOutcome.Refused;
            if (_pendingBytes + protocol.Length > _maxPendingBytes)
                return QueueOutcome.Overflow;
            WriteSplit(protocol);
            _pendingBytes += protocol.Length;
            return QueueOutcome.Queued;
        }
    }

    /// <summary>
    /// Sets how many messages a subscription may have in all, or 0 for no limit. True if it has had them already.
    /// </summary>
    public bool LimitDeliveries(ClientSubscription subscription, long max)
    {
        lock (_lock)
            return subscription.Limit(max);
    }

    /// <summary>
    /// Takes everything queued, unless another sender is at it or nothing is there. <paramref name="drained"/> is true
    /// once: for the caller who finds a completed queue empty.
    /// </summary>
    public bool TryBeginSend([NotNullWhen(true)] out OutboundChunk? chunks, out bool drained)
    {
        lock (_lock)
        {
            drained = false;
            chunks = null;
            if (_sending)
                return false;
            if (_head is null)
            {
                drained = TellDrained();
                return false;
            }

            _sending = true;
            chunks = Detach();
            return true;
        }
    }

    /// <summary>Reports bytes as sent, and takes what was queued meanwhile; false ends the sender's turn.</summary>
    /// <param name="sentBytes">Bytes sent since the last report.</param>
    /// <param name="chunks">More to send.</param>
    /// <param name="drained">As with <see cref="TryBeginSend"/>.</param>
    public bool ContinueOrEndSend(int sentBytes, [NotNullWhen(true)] out OutboundChunk? chunks, out bool drained)
    {
        lock (_lock)
        {
            Debug.Assert(_sending, "only the sender reports");
            _pendingBytes -= sentBytes;
            Debug.Assert(_pendingBytes >= 0, "sent more than was queued");
            drained = false;
            chunks = _head is null ? null : Detach();
            if (chunks is not null)
                return true;
            _sending = false;
            drained = TellDrained();
            return false;
        }
    }

    /// <summary>Reports bytes as sent while the sender goes on with what it has.</summary>
    public void Sent(int bytes)
    {
        lock (_lock)
        {
            _pendingBytes -= bytes;
            Debug.Assert(_pendingBytes >= 0, "sent more than was queued");
        }
    }

    /// <summary>Takes a chunk back that has been sent.</summary>
    public void Recycle(OutboundChunk chunk)
    {
        chunk.Clear();
        lock (_lock)
        {
            if (_spare is null && !_completed)
            {
                _spare = chunk;
                return;
            }
        }

        _pool.Return(chunk);
    }

    /// <summary>Takes nothing more. What is queued can still be sent.</summary>
    public void Complete()
    {
        lock (_lock)
            _completed = true;
    }

    /// <summary>
    /// Takes nothing more and drops what is queued. True if nobody is sending, and so nobody will be told that the queue
    /// drained; otherwise the sender's turn ends as usual.
    /// </summary>
    public bool Abandon()
    {
        OutboundChunk? chunk;
        bool idle;
        lock (_lock)
        {
            _completed = true;
            idle = !_sending;
            if (idle)
                _drainedTold = true;
            chunk = _head;
            _head = null;
            _tail = null;
        }

        while (chunk is not null)
        {
            var next = chunk.Next;
            _pool.Return(chunk);
            chunk = next;
        }

        ReleaseSpare();
        return idle;
    }

    /// <summary>Gives the chunk kept back to the pool; for a connection that has gone quiet.</summary>
    public void ReleaseSpare()
    {
        OutboundChunk? spare;
        lock (_lock)
        {
            spare = _spare;
            _spare = null;
        }

        if (spare is not null)
            _pool.Return(spare);
    }

    private OutboundChunk Detach()
    {
        var chunks = _head!;
        _runsAreLarge = chunks.Next is not null || chunks.End > OutboundChunkPool.SmallBytes;
        _head = null;
        _tail = null;
        return chunks;
    }

    private bool TellDrained()
    {
        if (!_completed || _drainedTold)
            return false;
        _drainedTold = true;
        return true;
    }

    private void WriteFrame(in MessageFrame frame, ReadOnlySpan<byte> sid, int length)
    {
        _pendingBytes += length;
        if (_tail is { } tail && tail.Free.Length >= length)
        {
            tail.Written(frame.Write(tail.Free, sid));
        }
        else if (length <= ContiguousBytesMax)
        {
            tail = AddChunk(length);
            tail.Written(frame.Write(tail.Free, sid));
        }
        else
        {
            WriteFrameSplit(frame, sid);
        }
    }

    private void WriteFrameSplit(in MessageFrame frame, ReadOnlySpan<byte> sid)
    {
        // The line is bounded by the control line limit, which may be set higher than a chunk has room for.
        int lineBytes = frame.LineBytes(sid.Length);
        if (lineBytes <= ContiguousBytesMax)
        {
            var tail = _tail;
            if (tail is null || tail.Free.Length < lineBytes)
                tail = AddChunk(OutboundChunkPool.LargeBytes);
            tail.Written(frame.WriteLine(tail.Free, sid));
        }
        else
        {
            byte[] line = new byte[lineBytes];
            frame.WriteLine(line, sid);
            WriteSplit(line);
        }

        WriteSplit(frame.Headers);
        WriteSplit(frame.Payload);
        WriteSplit("\r\n"u8);
    }

    private void WriteSplit(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var tail = _tail;
            if (tail is null || tail.Free.IsEmpty)
                tail = AddChunk(bytes.Length);
            int count = Math.Min(bytes.Length, tail.Free.Length);
            bytes[..count].CopyTo(tail.Free);
            tail.Written(count);
            bytes = bytes[count..];
        }
    }

    private OutboundChunk AddChunk(int wantedBytes)
    {
        // A chunk in the list already means that more than a reply is on its way; and after such a run another one is
        // likely, which is sent with one call if it has one chunk.
        bool large = _tail is not null || _runsAreLarge || wantedBytes > OutboundChunkPool.SmallBytes;
        OutboundChunk chunk;
        if (_spare is { } spare && (spare.Buffer.Length == OutboundChunkPool.LargeBytes || !large))
        {
            _spare = null;
            chunk = spare;
        }
        else
        {
            chunk = _pool.Rent(large);
        }

        if (_tail is null)
            _head = chunk;
        else
            _tail.Next = chunk;
        _tail = chunk;
        return chunk;
    }
}

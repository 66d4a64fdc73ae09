using System.Diagnostics;
using Rivulet.Server.Transports;

namespace Rivulet.Server.Outbound;

/// <summary>
/// Moves a connection's <see cref="OutboundQueue"/> to its transport. One turn of sending at a time, whoever takes it.
/// </summary>
/// <remarks>
/// <see cref="Flush"/> sends in place as long as the transport takes bytes without waiting. When it does not, the turn
/// passes to an asynchronous loop that holds it until the queue is empty, so neither a publisher nor the committer ever
/// waits for a slow reader. In that loop each chunk has the write deadline to go out.
/// </remarks>
internal sealed class OutboundSender : IDisposable
{
    // A thread that flushes for others goes round this often at most, then leaves the rest to the connection's own loop.
    private const int RoundsInPlaceMax = 4;

    private readonly IByteTransport _transport;
    private readonly OutboundQueue _queue;
    private readonly IOutboundOwner _owner;
    private readonly TimeProvider _time;
    private readonly TimeSpan _writeDeadline;
    private readonly Lock _deadlineLock = new();

    private ITimer? _deadline;
    private long _deadlineStartedAt;
    private bool _deadlineRuns;
    private bool _disposed;

    /// <summary>A sender for one connection.</summary>
    public OutboundSender(
        IByteTransport transport, OutboundQueue queue, IOutboundOwner owner, TimeSpan writeDeadline, TimeProvider time)
    {
        _transport = transport;
        _queue = queue;
        _owner = owner;
        _writeDeadline = writeDeadline;
        _time = time;
    }

    /// <summary>Sends what is queued, or sees that it is being sent. Never waits. Any thread.</summary>
    public void Flush()
    {
        if (!_queue.TryBeginSend(out var chunk, out bool drained))
        {
            if (drained)
                _owner.OnDrained();
            return;
        }

        for (int round = 1; ; round++)
        {
            int sentBytes = 0;
            while (chunk is not null)
            {
                var result = _transport.TrySend(chunk.Unsent);
                if (result.Status is TransportStatus.Closed or TransportStatus.Failed)
                {
                    End(chunk, result.Error);
                    return;
                }

                chunk.Sent(result.Bytes);
                sentBytes += result.Bytes;
                if (chunk.Unsent.IsEmpty)
                {
                    chunk = NextOf(chunk);
                }
                else if (result.Status == TransportStatus.WouldBlock)
                {
                    _queue.Sent(sentBytes);
                    _ = SendRestAsync(chunk);
                    return;
                }
            }

            if (!_queue.ContinueOrEndSend(sentBytes, out chunk, out drained))
                break;
            if (round == RoundsInPlaceMax)
            {
                LeaveRest(chunk);
                return;
            }
        }

        if (drained)
            _owner.OnDrained();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_deadlineLock)
        {
            _disposed = true;
            _deadline?.Dispose();
        }
    }

    private void LeaveRest(OutboundChunk chunk)
    {
        ThreadPool.UnsafeQueueUserWorkItem(
            static rest => _ = rest.Sender.SendRestAsync(rest.Chunk), (Sender: this, Chunk: chunk), preferLocal: false);
    }

    private async Task SendRestAsync(OutboundChunk first)
    {
        OutboundChunk? chunk = first;
        bool drained;
        do
        {
            while (chunk is not null)
            {
                int length = chunk.Unsent.Length;
                StartDeadline();
                var result = await _transport.SendAsync(chunk.Unsent).ConfigureAwait(false);
                StopDeadline();
                if (result.Status != TransportStatus.Completed)
                {
                    End(chunk, result.Error);
                    return;
                }

                Debug.Assert(result.Bytes == length, "an asynchronous send ends when all is sent");
                chunk.Sent(length);
                _queue.Sent(length);
                chunk = NextOf(chunk);
            }
        }
        while (_queue.ContinueOrEndSend(0, out chunk, out drained));

        if (drained)
            _owner.OnDrained();
    }

    private OutboundChunk? NextOf(OutboundChunk sent)
    {
        var next = sent.Next;
        _queue.Recycle(sent);
        return next;
    }

    private void End(OutboundChunk? unsent, Exception? error)
    {
        // The turn is kept for good, so that nobody sends after a failure; the rest is dropped.
        while (unsent is not null)
            unsent = NextOf(unsent);
        _owner.OnSendEnded(error);
    }

    private void StartDeadline()
    {
        lock (_deadlineLock)
        {
            if (_disposed)
                return;
            _deadlineRuns = true;
            _deadlineStartedAt = _time.GetTimestamp();
            _deadline ??= _time.CreateTimer(
                static sender => ((OutboundSender)sender!).OnDeadline(),
                this,
                Timeout.InfiniteTimeSpan,
                Timeout.InfiniteTimeSpan);
            _deadline.Change(_writeDeadline, Timeout.InfiniteTimeSpan);
        }
    }

    private void StopDeadline()
    {
        lock (_deadlineLock)
        {
            _deadlineRuns = false;
            if (!_disposed)
                _deadline?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    private void OnDeadline()
    {
        lock (_deadlineLock)
        {
            if (!_deadlineRuns || _disposed)
                return;

            // The timer may have fired for a chunk that went out just then, with the next one following it.
            var left = _writeDeadline - _time.GetElapsedTime(_deadlineStartedAt);
            if (left > TimeSpan.Zero)
            {
                _deadline!.Change(TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
                return;
            }
        }

        _owner.OnWriteDeadline();
    }
}

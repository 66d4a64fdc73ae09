using Rivulet.JetStream.Consumers.Configuration;
using Rivulet.JetStream.Consumers.Delivery;

namespace Rivulet.JetStream.Consumers.Pull;

/// <summary>
/// The requests that wait at a pull consumer: each message goes to the request whose turn it is, and each request ends
/// when it has what it wanted, when its time is over, or when there is nothing for it. Guarded by the consumer's lock.
/// </summary>
internal sealed class PullTarget : DeliveryTarget
{
    private readonly WaitingQueue _queue;
    private readonly PriorityPolicy _policy;
    private long _tendAtNanos = long.MaxValue;

    /// <summary>Nobody waits yet.</summary>
    /// <param name="policy">How to choose between requests.</param>
    /// <param name="pin">The pinned client, with <see cref="PriorityPolicy.PinnedClient"/>.</param>
    public PullTarget(PriorityPolicy policy, PinnedClient? pin)
    {
        _policy = policy;
        _queue = new WaitingQueue(policy == PriorityPolicy.Prioritized);
        Pin = pin;
    }

    /// <summary>The pinned client; <c>null</c> if the consumer pins none.</summary>
    public PinnedClient? Pin { get; }

    /// <summary>Requests that wait.</summary>
    public int Count => _queue.Count;

    /// <inheritdoc/>
    public override bool IsReady => _queue.First is not null;

    /// <inheritdoc/>
    public override bool IsDue(long nowNanos)
    {
        WaitingRequest? request = nowNanos >= _tendAtNanos ? _queue.First : null;
        while (request is not null && nowNanos < request.ExpiresAtNanos && nowNanos < request.HeartbeatAtNanos)
            request = request.Next;
        return request is not null;
    }

    /// <summary>How many messages all requests together want.</summary>
    public long TotalMessagesLeft() => _queue.TotalMessagesLeft();

    /// <summary>Lets a request wait.</summary>
    public void Add(ReadOnlySpan<byte> reply, in PullRequest asked, long nowNanos)
    {
        WaitingRequest request = _queue.Add(reply, asked, nowNanos);
        _tendAtNanos = Math.Min(_tendAtNanos, Math.Min(request.ExpiresAtNanos, request.HeartbeatAtNanos));
    }

    /// <inheritdoc/>
    public override bool TryChoose(in Offer offer, Recipient recipient, Outbox outbox)
    {
        int looksLeft = _queue.Count;
        while (looksLeft > 0 && _queue.First is { } request)
        {
            if (request.ExpiresAtNanos <= offer.NowNanos)
            {
                End(request, "408 Request Timeout", outbox);
                looksLeft--;
                continue;
            }

            Turn turn = TurnOf(request, offer);
            if (turn == Turn.WrongPin)
            {
                End(request, "423 Nats-Wrong-Pin-Id", outbox);
                looksLeft--;
            }
            else if (turn == Turn.Later)
            {
                _queue.Requeue(request);
                looksLeft--;
            }
            else if (request.BytesLeft > 0 && offer.SizeBytes > request.BytesLeft)
            {
                End(request, "409 Message Size Exceeds MaxBytes", outbox);
                looksLeft--;
            }
            else
            {
                if (Pin is not null && request.Asked.IsObject)
                    Pin.Serve(request, offer.NowNanos, outbox);
                recipient.Set(request.Reply.Span, request.Ticket, Pin?.CurrentId);
                return true;
            }
        }

        return false;
    }

    /// <inheritdoc/>
    public override void Delivered(in Offer offer, Recipient recipient, Outbox outbox)
    {
        WaitingRequest request = _queue.First!;
        if (request.BytesLeft > 0)
        {
            request.BytesLeft -= offer.SizeBytes;
            if (request.BytesLeft == 0)
                request.MessagesLeft = 1;
        }

        request.Delivered++;
        request.MessagesLeft--;
        if (request.Asked.HeartbeatNanos > 0)
            request.HeartbeatAtNanos = Nanos.SaturatingAdd(offer.NowNanos, request.Asked.HeartbeatNanos);
        if (request.MessagesLeft > 0)
        {
            _queue.Requeue(request);
            return;
        }

        if (request.BytesLeft > 0)
            outbox.Add(recipient.Subject, StatusMessage.Ended("409 Batch Completed", request.MessagesLeft, request.BytesLeft));
        _queue.Remove(request);
    }

    /// <inheritdoc/>
    public override void Undelivered(Recipient recipient) => RemoveTicket(recipient.Ticket);

    /// <inheritdoc/>
    public override long Tend(long nowNanos, bool endOfStream, Progress progress, Outbox outbox)
    {
        long pinDue = Pin?.Tend(nowNanos, outbox) ?? long.MaxValue;
        if (nowNanos < _tendAtNanos && !(endOfStream && _queue.NoWaitCount > 0))
            return Math.Min(pinDue, _tendAtNanos);

        _tendAtNanos = long.MaxValue;
        WaitingRequest? next;
        for (WaitingRequest? request = _queue.First; request is not null; request = next)
        {
            next = request.Next;
            if (nowNanos >= request.ExpiresAtNanos)
                End(request, "408 Request Timeout", outbox);
            else if (endOfStream && request.Asked.NoWait && HasNothingToWaitFor(request))
                EndWithoutMessages(request, outbox);
            else
                TendWaiting(request, nowNanos, progress, outbox);
        }

        return Math.Min(pinDue, _tendAtNanos);
    }

    /// <inheritdoc/>
    public override void Close(ConsumerEnd end, Outbox outbox)
    {
        while (_queue.First is { } request)
        {
            if (end == ConsumerEnd.Stopped)
            {
                End(request, "409 Server Shutdown", outbox);
                continue;
            }

            outbox.Add(request.Reply.Span, StatusMessage.ConsumerDeleted);
            _queue.Remove(request);
        }
    }

    /// <summary>Copies the addresses of the requests, to see whether anyone is still there.</summary>
    public List<(long Ticket, byte[] Reply)> CopyWaiting()
    {
        var waiting = new List<(long, byte[])>(_queue.Count);
        for (WaitingRequest? request = _queue.First; request is not null; request = request.Next)
            waiting.Add((request.Ticket, request.Reply.ToArray()));
        return waiting;
    }

    /// <summary>Ends a request without a word, if it still waits.</summary>
    public void RemoveTicket(long ticket)
    {
        for (WaitingRequest? request = _queue.First; request is not null; request = request.Next)
        {
            if (request.Ticket != ticket)
                continue;
            _queue.Remove(request);
            return;
        }
    }

    private enum Turn
    {
        Now,
        Later,
        WrongPin,
    }

    private Turn TurnOf(WaitingRequest request, in Offer offer)
    {
        if (Pin is not null)
        {
            if (Pin.Admits(request))
                return Turn.Now;
            return request.PinId.Length > 0 ? Turn.WrongPin : Turn.Later;
        }

        if (_policy != PriorityPolicy.Overflow || request.Asked is { MinPending: <= 0, MinAckPending: <= 0 })
            return Turn.Now;
        bool enoughPending = request.Asked.MinPending > 0 && (ulong)request.Asked.MinPending <= offer.Pending;
        bool enoughAcks = request.Asked.MinAckPending > 0 && request.Asked.MinAckPending <= offer.AckPending;
        return enoughPending || enoughAcks ? Turn.Now : Turn.Later;
    }

    // A request that does not wait, but has a time, waits for its first message after all.
    private static bool HasNothingToWaitFor(WaitingRequest request) =>
        request.ExpiresAtNanos == long.MaxValue || request.Delivered > 0;

    private void TendWaiting(WaitingRequest request, long nowNanos, Progress progress, Outbox outbox)
    {
        if (nowNanos >= request.HeartbeatAtNanos)
        {
            outbox.Add(
                request.Reply.Span,
                StatusMessage.IdleHeartbeat(progress.ConsumerSequence, progress.StreamSequence, stalledOn: default));
            request.HeartbeatAtNanos = Nanos.SaturatingAdd(nowNanos, request.Asked.HeartbeatNanos);
        }

        _tendAtNanos = Math.Min(_tendAtNanos, Math.Min(request.ExpiresAtNanos, request.HeartbeatAtNanos));
    }

    private void EndWithoutMessages(WaitingRequest request, Outbox outbox)
    {
        outbox.Add(request.Reply.Span, StatusMessage.NoMessages);
        _queue.Remove(request);
    }

    private void End(WaitingRequest request, string status, Outbox outbox)
    {
        outbox.Add(request.Reply.Span, StatusMessage.Ended(status, request.MessagesLeft, request.BytesLeft));
        _queue.Remove(request);
    }
}

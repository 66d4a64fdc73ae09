using Rivulet.JetStream.Api;
using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Consumers.Configuration;
using Rivulet.JetStream.Consumers.Delivery;
using Rivulet.JetStream.Hosting;

namespace Rivulet.JetStream.Consumers.Pull;

/// <summary>
/// Takes the pull requests of a consumer, inside the receive loops of those who send them: refuses what can not be served,
/// and lets the rest wait for the pump.
/// </summary>
internal static class PullHandler
{
    /// <summary>Handles a request.</summary>
    /// <param name="consumer">The consumer asked.</param>
    /// <param name="reply">Where the messages go; nothing happens without.</param>
    /// <param name="headers">Header block of the request.</param>
    /// <param name="body">Its body.</param>
    /// <param name="batch">For an answer.</param>
    public static void Handle(
        Consumer consumer,
        ReadOnlySpan<byte> reply,
        ReadOnlySpan<byte> headers,
        ReadOnlySpan<byte> body,
        DeliveryBatch batch)
    {
        if (reply.IsEmpty)
            return;
        if (consumer.Target is not PullTarget target)
            Answer(consumer, reply, StatusMessage.PushBased, batch);
        else if (!ApiLevel.IsSupported(headers))
            Answer(consumer, reply, StatusMessage.RequiredApiLevel, batch);
        else if (PullRequestReader.Read(body, out PullRequest request) is { } mistake)
            Answer(consumer, reply, StatusMessage.Refused($"400 Bad Request - {mistake}"), batch);
        else if (FindRefusal(consumer.Config, request) is { } status)
            Answer(consumer, reply, StatusMessage.Refused(status), batch);
        else
            Admit(consumer, target, reply, request, batch);
    }

    private static string? FindRefusal(ConsumerConfig config, in PullRequest request)
    {
        if (config.MaxRequestBatch > 0 && request.Batch > config.MaxRequestBatch)
            return $"409 Exceeded MaxRequestBatch of {config.MaxRequestBatch}";
        if (config.MaxRequestExpiresNanos > 0 && request.ExpiresNanos > config.MaxRequestExpiresNanos)
            return $"409 Exceeded MaxRequestExpires of {DurationText.Format(config.MaxRequestExpiresNanos)}";
        if (config.MaxRequestMaxBytes > 0 && request.MaxBytes > config.MaxRequestMaxBytes)
            return $"409 Exceeded MaxRequestMaxBytes of {config.MaxRequestMaxBytes}";
        return request.IsObject ? FindPriorityRefusal(config, request) : null;
    }

    private static string? FindPriorityRefusal(ConsumerConfig config, in PullRequest request)
    {
        bool asksForOverflow = request.MinPending != 0 || request.MinAckPending != 0;
        if (asksForOverflow && config.PriorityPolicy != PriorityPolicy.Overflow)
            return "400 Bad Request - Not a Overflow Priority consumer";
        if (request.PinId.Length > 0 && config.PriorityPolicy != PriorityPolicy.PinnedClient)
            return "400 Bad Request - Not a Pinned Client Priority consumer";
        if (request.Priority is < 0 or > 9)
            return "400 Bad Request - Priority must be between 0 and 9";
        if (config.PriorityPolicy == PriorityPolicy.None)
            return null;
        if (request.Group.Length == 0)
            return "400 Bad Request - Priority Group missing";
        return config.PriorityGroups?.Contains(request.Group) == true ? null : "400 Bad Request - Invalid Priority Group";
    }

    private static void Admit(
        Consumer consumer, PullTarget target, ReadOnlySpan<byte> reply, in PullRequest request, DeliveryBatch batch)
    {
        // Whoever has gone away makes room for those who come.
        if (request.NoWait || target.Count >= consumer.Config.MaxWaiting)
            SweepWaiting(consumer, target, batch);

        // Beside others that wait, and where acks hold the pump up, it depends on how many messages there are; the number that is kept
        // may count some that have gone.
        ulong? ahead = request.NoWait && (target.Count > 0 || IsHeldUp(consumer)) ? consumer.CountPendingNow() : null;
        ReadOnlySpan<byte> refusal = default;
        bool isAdmitted;
        List<Outbox.Outgoing>? toSend;
        lock (consumer.Gate)
        {
            if (consumer.IsClosed)
                return;
            long now = consumer.Time.UnixNanosNow();
            isAdmitted = TryAdmit(consumer, target, reply, request, ahead, now, out refusal);
            toSend = consumer.Outbox.Take();
        }

        Outbox.Send(toSend, consumer.Router, batch);
        if (isAdmitted)
            consumer.Wake();
        else if (!refusal.IsEmpty)
            Answer(consumer, reply, refusal, batch);
    }

    private static bool IsHeldUp(Consumer consumer)
    {
        lock (consumer.Gate)
            return consumer.Acks.Pending.Count >= consumer.MaxAckPending;
    }

    private static bool TryAdmit(
        Consumer consumer,
        PullTarget target,
        ReadOnlySpan<byte> reply,
        scoped in PullRequest request,
        ulong? ahead,
        long now,
        out ReadOnlySpan<byte> refusal)
    {
        refusal = default;
        if (target.Pin is { CurrentId.Length: > 0 } pin && request.IsObject)
        {
            if (request.PinId == pin.CurrentId)
                pin.KeepFrom(now);
            else if (request.PinId.Length > 0)
                refusal = StatusMessage.PinMismatch;
        }

        if (refusal.IsEmpty && request.NoWait)
        {
            ulong pending = (ahead ?? consumer.Cursor.Pending) + (ulong)consumer.Acks.Pending.QueuedCount;
            if (pending == 0 && request.ExpiresNanos == 0)
                refusal = StatusMessage.NoMessages;
            else if (pending > 0 && (long)pending < target.TotalMessagesLeft())
                refusal = StatusMessage.RequestsPending;
        }

        // A client that wants heartbeats notices by itself that none come, and does not ask again in a hot loop.
        bool isFull = refusal.IsEmpty && target.Count >= consumer.Config.MaxWaiting;
        if (isFull && request.HeartbeatNanos == 0)
            refusal = StatusMessage.MaxWaitingExceeded;
        if (isFull || !refusal.IsEmpty)
        {
            if (request.NoWait && !isFull)
                consumer.LastUsedNanos = now;
            return false;
        }

        consumer.LastUsedNanos = now;
        target.Add(reply, request, now);
        return true;
    }

    /// <summary>Ends the requests whose time is over, and those whose clients have gone. Not under the gate.</summary>
    /// <returns>Requests that still wait.</returns>
    public static int SweepWaiting(Consumer consumer, PullTarget target, DeliveryBatch batch)
    {
        List<(long Ticket, byte[] Reply)> waiting;
        List<Outbox.Outgoing>? toSend;
        lock (consumer.Gate)
        {
            long now = consumer.Time.UnixNanosNow();
            if (target.Count == 0)
                return 0;
            consumer.TendTarget(now, atEnd: false);
            toSend = consumer.Outbox.Take();
            waiting = target.CopyWaiting();
        }

        Outbox.Send(toSend, consumer.Router, batch);
        waiting.RemoveAll(request => consumer.Router.IsHeard(request.Reply));
        if (waiting.Count == 0)
            return target.Count;
        lock (consumer.Gate)
        {
            foreach ((long ticket, _) in waiting)
                target.RemoveTicket(ticket);
            return target.Count;
        }
    }

    private static void Answer(Consumer consumer, ReadOnlySpan<byte> reply, ReadOnlySpan<byte> status, DeliveryBatch batch) =>
        consumer.Router.Publish(reply, default, status, default, batch);
}

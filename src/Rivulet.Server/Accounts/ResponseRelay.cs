using System.Buffers;
using Rivulet.Server.Outbound;
using Rivulet.Server.Routing;
using Rivulet.Server.Security;

namespace Rivulet.Server.Accounts;

/// <summary>Passes the responses of an account's services on to those who asked, as many as they may be.</summary>
internal sealed class ResponseRelay : RelayTarget
{
    // Longer reply subjects are rented for.
    private const int ReplyBytes = 256;

    private readonly Account _owner;
    private readonly PendingResponses _pending;

    /// <summary>The relay of an account.</summary>
    public ResponseRelay(Account owner, PendingResponses pending)
        : base(pending.Filter)
    {
        _owner = owner;
        _pending = pending;
    }

    /// <inheritdoc/>
    public override bool Relay(in Publication publication, ServerDeliveryBatch batch)
    {
        bool isLast = publication.Headers.IsEmpty && publication.Payload.IsEmpty;
        Span<byte> room = stackalloc byte[ReplyBytes];
        var requester = _pending.TryTake(publication.RoutingSubject, isLast, room, out int length, out var service, out var sample);
        if (requester is null)
            return false;
        if (length <= room.Length)
            return PassOn(publication, requester, room[..length], service!, sample, batch);
        byte[] rented = ArrayPool<byte>.Shared.Rent(length);
        requester = _pending.TryTake(publication.RoutingSubject, isLast, rented, out length, out service, out sample);
        bool received = requester is not null && length <= rented.Length
            && PassOn(publication, requester, rented.AsSpan(0, length), service!, sample, batch);
        ArrayPool<byte>.Shared.Return(rented);
        return received;
    }

    /// <inheritdoc/>
    public override bool HasInterest(ReadOnlySpan<byte> subject)
    {
        byte[] room = ArrayPool<byte>.Shared.Rent(ReplyBytes);
        var requester = _pending.Find(subject, room, out int length);
        if (requester is not null && length > room.Length)
        {
            ArrayPool<byte>.Shared.Return(room);
            room = ArrayPool<byte>.Shared.Rent(length);
            requester = _pending.Find(subject, room, out length);
        }

        bool has = requester is not null && length <= room.Length && requester.Router.HasAnyInterest(room.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(room);
        return has;
    }

    private bool PassOn(
        in Publication publication,
        Account requester,
        ReadOnlySpan<byte> to,
        ServiceExport service,
        LatencySample? sample,
        ServerDeliveryBatch batch)
    {
        if (sample is null)
            return PassOn(publication, requester, to, service, batch);
        long arrived = _owner.Time.GetTimestamp();
        bool received = PassOn(publication, requester, to, service, batch);
        if (received)
            sample.Responded(publication.Publisher, arrived, batch);
        else
            sample.Failed(408, "Request Timeout", batch);
        return received;
    }

    private bool PassOn(
        in Publication publication, Account requester, ReadOnlySpan<byte> to, ServiceExport service, ServerDeliveryBatch batch)
    {
        if (publication.Hops >= HopsMax)
            return false;
        Span<byte> reply = stackalloc byte[PendingResponses.SubjectBytes];
        bool isAnswered = ServiceImportTarget.NeedsResponse(publication.Reply);
        if (isAnswered)
            requester.Responses.Add(_owner, publication.Reply, service, sample: null, reply);
        bool isMasked = !publication.Target.IsEmpty;
        bool received = requester.Router.Route(
            publication with
            {
                Subject = isMasked ? publication.Subject : to,
                Target = isMasked ? to : default,
                Reply = isAnswered ? reply : publication.Reply,
                Hops = publication.Hops + 1,
            },
            batch);
        if (!received)
            _pending.Remove(publication.RoutingSubject);
        if (!received && isAnswered)
            requester.Responses.Remove(reply);
        return received;
    }
}

using Rivulet.JetStream.Hosting;
using Rivulet.Server.Accounts;
using Rivulet.Server.Connections;
using Rivulet.Server.Outbound;
using Rivulet.Server.Routing;
using Rivulet.Server.SystemRequests;

namespace Rivulet.Server.Tracing;

/// <summary>Delivers messages that are traced, or only finds out who would get them.</summary>
/// <remarks>Beside the ordinary way of messages and not in it, so that those which nobody traces pay nothing.</remarks>
internal static class TracedDelivery
{
    private const string NoEcho = "Not delivered because of no echo";
    private const string Denied = "Not delivered because subscription denies this subject";
    private const string NotTaken = "Not delivered because client is closed";

    /// <summary>Delivers a message to one target; true if anyone received it, or would have.</summary>
    public static bool To(RouteTarget target, in Publication publication, ServerDeliveryBatch batch)
    {
        return target switch
        {
            ClientSubscription subscription => ToSubscription(subscription, target, publication, batch),
            ImportedSubscription imported => ToImported(imported, publication, batch),
            QueueTarget group => ToOneOf(group, publication, batch),
            HandlerSubscription { Handler: ITraceableHandler stream } handler => ToStream(handler, stream, publication, batch),
            HandlerSubscription handler => ToServer(handler, publication, batch),
            ResponseRelay relay => ToRequester(relay, publication, batch),
            _ => AccountRouter.ToTarget(target, publication, batch),
        };
    }

    private static bool ToSubscription(
        ClientSubscription subscription, RouteTarget target, in Publication publication, ServerDeliveryBatch batch)
    {
        var trace = publication.Trace!;
        bool received = trace.IsOnly ? WouldTake(subscription, publication) : AccountRouter.ToTarget(target, publication, batch);
        trace.Left(subscription, target.Filter, received ? null : Reason(subscription, publication));
        return received;
    }

    private static bool WouldTake(ClientSubscription subscription, in Publication publication)
    {
        var connection = subscription.Connection;
        return connection.ClosedReason == ClosedReason.None
            && (connection != publication.Publisher || connection.Echo)
            && (connection.Rights is not { } rights || rights.MayReceive(publication.Subject, subscription));
    }

    private static string Reason(ClientSubscription subscription, in Publication publication)
    {
        var connection = subscription.Connection;
        if (connection == publication.Publisher && !connection.Echo)
            return NoEcho;
        return connection.Rights is { } rights && !rights.MayReceive(publication.Subject, subscription) ? Denied : NotTaken;
    }

    private static bool ToImported(ImportedSubscription imported, in Publication publication, ServerDeliveryBatch batch)
    {
        // What came here as a request is not handed on as a message.
        if (publication.Hops > 0)
            return false;
        var rule = imported.Import;
        byte[] room = new byte[rule.LengthHere(publication.Subject)];
        var here = rule.KeepsSubjects ? publication.Subject : rule.WriteHere(publication.Subject, room);
        publication.Trace!.StreamExported(imported.Subscription.Connection.Account, here);
        if (rule.Settings.AllowTrace)
            return ToSubscription(imported.Subscription, imported, publication, batch);
        return publication.Trace.IsOnly
            ? WouldTake(imported.Subscription, publication)
            : AccountRouter.ToTarget(imported, publication, batch);
    }

    private static bool ToOneOf(QueueTarget group, in Publication publication, ServerDeliveryBatch batch)
    {
        int count = group.MemberCount;
        if (count == 0)
            return false;
        int first = count == 1 ? 0 : batch.NextRandom(count);
        for (int i = 0; i < count; i++)
        {
            if (group.MemberAt((first + i) % count) is { } member && To(member, publication, batch))
                return true;
        }

        return false;
    }

    private static bool ToStream(
        HandlerSubscription handler, ITraceableHandler stream, in Publication publication, ServerDeliveryBatch batch)
    {
        if (!handler.IsActive)
            return false;
        var message = new RoutedMessage(
            publication.Subject, publication.Reply, publication.Headers, publication.Payload, publication.Publisher?.Context);
        bool received = publication.Trace!.IsOnly
            ? stream.Probe(message, batch, out var fate)
            : stream.HandleTraced(message, batch, out fate);
        if (received)
            publication.Trace.Stored(stream.StreamName, fate);
        return received;
    }

    /// <summary>Asks the server itself: JetStream, or what the system account is asked. A trace alone asks nothing.</summary>
    private static bool ToServer(HandlerSubscription handler, in Publication publication, ServerDeliveryBatch batch)
    {
        if (publication.Publisher?.SystemAccount is { } system && system != publication.Publisher.Account)
        {
            publication.Trace!.ServiceAsked(
                system, publication.RoutingSubject, OwnRequest.InSystem(publication.RoutingSubject, publication.Publisher.Account.Name));
        }

        return !publication.Trace!.IsOnly && AccountRouter.ToTarget(handler, publication, batch);
    }

    /// <summary>Answers a request from another account. Where the answer goes is not for whoever answers to see.</summary>
    private static bool ToRequester(ResponseRelay relay, in Publication publication, ServerDeliveryBatch batch)
    {
        if (publication.Trace!.IsOnly)
            return false;
        byte[] headers = TraceHeaders.WithDestination(publication.Headers, TraceHeaders.Disabled);
        Span<byte> digits = stackalloc byte[2 * SizeDigits.Max];
        return relay.Relay(
            publication with
            {
                Headers = headers,
                HeadersSize = SizeDigits.Format(headers.Length, digits[SizeDigits.Max..]),
                Size = SizeDigits.Format(headers.Length + publication.Payload.Length, digits),
                Trace = null,
            },
            batch);
    }
}

using System.Text.Json;
using Rivulet.JetStream.Consumers.Api;
using Rivulet.JetStream.Consumers.Events;
using Rivulet.JetStream.Hosting;

namespace Rivulet.JetStream.Consumers.Delivery;

/// <summary>
/// Messages of the server's own that were decided on under the consumer's lock, and are sent after it is released: status
/// messages, heartbeats, flow control, events.
/// </summary>
/// <remarks>
/// Filled and taken under the lock. Whoever fills it takes it, releases the lock and sends what it took. Nothing here is on
/// the path of an ordinary message.
/// </remarks>
internal sealed class Outbox
{
    private List<Outgoing>? _waiting;

    /// <summary>Adds a message that has no payload.</summary>
    public void Add(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> reply = default) =>
        (_waiting ??= []).Add(new Outgoing(subject.ToArray(), reply.ToArray(), headers.ToArray(), Event: null));

    /// <summary>Adds an event; <c>null</c> is one that nobody listens for.</summary>
    public void Add(ConsumerEvent? happened)
    {
        if (happened is not null)
            (_waiting ??= []).Add(new Outgoing(happened.Subject, [], [], happened));
    }

    /// <summary>Hands over what waits; <c>null</c> if nothing does.</summary>
    public List<Outgoing>? Take()
    {
        List<Outgoing>? taken = _waiting;
        _waiting = null;
        return taken;
    }

    /// <summary>Sends what was taken. Not under a lock.</summary>
    public static void Send(List<Outgoing>? taken, IAccountRouter router, DeliveryBatch batch)
    {
        if (taken is null)
            return;
        foreach (Outgoing message in taken)
        {
            byte[] payload = message.Event is null
                ? []
                : JsonSerializer.SerializeToUtf8Bytes(message.Event, ConsumerJson.Relaxed.ConsumerEvent);
            router.Publish(message.Subject, message.Reply, message.Headers, payload, batch);
        }
    }

    /// <summary>A message to send.</summary>
    internal readonly record struct Outgoing(byte[] Subject, byte[] Reply, byte[] Headers, ConsumerEvent? Event);
}

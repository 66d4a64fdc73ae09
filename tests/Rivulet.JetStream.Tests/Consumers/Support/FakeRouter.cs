using System.Text;
using Rivulet.JetStream.Hosting;
using Rivulet.Protocol;

namespace Rivulet.JetStream.Tests.Consumers.Support;

/// <summary>A message as a subscriber got it.</summary>
/// <param name="Subject">Subject on the message line.</param>
/// <param name="Reply">Reply subject, empty for none.</param>
/// <param name="Headers">Header block, empty for none.</param>
/// <param name="Payload">Payload.</param>
internal sealed record Received(string Subject, string Reply, string Headers, string Payload)
{
    /// <summary>Payload as it is, for what is no text.</summary>
    public byte[] Content { get; init; } = [];

    /// <summary>The status line of a status message, without the version.</summary>
    public string Status => Headers.Length == 0 ? "" : Headers[9..Headers.IndexOf('\r', StringComparison.Ordinal)];

    /// <summary>Value of a header, null if it is not there.</summary>
    public string? Header(string name)
    {
        int at = Headers.IndexOf($"\r\n{name}: ", StringComparison.Ordinal);
        return at < 0 ? null : Headers[(at + name.Length + 4)..Headers.IndexOf('\r', at + 2)];
    }
}

/// <summary>A subscription of a client: what it got, oldest first.</summary>
internal sealed class Inbox(FakeRouter router, string filter, string? group) : IDisposable
{
    private readonly Queue<Received> _messages = [];

    public string Filter { get; } = filter;

    public byte[] FilterBytes { get; } = Encoding.UTF8.GetBytes(filter);

    public string? Group { get; } = group;

    public int Count => _messages.Count;

    public void Add(Received message) => _messages.Enqueue(message);

    /// <summary>Takes the oldest message; fails if there is none.</summary>
    public Received Take()
    {
        Assert.NotEmpty(_messages);
        return _messages.Dequeue();
    }

    /// <summary>Takes everything.</summary>
    public List<Received> TakeAll()
    {
        List<Received> all = [.. _messages];
        _messages.Clear();
        return all;
    }

    public void Dispose() => router.Unsubscribe(this);
}

/// <summary>A subject space without a server: everything happens on the caller's thread, in order.</summary>
internal sealed class FakeRouter : IAccountRouter
{
    private readonly List<Inbox> _inboxes = [];
    private readonly List<(byte[] Filter, IMessageHandler Handler)> _handlers = [];
    private readonly List<(string Subject, string? Group, IInterestObserver Observer)> _watches = [];

    public string AccountName => "$G";

    /// <summary>Called with each flush, for tests that count them.</summary>
    public int Flushes { get; private set; }

    /// <summary>Subscribes as a client.</summary>
    public Inbox Subscribe(string filter, string? group = null)
    {
        var inbox = new Inbox(this, filter, group);
        _inboxes.Add(inbox);
        Tell(filter);
        return inbox;
    }

    public void Unsubscribe(Inbox inbox)
    {
        _inboxes.Remove(inbox);
        Tell(inbox.Filter);
    }

    public IDisposable Subscribe(ReadOnlySpan<byte> filter, IMessageHandler handler)
    {
        (byte[], IMessageHandler) entry = (filter.ToArray(), handler);
        _handlers.Add(entry);
        return new Ending(() => _handlers.Remove(entry));
    }

    public bool Publish(
        ReadOnlySpan<byte> subject,
        ReadOnlySpan<byte> reply,
        ReadOnlySpan<byte> headers,
        ReadOnlySpan<byte> payload,
        DeliveryBatch batch) =>
        PublishFrom(null, subject, reply, headers, payload, batch);

    /// <summary>Publishes as a client would, or as the server does.</summary>
    public bool PublishFrom(
        PublisherContext? publisher,
        ReadOnlySpan<byte> subject,
        ReadOnlySpan<byte> reply,
        ReadOnlySpan<byte> headers,
        ReadOnlySpan<byte> payload,
        DeliveryBatch batch)
    {
        bool received = false;
        foreach (Inbox inbox in Matching(subject))
        {
            inbox.Add(Make(subject, reply, headers, payload));
            received = true;
        }

        foreach ((byte[] filter, IMessageHandler handler) in _handlers.ToArray())
        {
            if (Subject.Matches(subject, filter))
                received |= handler.Handle(new RoutedMessage(subject, reply, headers, payload, publisher), batch);
        }

        batch.HandOver();
        return received;
    }

    public bool Deliver(
        ReadOnlySpan<byte> deliverTo,
        ReadOnlySpan<byte> subject,
        ReadOnlySpan<byte> reply,
        ReadOnlySpan<byte> headers,
        ReadOnlySpan<byte> payload,
        DeliveryBatch batch)
    {
        List<Inbox> all = Matching(deliverTo);
        foreach (Inbox inbox in all.Where(each => each.Group is null).Concat(all.Where(each => each.Group is not null).DistinctBy(each => each.Group)))
            inbox.Add(Make(subject, reply, headers, payload));
        return all.Count > 0;
    }

    public bool HasInterest(ReadOnlySpan<byte> subject, string? queueGroup) =>
        Matching(subject).Any(inbox => inbox.Group == queueGroup);

    public bool IsHeard(ReadOnlySpan<byte> subject)
    {
        if (Matching(subject).Count > 0)
            return true;
        foreach ((byte[] filter, _) in _handlers)
        {
            if (Subject.Matches(subject, filter))
                return true;
        }

        return false;
    }

    public IDisposable WatchInterest(ReadOnlySpan<byte> subject, string? queueGroup, IInterestObserver observer)
    {
        (string, string?, IInterestObserver) entry = (Encoding.UTF8.GetString(subject), queueGroup, observer);
        _watches.Add(entry);
        return new Ending(() => _watches.Remove(entry));
    }

    public DeliveryBatch CreateBatch() => new Batch(this);

    private static Received Make(
        ReadOnlySpan<byte> subject, ReadOnlySpan<byte> reply, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload) =>
        new(
            Encoding.UTF8.GetString(subject),
            Encoding.UTF8.GetString(reply),
            Encoding.UTF8.GetString(headers),
            Encoding.UTF8.GetString(payload)) { Content = payload.ToArray() };

    private static bool Matches(string subject, string filter) =>
        Subject.Matches(Encoding.UTF8.GetBytes(subject), Encoding.UTF8.GetBytes(filter));

    private List<Inbox> Matching(ReadOnlySpan<byte> subject)
    {
        var matching = new List<Inbox>();
        foreach (Inbox inbox in _inboxes)
        {
            if (Subject.Matches(subject, inbox.FilterBytes))
                matching.Add(inbox);
        }

        return matching;
    }

    private void Tell(string filter)
    {
        foreach ((string subject, string? group, IInterestObserver observer) in _watches.Where(w => Matches(w.Subject, filter)).ToList())
            observer.OnInterestChanged(_inboxes.Any(inbox => inbox.Group == group && Matches(subject, inbox.Filter)));
    }

    private sealed class Batch(FakeRouter router) : DeliveryBatch
    {
        protected override void Send() => router.Flushes++;
    }

    private sealed class Ending(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}

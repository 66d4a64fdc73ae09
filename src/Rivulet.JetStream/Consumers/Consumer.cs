using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Consumers.Acks;
using Rivulet.JetStream.Consumers.Configuration;
using Rivulet.JetStream.Consumers.Delivery;
using Rivulet.JetStream.Consumers.Events;
using Rivulet.JetStream.Consumers.Pull;
using Rivulet.JetStream.Consumers.Push;
using Rivulet.JetStream.Consumers.State;
using Rivulet.JetStream.Hosting;
using Rivulet.JetStream.Streams;
using Rivulet.Protocol;
using Rivulet.Storage;

namespace Rivulet.JetStream.Consumers;

/// <summary>
/// A consumer: how far it has come in its stream, what waits for an ack, and where messages go.
/// </summary>
/// <remarks>
/// <para>
/// <see cref="Gate"/> guards everything here that changes. Those who change it are the delivery pump, the handlers of acks
/// and pull requests inside receive loops, the committer that reports new messages, and requests of the API. Under the gate
/// nothing is read from the stream, sent or awaited; what there is to say is put into <see cref="Outbox"/> and sent
/// afterwards. Order of locks: the set of consumers, the gate, the writer lock of the stream.
/// </para>
/// <para>This class holds the state and its lifecycle. What is done with it is next door, one file for each concern.</para>
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "Close ends the pump; a consumer has no other owner to dispose it.")]
internal sealed class Consumer : IInterestObserver
{
    private readonly ConsumerSet _set;
    private readonly DeliveryPump _pump;
    private readonly List<IDisposable> _subscriptions = [];
    private readonly List<ulong> _settled = [];
    private readonly Random _random;
    private IDisposable? _watch;
    private bool _isPauseReported;

    /// <summary>A consumer that is not running yet.</summary>
    /// <param name="set">The consumers of its stream.</param>
    /// <param name="name">Its name.</param>
    /// <param name="config">Its configuration, complete and valid.</param>
    /// <param name="createdNanos">When it was created, nanoseconds since 1970.</param>
    /// <param name="acks">What it has delivered.</param>
    /// <param name="start">Where it goes on.</param>
    /// <param name="removeAfterNanos">Time it stays unused, jitter included; 0 for ever.</param>
    public Consumer(
        ConsumerSet set,
        string name,
        ConsumerConfig config,
        long createdNanos,
        AckState acks,
        StartingPoint start,
        long removeAfterNanos)
    {
        _set = set;
        Name = name;
        Config = config;
        CreatedNanos = createdNanos;
        Acks = acks;
        Cursor = new DeliveryCursor(start);
        Filters = FilterSet.From(config.AllFilters);
        RemoveAfterNanos = removeAfterNanos;
        JetStreamEngine engine = Stream.Account.Engine;
        long nowNanos = engine.Host.Time.UnixNanosNow();
        LastUsedNanos = nowNanos;
        _isPauseReported = IsPaused(nowNanos);
        _random = set.NewRandom();
        AckPlaces = new AckPlaces(Stream.Account, Stream.Name, name);
        Events = new ConsumerEvents(Stream.Account, Stream.Name, name, set.Ids);
        Target = config.IsPush
            ? new PushTarget(AckPlaces.Told, config, _random, nowNanos)
            : new PullTarget(config.PriorityPolicy, NewPin(config));
        bool isKept = !config.Direct && !config.MemoryStorage && Stream.Config.Storage == StorageType.File;
        Journal = isKept ? new ConsumerJournal(Stream, name, createdNanos, config.ToJson()) : null;
        _pump = new DeliveryPump(this);
    }

    /// <summary>Guards what changes.</summary>
    public Lock Gate { get; } = new();

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>When it was created, nanoseconds since 1970.</summary>
    public long CreatedNanos { get; }

    /// <summary>Its stream.</summary>
    public JetStreamStream Stream => _set.Stream;

    /// <summary>The account's subject space.</summary>
    public IAccountRouter Router => Stream.Router;

    /// <summary>The clock.</summary>
    public TimeProvider Time => Stream.Account.Engine.Host.Time;

    /// <summary>The consumers of the stream.</summary>
    public ConsumerSet Set => _set;

    /// <summary>What subjects that clients answer on say of it.</summary>
    public AckPlaces AckPlaces { get; }

    /// <summary>Makes its events.</summary>
    public ConsumerEvents Events { get; }

    /// <summary>What it has delivered.</summary>
    public AckState Acks { get; }

    /// <summary>Where it reads next.</summary>
    public DeliveryCursor Cursor { get; }

    /// <summary>Where messages go.</summary>
    public DeliveryTarget Target { get; }

    /// <summary>What is to be sent when the gate is released.</summary>
    public Outbox Outbox { get; } = new();

    /// <summary>Keeps it in the log; <c>null</c> for a consumer in memory only.</summary>
    public ConsumerJournal? Journal { get; }

    /// <summary>Its configuration. An update replaces the object.</summary>
    public ConsumerConfig Config { get; private set; }

    /// <summary>Its filters.</summary>
    public FilterSet Filters { get; private set; }

    /// <summary>Whether it may deliver.</summary>
    public bool IsReleased { get; private set; }

    /// <summary>Whether it was deleted or stopped.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>What ended it unexpectedly; <c>null</c> as long as nothing did.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Whether the pending messages must be counted anew.</summary>
    public bool MustCount { get; set; }

    /// <summary>What is to be done about messages that were purged or deleted. Any thread.</summary>
    public RemovalNote RemovalsToPrune { get; } = new();

    /// <summary>Whether messages have left the stream in another way: those among them that wait for an ack wait no more.</summary>
    public bool MustDropGone { get; set; }

    /// <summary>When the last message was delivered, nanoseconds since 1970; 0 for never.</summary>
    public long LastDeliveredNanos { get; set; }

    /// <summary>When the last ack came, nanoseconds since 1970; 0 for never.</summary>
    public long LastAckedNanos { get; set; }

    /// <summary>
    /// When it was last of use to someone, nanoseconds since 1970: when its subject lost its last subscriber, or when the
    /// last pull request or ack came.
    /// </summary>
    public long LastUsedNanos { get; set; }

    /// <summary>How long after that it is removed; 0 for never.</summary>
    public long RemoveAfterNanos { get; private set; }

    /// <summary>When it counts as unused, nanoseconds since 1970; <see cref="long.MaxValue"/> while it is used.</summary>
    public long UnusedAtNanos => RemoveAfterNanos == 0 || Target is PushTarget { IsBound: true }
        ? long.MaxValue
        : Nanos.SaturatingAdd(LastUsedNanos, RemoveAfterNanos);

    /// <summary>How many messages may wait for their ack; <see cref="int.MaxValue"/> for no limit.</summary>
    public int MaxAckPending => Config.MaxAckPending is > 0 and < int.MaxValue ? (int)Config.MaxAckPending : int.MaxValue;

    /// <summary>
    /// The message that is on its way to a receiver and needs no ack: until somebody received it, it may be taken back. 0
    /// for none.
    /// </summary>
    public ulong Routed { get; set; }

    /// <summary>Whether the stream must keep this message for this consumer, if its subject matches. Under the gate.</summary>
    public bool Needs(ulong streamSequence)
    {
        bool isAhead = streamSequence > Acks.Delivered.StreamSequence;
        return streamSequence == Routed || (isAhead ? Cursor.Reaches(streamSequence) : Acks.Needs(streamSequence));
    }

    /// <summary>The first sequence from which on it needs all messages whose subject matches. Under the gate.</summary>
    public ulong NeedsAllFrom => Cursor.ListedCount > 0 ? Cursor.Next : Acks.Delivered.StreamSequence + 1;

    /// <summary>Whether it may deliver nothing now.</summary>
    public bool IsPaused(long nowNanos) => Config.PauseUntilNanos is { } until && nowNanos < until;

    /// <summary>Whether a message was delivered as often as it may be.</summary>
    public bool IsExhausted(in PendingAck ack) => Config.MaxDeliver > 0 && ack.Deliveries >= Config.MaxDeliver;

    /// <summary>When a message delivered now falls due again, nanoseconds since 1970.</summary>
    /// <param name="nowNanos">The time, nanoseconds since 1970.</param>
    /// <param name="deliveries">How often it was delivered, this time included.</param>
    public long DeadlineNanos(long nowNanos, uint deliveries) => Config.DeadlineNanos(nowNanos, deliveries);

    /// <summary>Counts a committed message that matches. Any thread; takes the gate.</summary>
    /// <returns>Whether it could be delivered now, so that the pump should run.</returns>
    public bool NoteArrival(ulong sequence)
    {
        lock (Gate)
        {
            Cursor.Arrived(sequence);

            // What is to be delivered again may wait for a request that wants so many messages ahead.
            return Target.IsReady && (Acks.Pending.Count < MaxAckPending || Acks.Pending.QueuedCount > 0);
        }
    }

    /// <summary>Messages have left the stream. Any thread; takes the gate.</summary>
    /// <returns>Whether one of them may have waited for an ack, so that the pump should run.</returns>
    public bool NoteRemovals()
    {
        lock (Gate)
        {
            if (MustDropGone || (Acks.Pending.Count == 0 && Acks.Exhausted.Count == 0))
                return false;
            MustDropGone = true;
            return true;
        }
    }

    /// <summary>How many messages are ahead of it, counted anew if that is in doubt. Not under the gate.</summary>
    public ulong CountPendingNow()
    {
        ulong from;
        lock (Gate)
        {
            if (!MustCount && _pump.CountedRemovals == Set.Removals)
                return Cursor.Pending;
            from = Cursor.Next;
        }

        return CountFrom(from).Count + (ulong)_pump.Removed.CountListed();
    }

    /// <summary>Handles a pull request that came with an ack. Not under the gate.</summary>
    public void HandlePull(ReadOnlySpan<byte> reply, ReadOnlySpan<byte> body, DeliveryBatch batch) =>
        PullHandler.Handle(this, reply, headers: default, body, batch);

    /// <summary>Has the target do what time demands. Under the gate.</summary>
    /// <returns>When to call again, nanoseconds since 1970.</returns>
    public long TendTarget(long nowNanos, bool atEnd)
    {
        var progress = new Progress(Acks.Delivered.ConsumerSequence, Cursor.LastLookedAt, Acks.Pending.Count);
        return Target.Tend(nowNanos, atEnd, progress, Outbox);
    }

    /// <summary>Whether the next ack is to be reported. Under the gate.</summary>
    public bool ShouldSample()
    {
        if (Config.SampleFrequency is not { } text)
            return false;
        ReadOnlySpan<char> number = text.AsSpan().TrimEnd('%');
        int percent = int.TryParse(number, System.Globalization.CultureInfo.InvariantCulture, out int parsed) ? parsed : 100;
        return percent >= 100 || (percent > 0 && _random.Next(100) < percent);
    }

    /// <summary>Gives a message up: it was delivered as often as it may be. Under the gate.</summary>
    public void GiveUp(in PendingAck ack)
    {
        ulong sequence = ack.Sequences.StreamSequence;
        Acks.GiveUp(sequence);
        Journal?.Changes.GivenUp(sequence);
        Outbox.Add(Events.MaximumDeliveries(sequence, ack.Deliveries));
    }

    /// <summary>
    /// Takes the ack of one message. Under the gate; <see cref="Streams.ConsumedMessages.SettleFor"/> is to follow without it.
    /// </summary>
    /// <returns>True if it was pending.</returns>
    public bool Acknowledge(ulong sequence, out PendingAck ack)
    {
        bool wasGivenUp = Acks.Exhausted.ContainsKey(sequence);
        bool wasPending = Acks.Acknowledge(sequence, out ack);
        if (!wasPending && !wasGivenUp)
            return false;
        Journal?.Changes.Acknowledged(sequence);
        Stream.Consumed.Note(sequence, wake: false);
        return wasPending;
    }

    /// <summary>Takes the ack of everything up to a delivery. Under the gate.</summary>
    public void AcknowledgeAll(SequencePair upTo, long nowNanos)
    {
        _settled.Clear();
        if (!Acks.AcknowledgeAll(upTo, Stream.Consumed.IsActive ? _settled : null))
            return;
        LastAckedNanos = nowNanos;
        Journal?.Changes.AcknowledgedAll(upTo);
        foreach (ulong sequence in _settled)
            Stream.Consumed.Note(sequence);
    }

    /// <summary>Reports that a pause is over, once. Under the gate.</summary>
    public void EndPause(long nowNanos)
    {
        if (!_isPauseReported || IsPaused(nowNanos))
            return;
        _isPauseReported = false;
        Outbox.Add(Events.Paused(false, Config.PauseUntilNanos));
    }

    /// <summary>Counts the messages that match from a sequence on. Not under the gate.</summary>
    /// <returns>The count, and the last sequence that it covers.</returns>
    public (ulong Count, ulong UpTo) CountFrom(ulong sequence)
    {
        StreamLog log = Stream.Log;
        ulong last = Set.LastCommitted;
        if (log.FindNext(sequence, Filters) == 0)
            return (0, last);

        // Counting everything costs nothing, counting what matches costs all subjects that do. A stream that has changed
        // its subjects may hold messages that match no more; that the last message is the last one is checked elsewhere.
        bool matchesAll = Stream.Config.Subjects is { Count: > 0 } subjects && subjects.All(MatchesAllOf);
        return log.CountPending(sequence, matchesAll ? FilterSet.All : Filters, lastPerSubject: false);
    }

    private bool MatchesAllOf(string subject)
    {
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(subject);
        return Filters.MatchesAll || Filters.Filters.Any(filter => Subject.IsSubset(bytes, filter.Span));
    }

    /// <summary>Has the pump look after the consumer soon. Any thread, under the gate or not.</summary>
    public void Wake() => _pump.Wake();

    /// <summary>
    /// Begins to listen. Nothing is delivered before <see cref="Release"/>, so that whoever made the consumer can tell what
    /// it was like at the start. Not under a lock.
    /// </summary>
    public void Start()
    {
        if (Config.AckPolicy is AckPolicy.Explicit or AckPolicy.All)
        {
            var acks = new AckHandler(this);
            Subscribe($"$JS.ACK.{AckPlaces.Short}.*.*.*.*.*", acks);
            Subscribe($"$JS.ACK.{AckPlaces.Long}.>", acks);
        }

        if (Config.FlowControl)
            Subscribe($"$JS.FC.{AckPlaces.Told}.*", new FlowControlHandler(this));
        if (Target is PushTarget)
            WatchDeliverSubject();
    }

    /// <summary>Begins to deliver. Not under a lock.</summary>
    public void Release()
    {
        lock (Gate)
            IsReleased = true;
        Wake();
    }

    /// <summary>Ends everything, and tells those who wait. Not under a lock.</summary>
    /// <param name="end">Why.</param>
    /// <param name="remove">Whether the consumer is deleted, and not only stopped.</param>
    /// <returns>False if it had ended before.</returns>
    public bool Close(ConsumerEnd end, bool remove)
    {
        List<Outbox.Outgoing>? toSend;
        lock (Gate)
        {
            if (remove)
                Journal?.Remove();
            toSend = IsClosed ? null : End(end);
        }

        // Also when it had ended before: its removal was appended.
        Journal?.HandOver();
        if (toSend is null)
            return false;
        foreach (IDisposable subscription in _subscriptions)
            subscription.Dispose();
        _watch?.Dispose();
        _pump.Dispose();
        DeliveryBatch batch = Router.CreateBatch();
        Outbox.Send(toSend, Router, batch);
        batch.Flush();
        return true;
    }

    /// <summary>Ends everything, the first time. Under the gate.</summary>
    /// <returns>What waits to be sent.</returns>
    private List<Outbox.Outgoing> End(ConsumerEnd end)
    {
        IsClosed = true;
        Target.Close(end, Outbox);
        Journal?.Flush(Acks);
        if (end == ConsumerEnd.Stopped)
            Journal?.Leave(Acks);
        return Outbox.Take() ?? [];
    }

    /// <summary>Stops after an unexpected failure, which every later request about the consumer is told. Not under a lock.</summary>
    public void Fail(Exception cause)
    {
        if (IsClosed)
            return;
        Failure ??= cause;
        ILogger log = Stream.Account.Engine.Host.Logging.CreateLogger<ConsumerSet>();
        ConsumerLog.Failed(log, cause, Stream.Account.Name, Stream.Name, Name);
        Close(ConsumerEnd.Stopped, remove: false);
    }

    /// <summary>Reports that it is deleted; <see cref="Close"/> sends the report. Not under the gate.</summary>
    public void ReportDeletion()
    {
        lock (Gate)
        {
            if (!IsClosed)
                Outbox.Add(Events.Deleted());
        }
    }

    /// <summary>Takes another configuration over. Under the gate; whatever is not updatable was refused before.</summary>
    public void Reconfigure(ConsumerConfig config, long removeAfterNanos)
    {
        if (IsClosed)
            return;
        ConsumerConfig old = Config;
        Config = config;
        RemoveAfterNanos = removeAfterNanos;
        if (!old.AllFilters.SequenceEqual(config.AllFilters))
        {
            Filters = FilterSet.From(config.AllFilters);
            Cursor.Disturb();
            MustCount = true;
        }

        if (Target is PushTarget push && old.DeliverSubject != config.DeliverSubject)
        {
            push.Reconfigure(config);
            push.IsBound = false;
            QueueAllPending();
        }

        if (old.PauseUntilNanos != config.PauseUntilNanos)
            ReportPause();
        if (Target is PullTarget { Pin: { } pin })
            pin.Reconfigure(config.PriorityTimeoutNanos);
        Journal?.WriteRecord(Acks, config.ToJson());
        _pump.ReconfigurePace();
    }

    /// <summary>Watches the deliver subject, in place of the one watched before. Not under the gate.</summary>
    public void WatchDeliverSubject()
    {
        byte[] subject = System.Text.Encoding.UTF8.GetBytes(Config.DeliverSubject!);
        _watch?.Dispose();
        _watch = Router.WatchInterest(subject, Config.DeliverGroup, this);
        _pump.CheckInterest();
        bool isBound = Router.HasInterest(subject, Config.DeliverGroup);
        lock (Gate)
            ((PushTarget)Target).IsBound = isBound;
    }

    void IInterestObserver.OnInterestChanged(bool hasInterest) => _pump.CheckInterest();

    /// <summary>Reports what the configuration says about a pause. Under the gate.</summary>
    public void ReportPause()
    {
        _isPauseReported = IsPaused(Time.UnixNanosNow());
        Outbox.Add(Events.Paused(_isPauseReported, Config.PauseUntilNanos));
    }

    private void Subscribe(string subject, IMessageHandler handler) =>
        _subscriptions.Add(Router.Subscribe(System.Text.Encoding.UTF8.GetBytes(subject), handler));

    private PinnedClient? NewPin(ConsumerConfig config) =>
        config.PriorityPolicy == PriorityPolicy.PinnedClient
            ? new PinnedClient(Events, config.PriorityTimeoutNanos)
            : null;

    private void QueueAllPending()
    {
        var pending = new List<PendingAck>(Acks.Pending.Count);
        Acks.Pending.CopyTo(pending);
        foreach (PendingAck ack in pending)
            Acks.Pending.Queue(ack.Sequences.StreamSequence);
    }
}

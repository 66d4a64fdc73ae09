using System.Buffers;
using System.Runtime.InteropServices;
using Rivulet.JetStream.Hosting;
using Rivulet.Protocol;
using Rivulet.Server.Connections;
using Rivulet.Server.Outbound;
using Rivulet.Server.Tracing;

namespace Rivulet.Server.Routing;

/// <summary>The subject space of one account: who is subscribed to what, and where each message goes.</summary>
/// <remarks>
/// <para>Any thread publishes, subscribes and unsubscribes. The lock guards the subject map, the queue groups and the
/// watches, and is held for look-ups and changes only; messages are delivered, handlers run and observers told outside
/// it. Lock order: this lock, then a connection's outbound queue. Callers may hold locks of their own.</para>
/// <para>A subscription that goes may still get a message that was routed just before; one that is added gets every
/// message routed after <see cref="Add(ClientSubscription)"/> returns.</para>
/// </remarks>
internal sealed class AccountRouter : IAccountRouter
{
    // Longer subjects are rented for.
    private const int ImportedSubjectBytes = 512;

    private readonly ReadMostlyLock _lock = new();
    private readonly SubjectMap<RouteTarget> _targets = new();
    private readonly Dictionary<byte[], QueueGroup> _groups = new(ByteArrayComparer.Instance);
    private readonly SubjectMap<InterestWatch> _watches = new();
    private readonly RouteCache _cache = new();

    // By all but the last token, where that makes no difference: reply inboxes, and the keys of a bucket.
    private readonly RouteCache _families = new();
    private readonly IWorkScheduler _work;
    private readonly Random _random;
    private int _subscriptionCount;
    private long _inserts;
    private long _lookups;

    /// <summary>An account without subscriptions.</summary>
    /// <param name="accountName">Its name, <c>$G</c> for the global one.</param>
    /// <param name="work">Where observers of interest are called.</param>
    /// <param name="random">Seeds the choice of queue group members.</param>
    public AccountRouter(string accountName, IWorkScheduler work, Random random)
    {
        AccountName = accountName;
        _work = work;
        _random = random;
    }

    /// <inheritdoc/>
    public string AccountName { get; }

    /// <summary>Subscriptions of clients and of the server itself.</summary>
    public int SubscriptionCount => Volatile.Read(ref _subscriptionCount);

    /// <summary>Subscriptions that there have been.</summary>
    public long Inserts => Volatile.Read(ref _inserts);

    /// <summary>Subjects that were looked up in the map, because the caches did not know them.</summary>
    public long Lookups => Volatile.Read(ref _lookups);

    /// <summary>All subscriptions at this moment, members of queue groups one by one.</summary>
    public List<RouteTarget> Subscriptions()
    {
        var targets = new List<RouteTarget>();
        using (_lock.EnterRead())
            _targets.Overlapping(">"u8, targets);
        var all = new List<RouteTarget>(targets.Count);
        foreach (var target in targets)
        {
            if (target is QueueTarget group)
                AddMembers(group, all);
            else
                all.Add(target);
        }

        return all;
    }

    /// <summary>Routes in the caches, most targets of one, and targets of all of them together.</summary>
    public (int Count, int TargetsMax, int TargetsSum) CacheFigures()
    {
        var single = _cache.Figures();
        var families = _families.Figures();
        return (single.Count + families.Count, Math.Max(single.TargetsMax, families.TargetsMax), single.TargetsSum + families.TargetsSum);
    }

    /// <summary>Registers a client's subscription.</summary>
    public void Add(ClientSubscription subscription)
    {
        using (_lock.EnterWrite())
        {
            if (subscription.Queue is { } queue)
                AddToGroup(subscription, queue);
            else
                AddTarget(subscription);
            _subscriptionCount++;
            _inserts++;
        }

        RecheckWatches(subscription.Filter);
    }

    /// <summary>Removes a client's subscription. Once removed it is not found again, so this may be called twice.</summary>
    public void Remove(ClientSubscription subscription)
    {
        using (_lock.EnterWrite())
        {
            bool removed = subscription.Queue is { } queue
                ? RemoveFromGroup(subscription, queue)
                : RemoveTarget(subscription);
            if (!removed)
                return;
            _subscriptionCount--;
        }

        RecheckWatches(subscription.Filter);
    }

    /// <summary>Registers the part of another account's subscription that is about what this one exports.</summary>
    public void Add(ImportedSubscription imported)
    {
        using (_lock.EnterWrite())
        {
            if (imported.Subscription.Queue is { } queue)
                AddToGroup(imported, queue);
            else
                AddTarget(imported);
            _subscriptionCount++;
            _inserts++;
        }

        RecheckWatches(imported.Filter);
    }

    /// <summary>Removes it. Once removed it is not found again, so this may be called twice.</summary>
    public void Remove(ImportedSubscription imported)
    {
        using (_lock.EnterWrite())
        {
            bool removed = imported.Subscription.Queue is { } queue
                ? RemoveFromGroup(imported, queue)
                : RemoveTarget(imported);
            if (!removed)
                return;
            _subscriptionCount--;
        }

        RecheckWatches(imported.Filter);
    }

    /// <summary>Registers a way into another account.</summary>
    public void Add(RelayTarget relay)
    {
        using (_lock.EnterWrite())
        {
            AddTarget(relay);
            _subscriptionCount++;
            _inserts++;
        }

        RecheckWatches(relay.Filter);
    }

    /// <summary>Removes it.</summary>
    public void Remove(RelayTarget relay)
    {
        using (_lock.EnterWrite())
        {
            if (!RemoveTarget(relay))
                return;
            _subscriptionCount--;
        }

        RecheckWatches(relay.Filter);
    }

    /// <inheritdoc/>
    public IDisposable Subscribe(ReadOnlySpan<byte> filter, IMessageHandler handler)
    {
        if (!Subject.IsValidSubscription(filter))
            throw new ArgumentException("not a valid subscription subject", nameof(filter));
        var subscription = new HandlerSubscription(filter.ToArray(), handler, this);
        using (_lock.EnterWrite())
        {
            AddTarget(subscription);
            _subscriptionCount++;
            _inserts++;
        }

        return subscription;
    }

    /// <summary>Removes a subscription of the server's own.</summary>
    public void Remove(HandlerSubscription subscription)
    {
        using (_lock.EnterWrite())
        {
            if (RemoveTarget(subscription))
                _subscriptionCount--;
        }
    }

    /// <inheritdoc/>
    public bool Publish(
        ReadOnlySpan<byte> subject,
        ReadOnlySpan<byte> reply,
        ReadOnlySpan<byte> headers,
        ReadOnlySpan<byte> payload,
        DeliveryBatch batch)
    {
        Span<byte> digits = stackalloc byte[2 * SizeDigits.Max];
        var publication = new Publication
        {
            Subject = subject,
            Reply = reply,
            HeadersSize = headers.IsEmpty ? default : SizeDigits.Format(headers.Length, digits[SizeDigits.Max..]),
            Size = SizeDigits.Format(headers.Length + payload.Length, digits),
            Headers = headers,
            Payload = payload,
        };
        return Route(publication, (ServerDeliveryBatch)batch);
    }

    /// <inheritdoc/>
    public bool Deliver(
        ReadOnlySpan<byte> deliverTo,
        ReadOnlySpan<byte> subject,
        ReadOnlySpan<byte> reply,
        ReadOnlySpan<byte> headers,
        ReadOnlySpan<byte> payload,
        DeliveryBatch batch)
    {
        Span<byte> digits = stackalloc byte[2 * SizeDigits.Max];
        var publication = new Publication
        {
            Subject = subject,
            Target = deliverTo,
            Reply = reply,
            HeadersSize = headers.IsEmpty ? default : SizeDigits.Format(headers.Length, digits[SizeDigits.Max..]),
            Size = SizeDigits.Format(headers.Length + payload.Length, digits),
            Headers = headers,
            Payload = payload,
        };
        var serverBatch = (ServerDeliveryBatch)batch;
        var matches = serverBatch.RentMatches();
        bool received = ToAll(Find(deliverTo, matches), publication, serverBatch);
        serverBatch.ReturnMatches(matches);
        return received;
    }

    /// <summary>Routes one message to everyone who should have it; true if anyone did.</summary>
    public bool Route(in Publication publication, ServerDeliveryBatch batch)
    {
        var subject = publication.RoutingSubject;
        if (TryFindKnown(subject, out var known))
            return ToAll(known, publication, batch);
        var matches = batch.RentMatches();
        bool received = ToAll(FindNew(subject, matches), publication, batch);
        batch.ReturnMatches(matches);
        return received;
    }

    /// <summary>Routes a message that another account passed on, and notes what happens to it if it is traced.</summary>
    public bool RoutePassed(in Publication publication, ServerDeliveryBatch batch)
    {
        return publication.Trace is null ? Route(publication, batch) : RouteTraced(publication, batch);
    }

    /// <summary>Routes one message as <see cref="Route"/> does, and notes in its trace what happens to it.</summary>
    public bool RouteTraced(in Publication publication, ServerDeliveryBatch batch)
    {
        var matches = batch.RentMatches();
        bool received = false;
        foreach (var target in Find(publication.RoutingSubject, matches))
            received |= TracedDelivery.To(target, publication, batch);
        batch.ReturnMatches(matches);
        return received;
    }

    /// <summary>A plain subscription of <paramref name="connection"/> that matches a subject; null if it has none.</summary>
    public ClientSubscription? FindOwn(ClientConnection connection, ReadOnlySpan<byte> subject, ServerDeliveryBatch batch)
    {
        var matches = batch.RentMatches();
        ClientSubscription? found = null;
        foreach (var target in Find(subject, matches))
        {
            if (target is ClientSubscription subscription && subscription.Connection == connection)
            {
                found = subscription;
                break;
            }
        }

        batch.ReturnMatches(matches);
        return found;
    }

    /// <inheritdoc/>
    public bool HasInterest(ReadOnlySpan<byte> subject, string? queueGroup)
    {
        var matches = new List<RouteTarget>();
        foreach (var target in Find(subject, matches))
        {
            bool isInterested = queueGroup is null
                ? target is ClientSubscription or ImportedSubscription || target is RelayTarget relay && relay.HasInterest(subject)
                : target is QueueTarget group && group.IsNamed(queueGroup);
            if (isInterested)
                return true;
        }

        return false;
    }

    /// <inheritdoc/>
    public bool IsHeard(ReadOnlySpan<byte> subject)
    {
        if (TryFindKnown(subject, out var known))
            return !known.IsEmpty;
        using (_lock.EnterRead())
            return !Subject.HasEmptyToken(subject) && _targets.HasMatch(subject);
    }

    /// <summary>Whether any client is subscribed to a subject, plainly or in a queue group.</summary>
    public bool HasAnyInterest(ReadOnlySpan<byte> subject)
    {
        var matches = new List<RouteTarget>();
        foreach (var target in Find(subject, matches))
        {
            if (target is RelayTarget relay ? relay.HasInterest(subject) : target is not HandlerSubscription)
                return true;
        }

        return false;
    }

    /// <inheritdoc/>
    public IDisposable WatchInterest(ReadOnlySpan<byte> subject, string? queueGroup, IInterestObserver observer)
    {
        var watch = new InterestWatch(subject.ToArray(), queueGroup, this, observer, _work);
        using (_lock.EnterWrite())
            _watches.Add(watch.Subject, watch);
        watch.Start();
        return watch;
    }

    /// <summary>Ends a watch.</summary>
    public void Remove(InterestWatch watch)
    {
        using (_lock.EnterWrite())
            _watches.Remove(watch.Subject, watch);
    }

    /// <summary>Finds the account of a stream that may be copied, by what is imported; null where nothing is.</summary>
    public Func<string, string, string, string?>? OriginFinder { get; set; }

    /// <inheritdoc/>
    public string? FindOriginAccount(string apiPrefix, string deliverPrefix, string stream)
    {
        return OriginFinder?.Invoke(apiPrefix, deliverPrefix, stream);
    }

    /// <inheritdoc/>
    public DeliveryBatch CreateBatch()
    {
        return new ServerDeliveryBatch(_random);
    }

    private ReadOnlySpan<RouteTarget> Find(ReadOnlySpan<byte> subject, List<RouteTarget> scratch)
    {
        return TryFindKnown(subject, out var known) ? known : FindNew(subject, scratch);
    }

    /// <summary>What matches a subject, where the caches know it. Takes no lock.</summary>
    private bool TryFindKnown(ReadOnlySpan<byte> subject, out ReadOnlySpan<RouteTarget> targets)
    {
        // Families first: most subjects that are many, as keys and reply inboxes, are in one.
        var family = FamilyOf(subject);
        return (!family.IsEmpty && _families.TryGet(family, RouteCache.HashOf(family), out targets))
            || _cache.TryGet(subject, RouteCache.HashOf(subject), out targets);
    }

    private ReadOnlySpan<RouteTarget> FindNew(ReadOnlySpan<byte> subject, List<RouteTarget> scratch)
    {
        var family = FamilyOf(subject);
        Interlocked.Increment(ref _lookups);
        using (_lock.EnterRead())
        {
            if (!Subject.HasEmptyToken(subject))
                _targets.Match(subject, scratch);
            JoinGroupsOfOneName(scratch);
            var targets = CollectionsMarshal.AsSpan(scratch);
            if (!family.IsEmpty && _targets.IgnoresLastToken(subject))
                _families.Offer(family, RouteCache.HashOf(family), targets);
            else
                _cache.Offer(subject, RouteCache.HashOf(subject), targets);
            return targets;
        }
    }

    /// <summary>A subject without its last token, but with the dot in front of that; empty if one of both is missing.</summary>
    private static ReadOnlySpan<byte> FamilyOf(ReadOnlySpan<byte> subject)
    {
        int dot = subject.LastIndexOf((byte)'.');
        return dot + 1 < subject.Length ? subject[..(dot + 1)] : default;
    }

    /// <summary>Under the write lock, when something changed on a filter.</summary>
    private void Invalidate(ReadOnlySpan<byte> filter)
    {
        bool isLiteral = Subject.IsLiteral(filter);
        _cache.Invalidate(filter, isLiteral);
        var family = FamilyOf(filter);
        if (!isLiteral)
            _families.Invalidate(filter, isLiteral: false);
        else if (!family.IsEmpty)
            _families.Invalidate(family, isLiteral: true);
    }

    // Compares each group with each other: subjects with many groups are rare, and their routes are cached.
    private static void JoinGroupsOfOneName(List<RouteTarget> targets)
    {
        for (int i = targets.Count - 1; i > 0; i--)
        {
            if (targets[i] is QueueGroup group && JoinWithEarlier(targets, group, i))
                targets.RemoveAt(i);
        }
    }

    private static bool JoinWithEarlier(List<RouteTarget> targets, QueueGroup group, int end)
    {
        for (int i = 0; i < end; i++)
        {
            if (targets[i] is not QueueTarget earlier || !earlier.HasNameOf(group))
                continue;
            targets[i] = earlier.JoinedWith(group);
            return true;
        }

        return false;
    }

    private static bool ToAll(ReadOnlySpan<RouteTarget> targets, in Publication publication, ServerDeliveryBatch batch)
    {
        bool received = false;
        foreach (var target in targets)
            received |= ToTarget(target, publication, batch);
        return received;
    }

    /// <summary>Delivers a message to one target; true if anyone received it.</summary>
    public static bool ToTarget(RouteTarget target, in Publication publication, ServerDeliveryBatch batch)
    {
        return target switch
        {
            ClientSubscription subscription => ToSubscription(subscription, publication, batch),
            QueueTarget group => ToOneOf(group, publication, batch),
            HandlerSubscription handler => ToHandler(handler, publication, batch),
            ImportedSubscription imported => ToImported(imported, publication, batch),
            _ => ((RelayTarget)target).Relay(publication, batch),
        };
    }

    private static bool ToSubscription(ClientSubscription subscription, in Publication publication, ServerDeliveryBatch batch)
    {
        var connection = subscription.Connection;
        if (connection == publication.Publisher && !connection.Echo)
            return false;
        if (connection.Rights is { } rights && !rights.Admits(publication, subscription))
            return false;
        switch (connection.Enqueue(publication, subscription))
        {
            case QueueOutcome.Queued:
                batch.Touch(connection);
                return true;
            case QueueOutcome.QueuedLast:
                batch.Touch(connection);
                connection.Forget(subscription);
                return true;
            case QueueOutcome.Overflow:
                connection.CloseAsSlowConsumer();
                return false;
            default:
                return false;
        }
    }

    private static bool ToImported(ImportedSubscription imported, in Publication publication, ServerDeliveryBatch batch)
    {
        // What came here as a request is not handed on as a message.
        if (publication.Hops > 0)
            return false;
        var rule = imported.Import;
        if (rule.KeepsSubjects || !publication.Target.IsEmpty)
            return ToSubscription(imported.Subscription, publication, batch);
        int length = rule.LengthHere(publication.Subject);
        byte[]? rented = length > ImportedSubjectBytes ? ArrayPool<byte>.Shared.Rent(length) : null;
        Span<byte> room = rented ?? stackalloc byte[ImportedSubjectBytes];
        bool received = ToSubscription(
            imported.Subscription, publication with { Subject = rule.WriteHere(publication.Subject, room) }, batch);
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        return received;
    }

    private static bool ToOneOf(QueueTarget group, in Publication publication, ServerDeliveryBatch batch)
    {
        int count = group.MemberCount;
        if (count == 0)
            return false;
        int first = count == 1 ? 0 : batch.NextRandom(count);
        for (int i = 0; i < count; i++)
        {
            int at = first + i;
            var member = group.MemberAt(at < count ? at : at - count);
            if (member is not null && ToTarget(member, publication, batch))
                return true;
        }

        return false;
    }

    private static bool ToHandler(HandlerSubscription subscription, in Publication publication, ServerDeliveryBatch batch)
    {
        if (!subscription.IsActive || (publication.Publisher is null && subscription.Handler is IRequestHandler))
            return false;
        var message = new RoutedMessage(
            publication.Subject, publication.Reply, publication.Headers, publication.Payload, publication.Publisher?.Context);
        return subscription.Handler.Handle(message, batch);
    }

    private static void AddMembers(QueueTarget group, List<RouteTarget> into)
    {
        int count = group.MemberCount;
        for (int i = 0; i < count; i++)
        {
            if (group.MemberAt(i) is { } member)
                into.Add(member);
        }
    }

    private void AddTarget(RouteTarget target)
    {
        _targets.Add(target.Filter, target);
        Invalidate(target.Filter);
    }

    private bool RemoveTarget(RouteTarget target)
    {
        if (!_targets.Remove(target.Filter, target))
            return false;
        Invalidate(target.Filter);
        return true;
    }

    private void AddToGroup(RouteTarget subscription, byte[] queue)
    {
        byte[] key = GroupKey(subscription.Filter, queue);
        if (!_groups.TryGetValue(key, out var group))
        {
            group = new QueueGroup(subscription.Filter, queue);
            _groups.Add(key, group);
            AddTarget(group);
        }

        group.Add(subscription);
    }

    private bool RemoveFromGroup(RouteTarget subscription, byte[] queue)
    {
        byte[] key = GroupKey(subscription.Filter, queue);
        if (!_groups.TryGetValue(key, out var group) || !group.Remove(subscription))
            return false;
        if (group.MemberCount == 0)
        {
            _groups.Remove(key);
            RemoveTarget(group);
        }

        return true;
    }

    private void RecheckWatches(ReadOnlySpan<byte> filter)
    {
        List<InterestWatch>? concerned = null;
        using (_lock.EnterRead())
        {
            if (_watches.Count == 0)
                return;
            concerned = [];
            _watches.Overlapping(filter, concerned);
        }

        foreach (var watch in concerned)
            watch.Recheck();
    }

    // Neither part can hold a blank, so the two cannot run together.
    private static byte[] GroupKey(byte[] filter, byte[] queue)
    {
        return [.. filter, (byte)' ', .. queue];
    }
}

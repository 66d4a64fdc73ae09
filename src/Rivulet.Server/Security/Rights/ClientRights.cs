using Rivulet.Protocol;
using Rivulet.Server.Connections;
using Rivulet.Server.Routing;

namespace Rivulet.Server.Security.Rights;

/// <summary>The permissions of one connection, made ready for being asked all the time.</summary>
/// <remarks>
/// What a connection may publish is asked by its receive loop, which remembers the answers for subjects that come again. What is
/// denied to it is asked by whoever delivers, on any thread. Neither allocates once subjects come again.
/// </remarks>
internal sealed class ClientRights
{
    // Queue groups of servers among themselves.
    private static ReadOnlySpan<byte> SystemGroup => "_sys_"u8;

    private readonly FilterList? _publishAllow;
    private readonly FilterList? _publishDeny;
    private readonly SubscribeRule[]? _subscribeAllow;
    private readonly SubscribeRule[] _subscribeDeny;
    private readonly FilterList _deliverDeny;
    private readonly ReplyPermits? _replies;
    private readonly DecisionCache? _decisions;

    private ClientRights(Permissions permissions, TimeProvider time)
    {
        Permissions = permissions;
        var publish = PermissionRules.Complete(permissions).Publish;
        _publishAllow = publish?.Allow is { } allowed ? FilterList.Of(allowed) : null;
        _publishDeny = publish?.Deny is { Count: > 0 } denied ? FilterList.Of(denied) : null;
        if (_publishAllow is { IsCheap: false } || _publishDeny is { IsCheap: false })
            _decisions = new DecisionCache();
        _subscribeAllow = permissions.Subscribe?.Allow is { Count: > 0 } subscribe ? RulesOf(subscribe) : null;
        _subscribeDeny = permissions.Subscribe?.Deny is { } notSubscribe ? RulesOf(notSubscribe) : [];
        _deliverDeny = FilterList.Of(_subscribeDeny.Where(rule => rule.Queue is null).Select(rule => rule.Subject));
        _replies = permissions.Responses is { } responses ? new ReplyPermits(responses, time) : null;
    }

    /// <summary>The permissions as they were set.</summary>
    public Permissions Permissions { get; }

    /// <summary>The rights of a connection; null for a user who may do everything.</summary>
    public static ClientRights? For(Permissions? permissions, TimeProvider time)
    {
        return permissions is null ? null : new ClientRights(permissions, time);
    }

    /// <summary>Whether it may publish to a subject. Its receive loop; a permit to respond is used up.</summary>
    public bool MayPublish(ReadOnlySpan<byte> subject)
    {
        bool isAllowed = _decisions is null ? IsListed(subject) : Recall(_decisions, subject);
        return isAllowed || (_replies is not null && _replies.TryUse(subject));
    }

    /// <summary>Whether it may subscribe, perhaps in a queue group.</summary>
    /// <param name="filter">The subject, perhaps with wildcards.</param>
    /// <param name="queue">The queue group, empty for none.</param>
    public bool MaySubscribe(ReadOnlySpan<byte> filter, ReadOnlySpan<byte> queue)
    {
        return !queue.SequenceEqual(SystemGroup)
            && (_subscribeAllow is null || Allows(_subscribeAllow, filter, queue))
            && !Denies(_subscribeDeny, filter, queue);
    }

    /// <summary>Whether some messages of a subscription that it may have are denied to it.</summary>
    public bool MustFilter(ReadOnlySpan<byte> filter, bool isQueue)
    {
        if (!isQueue && Subject.IsLiteral(filter))
            return false;
        foreach (var rule in _subscribeDeny)
        {
            if (Subject.Overlaps(filter, rule.Subject))
                return true;
        }

        return false;
    }

    /// <summary>Whether a message may go to one of its subscriptions; it may respond to it from now on. Any thread.</summary>
    public bool Admits(in Publication publication, ClientSubscription subscription)
    {
        if (subscription.IsFiltered && IsDenied(publication.Subject, subscription.Queue))
            return false;
        if (_replies is not null && !publication.Reply.IsEmpty && !IsListed(publication.Reply))
            _replies.Note(publication.Reply);
        return true;
    }

    /// <summary>Whether a message on a subject may go to one of its subscriptions. Any thread.</summary>
    public bool MayReceive(ReadOnlySpan<byte> subject, ClientSubscription subscription)
    {
        return !subscription.IsFiltered || !IsDenied(subject, subscription.Queue);
    }

    private bool Recall(DecisionCache decisions, ReadOnlySpan<byte> subject)
    {
        uint hash = RouteCache.HashOf(subject);
        if (decisions.TryGet(subject, hash, out bool isAllowed))
            return isAllowed;
        isAllowed = IsListed(subject);
        decisions.Offer(subject, hash, isAllowed);
        return isAllowed;
    }

    private bool IsListed(ReadOnlySpan<byte> subject)
    {
        // What no filter matches is not allowed where something is, and not denied.
        if (Subject.HasEmptyToken(subject))
            return _publishAllow is null;
        return (_publishAllow is null || _publishAllow.HasMatch(subject))
            && (_publishDeny is null || !_publishDeny.HasMatch(subject));
    }

    private bool IsDenied(ReadOnlySpan<byte> subject, byte[]? queue)
    {
        if (!Subject.HasEmptyToken(subject) && _deliverDeny.HasMatch(subject))
            return true;
        if (queue is null)
            return false;
        foreach (var rule in _subscribeDeny)
        {
            if (rule.Queue is not null && rule.IsFor(queue) && Subject.Matches(subject, rule.Subject))
                return true;
        }

        return false;
    }

    // A list says both who may subscribe, and in which groups: where it names groups for a subject, only those will do.
    private static bool Allows(SubscribeRule[] rules, ReadOnlySpan<byte> filter, ReadOnlySpan<byte> queue)
    {
        bool isAllowed = false;
        bool namesGroups = false;
        foreach (var rule in rules)
        {
            if (!Subject.IsSubset(filter, rule.Subject))
                continue;
            if (rule.Queue is null)
            {
                isAllowed = true;
                continue;
            }

            if (!queue.IsEmpty && rule.IsFor(queue))
                return true;
            namesGroups = true;
        }

        return isAllowed && (queue.IsEmpty || !namesGroups);
    }

    // Here, as in the reference server, * takes a last > for a token: who is denied a.* is denied a.>, most of which it covers not.
    private static bool Denies(SubscribeRule[] rules, ReadOnlySpan<byte> filter, ReadOnlySpan<byte> queue)
    {
        foreach (var rule in rules)
        {
            bool isConcerned = rule.Queue is null || (!queue.IsEmpty && rule.IsFor(queue));
            if (isConcerned && Subject.Matches(filter, rule.Subject))
                return true;
        }

        return false;
    }

    private static SubscribeRule[] RulesOf(IReadOnlyList<string> entries)
    {
        return [.. entries.Select(SubscribeRule.Parse)];
    }
}

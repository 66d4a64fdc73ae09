namespace Rivulet.Server.Routing;

/// <summary>Members of a queue group among whom a message goes to one.</summary>
internal abstract class QueueTarget : RouteTarget
{
    private readonly string _name;

    /// <summary>A target for members of the group of that name.</summary>
    protected QueueTarget(byte[] filter, string name)
        : base(filter)
    {
        _name = name;
    }

    /// <summary>How many members there are at this moment.</summary>
    public abstract int MemberCount { get; }

    /// <summary>A member by its place; null if members have gone since they were counted.</summary>
    public abstract RouteTarget? MemberAt(int index);

    /// <summary>Whether this is the group of the given name.</summary>
    public bool IsNamed(string name)
    {
        return string.Equals(_name, name, StringComparison.Ordinal);
    }

    /// <summary>Whether both are of one name.</summary>
    public bool HasNameOf(QueueTarget other)
    {
        return IsNamed(other._name);
    }

    /// <summary>This and another target of the same name as one.</summary>
    public JoinedQueueGroup JoinedWith(QueueGroup other)
    {
        return this is JoinedQueueGroup joined
            ? new JoinedQueueGroup(_name, [.. joined.Groups, other])
            : new JoinedQueueGroup(_name, [(QueueGroup)this, other]);
    }
}

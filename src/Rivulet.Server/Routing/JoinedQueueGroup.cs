namespace Rivulet.Server.Routing;

/// <summary>
/// Groups of one name on several filters, for a subject that all those filters match: they share its messages as if they
/// were one group. Made for a route, never registered.
/// </summary>
internal sealed class JoinedQueueGroup : QueueTarget
{
    /// <summary>Joins groups of one name.</summary>
    public JoinedQueueGroup(string name, QueueGroup[] groups)
        : base(groups[0].Filter, name)
    {
        Groups = groups;
    }

    /// <summary>The groups, two or more.</summary>
    public QueueGroup[] Groups { get; }

    /// <inheritdoc/>
    public override int MemberCount
    {
        get
        {
            int count = 0;
            foreach (var group in Groups)
                count += group.MemberCount;
            return count;
        }
    }

    /// <inheritdoc/>
    public override RouteTarget? MemberAt(int index)
    {
        foreach (var group in Groups)
        {
            int count = group.MemberCount;
            if (index < count)
                return group.MemberAt(index);
            index -= count;
        }

        return null;
    }
}

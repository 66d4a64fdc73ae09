using System.Text;

namespace Rivulet.Server.Routing;

/// <summary>The members of one queue group on one filter. A message goes to one of them.</summary>
/// <remarks>The account's lock guards changes; readers may see the members change
/// between two calls.</remarks>
internal sealed class QueueGroup : QueueTarget
{
    private volatile RouteTarget[] _members = [];

    /// <summary>A group without members.</summary>
    public QueueGroup(byte[] filter, byte[] name)
        : base(filter, Encoding.UTF8.GetString(name))
    {
    }

    /// <summary>Members at this moment. The array is never changed.</summary>
    public RouteTarget[] Members => _members;

    /// <inheritdoc/>
    public override int MemberCount => _members.Length;

    /// <inheritdoc/>
    public override RouteTarget? MemberAt(int index)
    {
        var members = _members;
        return index < members.Length ? members[index] : null;
    }

    /// <summary>Adds a member.</summary>
    public void Add(RouteTarget member)
    {
        _members = [.. _members, member];
    }

    /// <summary>Removes a member; true if it was there.</summary>
    public bool Remove(RouteTarget member)
    {
        var members = _members;
        int at = Array.IndexOf(members, member);
        if (at < 0)
            return false;
        var rest = new RouteTarget[members.Length - 1];
        Array.Copy(members, rest, at);
        Array.Copy(members, at + 1, rest, at, rest.Length - at);
        _members = rest;
        return true;
    }
}

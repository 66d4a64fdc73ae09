using System.Text;

namespace Rivulet.Server.Routing;

/// <summary>The members of one queue group on one filter. A message goes to one of them.</summary>
/// <remarks>
/// The account's lock guards changes; readers take none, and may see the members change between two calls. A member comes and goes at a
/// cost that does not depend on how many there are, since the lock is everybody's: it is added at the end, and the last takes the place of one
/// that goes.
/// </remarks>
internal sealed class QueueGroup : QueueTarget
{
    // Up to here a look through the members is quicker than a look-up.
    private const int ScanMax = 32;
    private const int RoomMin = 4;

    // The members are in front; what follows is room.
    private volatile RouteTarget?[] _members = [];
    private volatile int _count;
    private Dictionary<RouteTarget, int>? _places;

    /// <summary>A group without members.</summary>
    public QueueGroup(byte[] filter, byte[] name)
        : base(filter, Encoding.UTF8.GetString(name))
    {
    }

    /// <inheritdoc/>
    public override int MemberCount => _count;

    /// <inheritdoc/>
    public override RouteTarget? MemberAt(int index)
    {
        var members = _members;
        return index < members.Length ? Volatile.Read(ref members[index]) : null;
    }

    /// <summary>Adds a member.</summary>
    public void Add(RouteTarget member)
    {
        int count = _count;
        if (count == _members.Length)
            Resize(Math.Max(RoomMin, 2 * count));

        // The member is there before it is counted.
        Volatile.Write(ref _members[count], member);
        _count = count + 1;
        if (_places is not null)
            _places.Add(member, count);
        else if (count == ScanMax)
            _places = Enumerable.Range(0, _count).ToDictionary(at => _members[at]!);
    }

    /// <summary>Removes a member; true if it was there.</summary>
    public bool Remove(RouteTarget member)
    {
        int at = PlaceOf(member);
        if (at < 0)
            return false;
        int last = _count - 1;
        var moved = _members[last]!;
        Volatile.Write(ref _members[at], moved);
        _count = last;
        Volatile.Write(ref _members[last], null);
        if (_places is not null)
        {
            _places[moved] = at;
            _places.Remove(member);
        }

        if (last < _members.Length / 4 && _members.Length > RoomMin)
            Resize(_members.Length / 2);
        return true;
    }

    private int PlaceOf(RouteTarget member)
    {
        return _places is null ? Array.IndexOf(_members, member) : _places.GetValueOrDefault(member, -1);
    }

    private void Resize(int room)
    {
        var members = new RouteTarget?[room];
        Array.Copy(_members, members, _count);
        _members = members;
    }
}

using System.Buffers.Binary;
using System.Numerics;

namespace Rivulet.Server.Routing;

/// <summary>
/// What matched recently published subjects. A table of fixed size: a subject has one place, and a newcomer to that place
/// replaces what is there.
/// </summary>
/// <remarks>
/// <para>Readers take no lock. <see cref="Offer"/> is called under the account's read lock and
/// <see cref="Invalidate"/> under its write lock, so that nothing stale is put in after it was invalidated.</para>
/// <para>Subjects used once (a reply inbox for each request, a key for each put) must neither push out those used all the
/// time nor cost an allocation each. So a subject is let in when it is seen for the second time in its place: the first
/// time only its hash is left there.</para>
/// <para>A change of subscriptions on a literal filter empties the one place concerned. A change on a wildcard filter
/// starts a new generation for the family of subjects with the same first token, or for all families if the filter's
/// first token is a wildcard. Families are 256 classes of the first token's hash.</para>
/// </remarks>
internal sealed class RouteCache
{
    private const int PlaceCount = 2048;
    private const int FamilyCount = 256;

    private readonly Route?[] _places = new Route?[PlaceCount];

    // The hash of the route in each place, or of one that was there. Perf: most subjects that are not known show here, without
    // a look at the route of another one, which lies somewhere in memory.
    private readonly uint[] _hashes = new uint[PlaceCount];
    private readonly uint[] _knocks = new uint[PlaceCount];
    private readonly int[] _generations = new int[FamilyCount];

    /// <summary>The hash of a subject that the other members want.</summary>
    public static uint HashOf(ReadOnlySpan<byte> subject)
    {
        const ulong Multiplier = 0x9E3779B97F4A7C15;
        ulong hash = (ulong)subject.Length * Multiplier;
        while (subject.Length >= 8)
        {
            hash = (hash ^ BinaryPrimitives.ReadUInt64LittleEndian(subject)) * Multiplier;
            hash ^= hash >> 32;
            subject = subject[8..];
        }

        ulong rest = 0;
        foreach (byte value in subject)
            rest = (rest << 8) | value;
        hash = (hash ^ rest) * Multiplier;
        return (uint)(hash >> 32) ^ (uint)hash;
    }

    /// <summary>The route of a subject, if it is known and still right.</summary>
    public bool TryGet(ReadOnlySpan<byte> subject, uint hash, out ReadOnlySpan<RouteTarget> targets)
    {
        uint place = hash % PlaceCount;
        if (Volatile.Read(ref _hashes[place]) == hash
            && Volatile.Read(ref _places[place]) is { } route
            && route.Hash == hash
            && route.Generation == Volatile.Read(ref _generations[route.Family])
            && subject.SequenceEqual(route.Subject))
        {
            targets = route.Targets;
            return true;
        }

        targets = default;
        return false;
    }

    /// <summary>Tells the cache what matches a subject it did not know. It keeps a copy if the subject is coming back.</summary>
    public void Offer(ReadOnlySpan<byte> subject, uint hash, ReadOnlySpan<RouteTarget> targets)
    {
        uint place = hash % PlaceCount;
        if (_knocks[place] != hash)
        {
            _knocks[place] = hash;
            return;
        }

        int family = FamilyOf(subject);
        var route = new Route(subject.ToArray(), hash, family, Volatile.Read(ref _generations[family]), targets.ToArray());
        Volatile.Write(ref _places[place], route);
        Volatile.Write(ref _hashes[place], hash);
    }

    /// <summary>Forgets every route that a change of what is registered under <paramref name="filter"/> may have made wrong.</summary>
    /// <param name="filter">The filter.</param>
    /// <param name="isLiteral">Whether it has no wildcards.</param>
    public void Invalidate(ReadOnlySpan<byte> filter, bool isLiteral)
    {
        if (isLiteral)
        {
            uint hash = HashOf(filter);
            ref var place = ref _places[hash % PlaceCount];
            if (place is { } route && route.Hash == hash)
                Volatile.Write(ref place, null);
        }
        else if (filter[0] is (byte)'*' or (byte)'>' && (filter.Length == 1 || filter[1] == (byte)'.'))
        {
            for (int i = 0; i < _generations.Length; i++)
                Volatile.Write(ref _generations[i], _generations[i] + 1);
        }
        else
        {
            ref int generation = ref _generations[FamilyOf(filter)];
            Volatile.Write(ref generation, generation + 1);
        }
    }

    /// <summary>Routes that are still right, most targets of one, and targets of all of them together.</summary>
    public (int Count, int TargetsMax, int TargetsSum) Figures()
    {
        var (count, max, sum) = (0, 0, 0);
        for (int i = 0; i < _places.Length; i++)
        {
            if (Volatile.Read(ref _places[i]) is not { } route || route.Generation != Volatile.Read(ref _generations[route.Family]))
                continue;
            count++;
            max = Math.Max(max, route.Targets.Length);
            sum += route.Targets.Length;
        }

        return (count, max, sum);
    }

    private static int FamilyOf(ReadOnlySpan<byte> subject)
    {
        int end = subject.IndexOf((byte)'.');
        uint hash = HashOf(end < 0 ? subject : subject[..end]);
        return (int)(BitOperations.RotateLeft(hash, 8) % FamilyCount);
    }
}

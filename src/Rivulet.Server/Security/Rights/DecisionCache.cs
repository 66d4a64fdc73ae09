namespace Rivulet.Server.Security.Rights;

/// <summary>
/// Whether recently used subjects are allowed. A table of fixed size: a subject has one place, and is let in when it is seen there
/// for the second time in a row, so that subjects used once cost nothing. One thread.
/// </summary>
internal sealed class DecisionCache
{
    private const int PlaceCount = 128;

    private uint[]? _knocks;
    private Decision?[] _places = [];

    /// <summary>The decision about a subject, if it is known.</summary>
    /// <param name="subject">The subject.</param>
    /// <param name="hash">Its hash.</param>
    /// <param name="isAllowed">What was decided.</param>
    public bool TryGet(ReadOnlySpan<byte> subject, uint hash, out bool isAllowed)
    {
        if (_knocks is not null && _places[hash % PlaceCount] is { } known && known.Hash == hash && subject.SequenceEqual(known.Subject))
        {
            isAllowed = known.IsAllowed;
            return true;
        }

        isAllowed = false;
        return false;
    }

    /// <summary>Tells the cache what was decided about a subject that it did not know.</summary>
    public void Offer(ReadOnlySpan<byte> subject, uint hash, bool isAllowed)
    {
        if (_knocks is null)
        {
            _knocks = new uint[PlaceCount];
            _places = new Decision?[PlaceCount];
        }

        uint place = hash % PlaceCount;
        if (_knocks[place] == hash)
            _places[place] = new Decision(subject.ToArray(), hash, isAllowed);
        else
            _knocks[place] = hash;
    }

    private sealed record Decision(byte[] Subject, uint Hash, bool IsAllowed);
}

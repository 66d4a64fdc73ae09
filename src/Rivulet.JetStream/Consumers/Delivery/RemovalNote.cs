namespace Rivulet.JetStream.Consumers.Delivery;

/// <summary>Notes that messages were removed by hand, until the consumer's pump has looked after that. Any thread.</summary>
internal sealed class RemovalNote
{
    private const int Removed = 1;
    private const int Purged = 2;

    private int _noted;

    /// <summary>Messages were removed; what is read after this is without them.</summary>
    /// <param name="isPurge">Whether they were purged: a consumer goes past those as if it had delivered them.</param>
    public void Note(bool isPurge) => Interlocked.Or(ref _noted, isPurge ? Removed | Purged : Removed);

    /// <summary>Takes the note.</summary>
    /// <param name="wasPurge">Whether messages were purged.</param>
    /// <returns>Whether there was any.</returns>
    public bool TryTake(out bool wasPurge)
    {
        int noted = Volatile.Read(ref _noted) == 0 ? 0 : Interlocked.Exchange(ref _noted, 0);
        wasPurge = (noted & Purged) != 0;
        return noted != 0;
    }
}

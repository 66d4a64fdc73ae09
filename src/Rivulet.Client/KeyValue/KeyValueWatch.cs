namespace Rivulet.Client.KeyValue;

/// <summary>
/// A watch on keys. What was there when it began comes first, then every change; by one reader at a time. Enumerating it
/// hands out all of it; <see cref="InitialEntriesAsync"/> hands out the first part and ends where the changes begin.
/// </summary>
/// <remarks>
/// The watch is in force from the moment it is created: no change after that is missed, also over a reconnect. Leaving
/// an enumeration of the watch, cancelling it, or disposing of the watch ends it and deletes its consumer; leaving or
/// finishing <see cref="InitialEntriesAsync"/> does not.
/// </remarks>
public sealed class KeyValueWatch : IAsyncEnumerable<KeyValueEntry>, IAsyncDisposable
{
    internal KeyValueWatch()
    {
    }

    /// <summary>True once everything that was there when the watch began has been read. Then changes follow.</summary>
    public bool InitialEntriesRead => throw new NotImplementedException();

    /// <summary>The entries that were there when the watch began, and ends; at once if there are none.</summary>
    public IAsyncEnumerable<KeyValueEntry> InitialEntriesAsync(CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>The next entry. Does not end the watch when cancelled.</summary>
    public ValueTask<KeyValueEntry> ReadAsync(CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>The entries not read yet, and all changes to come.</summary>
    public IAsyncEnumerator<KeyValueEntry> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>Ends the watch and deletes its consumer.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}

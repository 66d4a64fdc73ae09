namespace Rivulet.Client.KeyValue;

/// <summary>A key in a listing.</summary>
/// <param name="Key">The key.</param>
/// <param name="Revision">Its newest revision; 0 in a listing of keys alone.</param>
/// <param name="Created">When that was stored.</param>
/// <param name="Revisions">How many revisions of it are kept.</param>
/// <param name="IsDeleted">Whether the newest one is a delete.</param>
public sealed record KeyValueKeyInfo(
    string Key, ulong Revision, DateTimeOffset Created, ulong Revisions, bool IsDeleted);

/// <summary>A page of a listing.</summary>
public sealed record KeyValuePage
{
    /// <summary>Its keys, in the order of their bytes. There may be fewer than the limit although more follow.</summary>
    public required IReadOnlyList<KeyValueKeyInfo> Keys { get; init; }

    /// <summary>
    /// Where the bucket stood when the listing began; a watch that goes on from here misses nothing of what is listed.
    /// </summary>
    public required KeyValuePosition Position { get; init; }

    /// <summary>Where the next page begins (<see cref="KeyValueSelection.From"/>); null if nothing follows.</summary>
    public string? Next { get; init; }

    /// <summary>How many keys match in all, those of other pages included; null if that was not asked for.</summary>
    public ulong? Total { get; init; }
}

/// <summary>Values of many keys as of one revision.</summary>
public sealed record KeyValueSnapshot
{
    /// <summary>The entries: in the order in which keys were named, or of the keys' bytes.</summary>
    public required IReadOnlyList<KeyValueEntry> Entries { get; init; }

    /// <summary>The revision of the bucket as of which they are.</summary>
    public required KeyValuePosition Position { get; init; }

    /// <summary>Those of the keys that were named which had no value.</summary>
    public required IReadOnlyList<string> Missing { get; init; }

    /// <summary>Where to go on (<see cref="KeyValueSelection.From"/>); null if nothing follows.</summary>
    public string? Next { get; init; }
}

namespace Rivulet.Storage.Indexing;

/// <summary>
/// What the index knows of one subject. First, Last and Count are what is committed; an uncommitted tail that touches
/// the subject has a <see cref="SubjectOverlay"/> beside it.
/// </summary>
internal struct SubjectEntry : ISlabEntry
{
    /// <summary>Sequence of the oldest committed message; 0 when Count is 0.</summary>
    public ulong First;

    /// <summary>Sequence of the newest committed message; 0 when Count is 0.</summary>
    public ulong Last;

    /// <summary>Committed messages. An entry with none is kept while it has an overlay, and is invisible to readers.</summary>
    public uint Count;

    /// <summary>Where its bytes are in the arena.</summary>
    public uint Key;

    /// <summary>Its hash, so that the table grows without reading keys.</summary>
    public uint Hash;

    /// <summary>Number of its overlay, or 0.</summary>
    public int Overlay;

    public ushort KeyBytes;

    public int NextFree { readonly get => Overlay; set => Overlay = value; }
}

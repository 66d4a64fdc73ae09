namespace Rivulet.Storage.Indexing;

/// <summary>What a subject's record has no room for: there while a subject has several messages, or an overlay.</summary>
internal struct SubjectMore : ISlabEntry
{
    public ulong First;
    public uint Count;

    /// <summary>Number of its overlay, or 0.</summary>
    public int Overlay;

    public int NextFree { readonly get => Overlay; set => Overlay = value; }
}

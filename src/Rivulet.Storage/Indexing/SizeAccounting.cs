namespace Rivulet.Storage.Indexing;

/// <summary>
/// What a message counts against the byte limit of its stream. The figures are the reference server's, so that limits
/// mean the same: a file store counts 30 bytes a message and 4 for a header block, a memory store 16 bytes a message.
/// </summary>
internal readonly record struct SizeAccounting(int PerMessageBytes, int PerHeaderBlockBytes)
{
    public static SizeAccounting File => new(30, 4);

    public static SizeAccounting Memory => new(16, 0);

    public int SizeOf(in SequenceEntry entry) => SizeOf(entry.ContentBytes, entry.HasHeaders);

    public int SizeOf(int contentBytes, bool hasHeaders) =>
        contentBytes + PerMessageBytes + (hasHeaders ? PerHeaderBlockBytes : 0);
}

namespace Rivulet.Storage.Records;

/// <summary>A record, other than a message, that the store itself has to say.</summary>
internal readonly record struct NewRecord(RecordKind Kind, uint StreamId, ulong Sequence, byte[] Body)
{
    /// <summary>Length of the whole record, without padding.</summary>
    public int LengthBytes => RecordLayout.HeaderBytes + Body.Length + RecordLayout.TrailerBytes;

    /// <summary>The room that it takes.</summary>
    public int AlignedBytes => RecordLayout.Align(LengthBytes);
}

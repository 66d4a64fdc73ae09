using System.Numerics;

namespace Rivulet.Storage.Records;

/// <summary>
/// What, beside the size of its content, decides how long a message's record is: its form, and how many units its facts
/// take.
/// </summary>
/// <param name="FactUnits">
/// The timestamp is one. In the full form every other fact is one more, of eight bytes; in the compact form one more of four
/// bytes, but the expiry, which takes two.
/// </param>
/// <param name="IsCompact">Whether it is the compact form.</param>
internal readonly record struct RecordShape(int FactUnits, bool IsCompact)
{
    /// <summary>The shape that a message with these facts has in one of the forms.</summary>
    public static RecordShape Of(RecordFlags flags, bool isCompact)
    {
        const RecordFlags Counted =
            RecordFlags.HasExpiry | RecordFlags.HasDropped | RecordFlags.HasFloor | RecordFlags.BatchEnd;
        int units = 1 + BitOperations.PopCount((uint)(flags & Counted));
        return new RecordShape(isCompact ? units + (int)(flags & RecordFlags.HasExpiry) : units, isCompact);
    }

    /// <summary>How many bytes the facts take.</summary>
    public int FactsBytes => IsCompact
        ? CompactForm.TimestampBytes + ((FactUnits - 1) * CompactForm.FactBytes)
        : FactUnits * RecordLayout.FactBytes;

    /// <summary>Exact length of the record, without padding.</summary>
    /// <param name="contentBytes">Subject, headers and payload together, as they are stored.</param>
    /// <param name="hasHeaders">Whether the message has headers.</param>
    public int MessageBytes(int contentBytes, bool hasHeaders)
    {
        int headerBytes = IsCompact ? CompactForm.HeaderBytes(hasHeaders) : RecordLayout.HeaderBytes;
        return headerBytes + contentBytes + FactsBytes + RecordLayout.TrailerBytes;
    }
}

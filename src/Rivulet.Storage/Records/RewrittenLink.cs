using System.Diagnostics;

namespace Rivulet.Storage.Records;

/// <summary>
/// Which record of its stream lies before a record in a rewritten segment, in place of <see cref="RecordHeader.UnsyncedBytes"/>:
/// everything in such a segment is synced, and gaps between sequences are ordinary, so that it takes this to tell what
/// is missing there from what is gone.
/// <code>
///   31                     8 7        0
///   +-----------------------+----------+   back: this sequence less the one of the record before it in this segment, or
///   | back                  | number   |   less the last one in front of the segment; 0: too far back, or no matter
///   +-----------------------+----------+   number: which of the stream's linked records in this segment, modulo 256
/// </code>
/// </summary>
internal readonly record struct RewrittenLink(uint Back, byte Number)
{
    private const int NumberBits = 8;
    private const ulong BackMax = (1 << 24) - 1;

    public static RewrittenLink Of(ulong sequence, ulong before, byte number)
    {
        Debug.Assert(sequence > before, "sequences ascend");
        ulong back = sequence - before;
        return new RewrittenLink(back <= BackMax ? (uint)back : 0, number);
    }

    public static RewrittenLink FromField(uint field) => new(field >> NumberBits, (byte)field);

    public uint ToField() => (Back << NumberBits) | Number;
}

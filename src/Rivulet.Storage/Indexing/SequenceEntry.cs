using System.Diagnostics;

namespace Rivulet.Storage.Indexing;

/// <summary>Facts about a message that its index entry keeps in the low bits of its place.</summary>
[Flags]
internal enum EntryFlags
{
    None = 0,

    /// <summary>Removed by an operation of the uncommitted tail: the writer does not see it, readers still do.</summary>
    TailRemoved = 1,

    /// <summary>Exempt from the stream's maximum age.</summary>
    NeverExpires = 2,

    /// <summary>Recovery found nothing but zeros in headers and payload: there is nothing to erase.</summary>
    Blank = 4,

    Mask = 7,
}

/// <summary>
/// What the index knows of one message: forty bytes. Next and Previous are the neighbours in its subject's chain,
/// which holds the subject's messages by ascending sequence, uncommitted ones included.
/// </summary>
internal struct SequenceEntry
{
    // Content size and what else the record holds, which together give the length of the record.
    private const uint HasHeadersBit = 1u << 28;
    private const int FactsShift = 29;
    private const uint ContentMask = HasHeadersBit - 1;

    /// <summary>Largest subject, headers and payload together.</summary>
    public const int MaxContentBytes = (int)ContentMask;

    public long TimestampNanos;
    public ulong Next;
    public ulong Previous;
    public int Segment;
    public int Subject;
    private uint _offsetAndFlags;
    private uint _size;

    /// <summary>Where in the segment the record starts; a multiple of eight.</summary>
    public readonly int OffsetBytes => (int)(_offsetAndFlags & ~(uint)EntryFlags.Mask);

    public readonly EntryFlags Flags => (EntryFlags)_offsetAndFlags & EntryFlags.Mask;

    public readonly bool IsTailRemoved => (_offsetAndFlags & (uint)EntryFlags.TailRemoved) != 0;

    public readonly bool NeverExpires => (_offsetAndFlags & (uint)EntryFlags.NeverExpires) != 0;

    /// <summary>Subject, headers and payload together.</summary>
    public readonly int ContentBytes => (int)(_size & ContentMask);

    public readonly bool HasHeaders => (_size & HasHeadersBit) != 0;

    /// <summary>How many optional eight-byte facts its record holds, 0 to 7.</summary>
    public readonly int FactCount => (int)(_size >> FactsShift);

    public void SetPlace(int segment, int offsetBytes)
    {
        Debug.Assert((offsetBytes & (int)EntryFlags.Mask) == 0, "records start at multiples of eight");
        Segment = segment;
        _offsetAndFlags = (uint)offsetBytes | (_offsetAndFlags & (uint)EntryFlags.Mask);
    }

    public void SetFlag(EntryFlags flag) => _offsetAndFlags |= (uint)flag;

    public void SetSize(int contentBytes, bool hasHeaders, int factCount)
    {
        Debug.Assert(contentBytes <= MaxContentBytes && factCount <= 7, "sizes that do not fit");
        _size = (uint)contentBytes | (hasHeaders ? HasHeadersBit : 0) | ((uint)factCount << FactsShift);
    }
}

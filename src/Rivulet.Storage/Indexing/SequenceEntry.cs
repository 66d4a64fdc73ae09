using System.Diagnostics;
using Rivulet.Storage.Records;

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

    /// <summary>Its record has the compact form.</summary>
    Compact = 8,

    Mask = 15,
}

/// <summary>
/// What the index knows of one message: thirty-two bytes. Its subject's messages are linked by ascending sequence,
/// uncommitted ones included; the links are distances, kept by <see cref="SequenceTable"/>, which knows those that are
/// too far for the room they have here.
/// <code>
///    0  8  timestamp in nanoseconds since the Unix epoch
///    8  8  segment 24, offset / 8 28, flags 4, upper bits of the distances to the next message 4, to the previous 4
///   16  4  lower bits of the distance to the next message
///   20  4  lower bits of the distance to the previous message
///   24  4  number of the subject; 0 where there is no message
///   28  4  content size 28, has headers 1, units of facts 3
/// </code>
/// </summary>
internal struct SequenceEntry
{
    /// <summary>Largest subject, headers and payload together.</summary>
    public const int MaxContentBytes = (int)ContentMask;

    /// <summary>Largest number of a segment.</summary>
    public const int MaxSegment = (1 << SegmentBits) - 1;

    /// <summary>A distance that has no room here: whoever keeps the links knows it.</summary>
    public const ulong FarDistance = (1UL << (32 + HighBits)) - 1;

    // Content size and what else the record holds, which together give the length of the record.
    private const uint HasHeadersBit = 1u << 28;
    private const int FactsShift = 29;
    private const uint ContentMask = HasHeadersBit - 1;

    private const int SegmentBits = 24;
    private const int OffsetShift = SegmentBits;
    private const int OffsetBits = 28;
    private const int FlagsShift = OffsetShift + OffsetBits;
    private const int NextShift = FlagsShift + 4;
    private const int HighBits = 4;
    private const int PreviousShift = NextShift + HighBits;
    private const ulong HighMask = (1UL << HighBits) - 1;
    private const ulong PlaceMask = (1UL << FlagsShift) - 1;

    public long TimestampNanos;
    private ulong _place;
    private uint _next;
    private uint _previous;
    public int Subject;
    private uint _size;

    public readonly int Segment => (int)(_place & MaxSegment);

    /// <summary>Where in the segment the record starts; a multiple of eight.</summary>
    public readonly int OffsetBytes => (int)(_place >> OffsetShift & ((1UL << OffsetBits) - 1)) << 3;

    public readonly EntryFlags Flags => (EntryFlags)(_place >> FlagsShift) & EntryFlags.Mask;

    public readonly bool IsTailRemoved => (Flags & EntryFlags.TailRemoved) != 0;

    public readonly bool NeverExpires => (Flags & EntryFlags.NeverExpires) != 0;

    /// <summary>Subject, headers and payload together.</summary>
    public readonly int ContentBytes => (int)(_size & ContentMask);

    public readonly bool HasHeaders => (_size & HasHeadersBit) != 0;

    /// <summary>What decides the length of its record, beside the content.</summary>
    public readonly RecordShape Shape => new((int)(_size >> FactsShift), (Flags & EntryFlags.Compact) != 0);

    /// <summary>Length of its record, without padding; if the record is compressed, of what it would be if it were not.</summary>
    public readonly int RecordBytes => Shape.MessageBytes(ContentBytes, HasHeaders);

    /// <summary>How much higher the next message's sequence is, 0 without one, or <see cref="FarDistance"/>.</summary>
    public ulong NextDistance
    {
        readonly get => _next | (((_place >> NextShift) & HighMask) << 32);
        set
        {
            _next = (uint)value;
            _place = (_place & ~(HighMask << NextShift)) | ((value >> 32) << NextShift);
        }
    }

    /// <summary>How much lower the previous message's sequence is, 0 without one, or <see cref="FarDistance"/>.</summary>
    public ulong PreviousDistance
    {
        readonly get => _previous | (((_place >> PreviousShift) & HighMask) << 32);
        set
        {
            _previous = (uint)value;
            _place = (_place & ~(HighMask << PreviousShift)) | ((value >> 32) << PreviousShift);
        }
    }

    public void SetPlace(int segment, int offsetBytes)
    {
        Debug.Assert((uint)segment <= MaxSegment, "a segment that does not fit");
        Debug.Assert((offsetBytes & 7) == 0 && offsetBytes >= 0, "records start at multiples of eight");
        _place = (_place & ~PlaceMask) | (uint)segment | ((ulong)((uint)offsetBytes >> 3) << OffsetShift);
    }

    public void SetFlag(EntryFlags flag) => _place |= (ulong)flag << FlagsShift;

    public void SetSize(int contentBytes, bool hasHeaders, RecordShape shape)
    {
        Debug.Assert(contentBytes <= MaxContentBytes && shape.FactUnits <= 7, "sizes that do not fit");
        _size = (uint)contentBytes | (hasHeaders ? HasHeadersBit : 0) | ((uint)shape.FactUnits << FactsShift);
        const ulong Compact = (ulong)EntryFlags.Compact << FlagsShift;
        _place = shape.IsCompact ? _place | Compact : _place & ~Compact;
    }
}

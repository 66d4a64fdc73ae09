using System.Numerics;
using Rivulet.Storage.Log;
using Rivulet.Storage.Records;

namespace Rivulet.Storage.Checking;

/// <summary>Checks both copies of a segment's header, each by itself, and the zeros around them.</summary>
/// <param name="segment">The segment.</param>
/// <param name="mayBeTorn">Whether the header may not have been synced yet: then half of it may be missing.</param>
/// <param name="findings">Receives what is found.</param>
internal readonly struct HeaderAreaCheck(LogSegment segment, bool mayBeTorn, FindingList findings)
{
    private readonly LogSegment _segment = segment;
    private readonly bool _mayBeTorn = mayBeTorn;
    private readonly FindingList _findings = findings;

    /// <summary>Looks at the first <see cref="SegmentHeader.AreaBytes"/> of the file.</summary>
    public void Run(ReadOnlySpan<byte> area)
    {
        ReadOnlySpan<byte> first = area[..SegmentHeader.CopyBytes];
        ReadOnlySpan<byte> second = area.Slice(SegmentHeader.SecondCopyOffset, SegmentHeader.CopyBytes);
        bool firstIsWhole = CheckCopy(area, 0, second);
        bool secondIsWhole = CheckCopy(area, SegmentHeader.SecondCopyOffset, first);
        int used = SegmentHeader.UsedBytes(first);
        if (firstIsWhole && secondIsWhole && !first[..used].SequenceEqual(second[..used]))
        {
            _findings.Add(
                FindingKind.SegmentHeader, _segment, SegmentHeader.SecondCopyOffset, SegmentHeader.CopyBytes,
                "the two copies of the header differ; the first one is used");
        }
    }

    private bool CheckCopy(ReadOnlySpan<byte> area, int offset, ReadOnlySpan<byte> other)
    {
        ReadOnlySpan<byte> sector = area.Slice(offset, SegmentHeader.SecondCopyOffset);
        bool isWhole = SegmentHeader.IsCopyWhole(area, offset);
        if (!isWhole && _mayBeTorn && IsTorn(sector[..SegmentHeader.CopyBytes], other))
        {
            _findings.Add(
                FindingKind.InterruptedWrite, _segment, offset, SegmentHeader.CopyBytes,
                "a copy of the header was not written to its end; the next start completes it");
        }
        else if (!isWhole)
        {
            _findings.Add(
                FindingKind.SegmentHeader, _segment, offset, SegmentHeader.CopyBytes,
                "a copy of the header is damaged; the other one is used");
        }
        int used = isWhole ? SegmentHeader.UsedBytes(sector) : SegmentHeader.CopyBytes;
        int wrong = sector[used..].IndexOfAnyExcept((byte)0);
        if (wrong >= 0)
        {
            int end = sector[used..].LastIndexOfAnyExcept((byte)0) + 1;
            _findings.Add(
                FindingKind.NotZero, _segment, offset + used + wrong, end - wrong,
                "unused bytes of the header are not zero; nothing depends on them");
        }
        return isWhole;
    }

    /// <summary>Whether a copy is the other one, but for bytes that are zero still. One wrong bit is damage, wherever it is.</summary>
    private static bool IsTorn(ReadOnlySpan<byte> copy, ReadOnlySpan<byte> other)
    {
        int wrongBits = 0;
        for (int i = 0; i < copy.Length; i++)
        {
            if (copy[i] != other[i] && copy[i] != 0)
                return false;
            wrongBits += BitOperations.PopCount((uint)(copy[i] ^ other[i]));
        }
        return wrongBits > 1;
    }
}

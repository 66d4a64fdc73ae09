using Rivulet.Storage.Log;
using Rivulet.Storage.Records;

namespace Rivulet.Storage.Checking;

/// <summary>Checks both copies of a segment's header, each by itself, and the zeros around them.</summary>
internal static class HeaderAreaCheck
{
    public static void Run(LogSegment segment, ReadOnlySpan<byte> area, FindingList findings)
    {
        CheckCopy(segment, area, 0, findings);
        CheckCopy(segment, area, SegmentHeader.SecondCopyOffset, findings);
        bool bothWhole = SegmentHeader.IsCopyWhole(area, 0) && SegmentHeader.IsCopyWhole(area, SegmentHeader.SecondCopyOffset);
        ReadOnlySpan<byte> second = area[SegmentHeader.SecondCopyOffset..];
        if (bothWhole && !area[..SegmentHeader.CopyBytes].SequenceEqual(second[..SegmentHeader.CopyBytes]))
        {
            findings.Add(
                FindingKind.SegmentHeader, segment, SegmentHeader.SecondCopyOffset, SegmentHeader.CopyBytes,
                "the two copies of the header differ; the first one is used");
        }
    }

    private static void CheckCopy(LogSegment segment, ReadOnlySpan<byte> area, int offset, FindingList findings)
    {
        int used = SegmentHeader.CopyBytes;
        if (SegmentHeader.IsCopyWhole(area, offset))
        {
            used = SegmentHeader.UsedBytes(area[offset..]);
        }
        else
        {
            findings.Add(
                FindingKind.SegmentHeader, segment, offset, SegmentHeader.CopyBytes,
                "a copy of the header is damaged; the other one is used");
        }
        ReadOnlySpan<byte> zeros = area[(offset + used)..(offset + SegmentHeader.SecondCopyOffset)];
        int wrong = zeros.IndexOfAnyExcept((byte)0);
        if (wrong >= 0)
        {
            int wrongEnd = zeros.LastIndexOfAnyExcept((byte)0) + 1;
            findings.Add(
                FindingKind.NotZero, segment, offset + used + wrong, wrongEnd - wrong,
                "unused bytes of the header are not zero; nothing depends on them");
        }
    }
}

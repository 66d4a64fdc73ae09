using System.Diagnostics;
using Rivulet.Storage.Indexing;
using Rivulet.Storage.Log;
using Rivulet.Storage.Records;

namespace Rivulet.Storage.Compaction;

/// <summary>
/// How many bytes of which segments one index refers to. The segments add up what all indexes say; an index that goes as
/// a whole gives back its share without a look at its messages. Under the stream's index lock.
/// </summary>
internal sealed class SegmentUsage(SegmentSet segments) : IRecordSpace
{
    private readonly SegmentSet _segments = segments;

    // Sorted by slot; most streams have messages in a handful of segments.
    private Share[] _shares = [];
    private int _count;
    private int _latest;

    public void OnAdded(in SequenceEntry entry) => Change(entry.Segment, BytesOf(in entry));

    public void OnRemoved(in SequenceEntry entry) => Change(entry.Segment, -BytesOf(in entry));

    public void OnReleased()
    {
        for (int i = 0; i < _count; i++)
            _segments.Find(_shares[i].Slot)?.AddLive(-_shares[i].Bytes);
        _shares = [];
        _count = 0;
    }

    private static long BytesOf(in SequenceEntry entry) => RecordLayout.Align(entry.RecordBytes);

    private void Change(int slot, long bytes)
    {
        ref Share share = ref ShareOf(slot);
        share.Bytes += bytes;
        Debug.Assert(share.Bytes >= 0, "more was removed than was there");
        _segments.Find(slot)?.AddLive(bytes);
        if (share.Bytes == 0)
            Drop(slot);
    }

    private ref Share ShareOf(int slot)
    {
        // Perf: appends go to the same segment many times in a row.
        if (_latest < _count && _shares[_latest].Slot == slot)
            return ref _shares[_latest];
        int place = LowerBound(slot);
        if (place == _count || _shares[place].Slot != slot)
            Insert(place, slot);
        _latest = place;
        return ref _shares[place];
    }

    private int LowerBound(int slot)
    {
        int low = 0;
        int high = _count;
        while (low < high)
        {
            int middle = (low + high) >> 1;
            if (_shares[middle].Slot < slot)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }

    private void Insert(int place, int slot)
    {
        if (_count == _shares.Length)
            Array.Resize(ref _shares, Math.Max(2, _count * 2));
        Array.Copy(_shares, place, _shares, place + 1, _count - place);
        _shares[place] = new Share { Slot = slot };
        _count++;
    }

    private void Drop(int slot)
    {
        int place = LowerBound(slot);
        Array.Copy(_shares, place + 1, _shares, place, _count - place - 1);
        _count--;
    }

    private struct Share
    {
        public int Slot;
        public long Bytes;
    }
}

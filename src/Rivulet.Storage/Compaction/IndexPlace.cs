using System.Runtime.CompilerServices;
using Rivulet.Storage.Indexing;
using Rivulet.Storage.Streams;

namespace Rivulet.Storage.Compaction;

/// <summary>Looks for what refers to a record at a place. Under the stream's index lock.</summary>
internal static class IndexPlace
{
    /// <summary>The entry that refers to a record, in whichever generation; a null reference when none does.</summary>
    public static ref SequenceEntry Find(StreamCore core, ulong sequence, int slot, int offsetBytes) =>
        ref Find(core, sequence, slot, offsetBytes, out _);

    /// <summary>The entry that refers to a record, and the index that holds it.</summary>
    public static ref SequenceEntry Find(
        StreamCore core, ulong sequence, int slot, int offsetBytes, out StreamIndex? holder)
    {
        for (holder = core.Committed; holder is not null; holder = holder.Successor)
        {
            ref SequenceEntry entry = ref holder.Sequences.Find(sequence);
            if (!Unsafe.IsNullRef(ref entry) && entry.Segment == slot && entry.OffsetBytes == offsetBytes)
                return ref entry;
        }
        return ref Unsafe.NullRef<SequenceEntry>();
    }
}

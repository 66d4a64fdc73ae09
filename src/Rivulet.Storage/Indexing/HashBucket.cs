using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Rivulet.Storage.Indexing;

/// <summary>
/// Ten places of a hash table in one cache line: sixteen bits of each subject's hash, the subjects, and where to look
/// on when more than ten came together. Filled from the front.
/// </summary>
internal unsafe struct HashBucket : ISlabEntry
{
    public const int Places = 10;

    private const uint PlacesMask = (1u << Places) - 1;

    private fixed ushort _tags[Places];
    private fixed uint _subjects[Places];

    /// <summary>Number of the bucket that goes on with this one, or 0.</summary>
    public int Overflow;

    public int NextFree { readonly get => Overflow; set => Overflow = value; }

    /// <summary>Whether another subject fits.</summary>
    public readonly bool IsFull => _subjects[Places - 1] != 0;

    /// <summary>The subject of a place, or 0.</summary>
    public readonly int Subject(int place) => (int)_subjects[place];

    public readonly ushort Tag(int place) => _tags[place];

    /// <summary>The places whose tag is this one, as bits; places that hold nothing may be among them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly uint Matches(ushort tag)
    {
        ref byte start = ref Unsafe.As<HashBucket, byte>(ref Unsafe.AsRef(in this));

        // Reads past the tags, into the subjects; those bits are masked.
        Vector256<ushort> tags = Unsafe.ReadUnaligned<Vector256<ushort>>(ref start);
        return Vector256.Equals(tags, Vector256.Create(tag)).ExtractMostSignificantBits() & PlacesMask;
    }

    /// <summary>How many places are taken.</summary>
    public readonly int Count()
    {
        int count = 0;
        while (count < Places && _subjects[count] != 0)
            count++;
        return count;
    }

    /// <summary>Copies the subjects.</summary>
    /// <returns>How many they are.</returns>
    public readonly int CopyTo(Span<int> into)
    {
        int count = Count();
        for (int place = 0; place < count; place++)
            into[place] = (int)_subjects[place];
        return count;
    }

    public void Set(int place, ushort tag, int subject)
    {
        _tags[place] = tag;
        _subjects[place] = (uint)subject;
    }
}

using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Rivulet.Storage.Indexing;

/// <summary>
/// Finds subjects by their bytes: linear hashing. The table grows by one bucket at a time, which takes over part of one
/// other bucket, so that no insertion waits for the table to be copied. Not synchronised.
/// <code>
///   _level = 3, _split = 2: ten buckets
///
///     0  1 | 2  3  4  5  6  7 | 8  9       buckets before _split have given the half of their subjects
///     ^split in two               ^ ^      whose fourth bit is set to the bucket 8 places on
/// </code>
/// </summary>
internal sealed class SubjectHashTable(IndexMemory memory, SubjectRecords records, ulong seed)
{
    /// <summary>Subjects per bucket at which the table grows. With ten places, about one bucket in four overflows.</summary>
    private const int Load = 8;

    private const int TagShift = 16;
    private const int BucketChunkBits = 15;

    private readonly SubjectRecords _records = records;
    private readonly SubjectHash _hash = new(seed);
    private readonly NativeChunks _buckets = new(memory, Unsafe.SizeOf<HashBucket>(), BucketChunkBits, 1);
    private readonly Slab<HashBucket> _overflows = new(memory, BucketChunkBits);
    private int _level;
    private uint _split;

    public int Count { get; private set; }

    public ulong HashOf(ReadOnlySpan<byte> key) => _hash.Compute(key);

    /// <summary>The number of a subject, or 0.</summary>
    public int Find(ReadOnlySpan<byte> key, ulong hash)
    {
        if (Count == 0)
            return 0;
        ushort tag = TagOf(hash);
        ref HashBucket bucket = ref Bucket(IndexOf(hash));
        while (true)
        {
            for (uint matches = bucket.Matches(tag); matches != 0; matches &= matches - 1)
            {
                int subject = bucket.Subject(BitOperations.TrailingZeroCount(matches));
                if (subject != 0 && _records.KeyOf(subject).SequenceEqual(key))
                    return subject;
            }
            if (bucket.Overflow == 0)
                return 0;
            bucket = ref _overflows[bucket.Overflow];
        }
    }

    /// <summary>Adds a subject that is not in the table.</summary>
    public void Add(int subject, ulong hash)
    {
        _buckets.EnsureRoom(0);
        Insert(IndexOf(hash), TagOf(hash), subject);
        Count++;
        if (Count > (long)BucketCount * Load)
            Split();
    }

    /// <summary>Sends for the bucket of a subject.</summary>
    public unsafe void Prefetch(ulong hash)
    {
        if (Sse.IsSupported && Count > 0)
            Sse.Prefetch0(_buckets.At(IndexOf(hash)));
    }

    /// <summary>Takes a subject out. Its key must still be readable.</summary>
    public void Remove(int subject)
    {
        uint index = IndexOf(HashOf(_records.KeyOf(subject)));
        ref HashBucket bucket = ref Bucket(index);
        int place = PlaceOf(ref bucket, subject);
        while (place < 0)
        {
            Debug.Assert(bucket.Overflow != 0, "the subject is not in the table");
            bucket = ref _overflows[bucket.Overflow];
            place = PlaceOf(ref bucket, subject);
        }

        // The last of the chain moves into the hole.
        ref HashBucket last = ref bucket;
        ref HashBucket before = ref Bucket(index);
        while (last.Overflow != 0)
        {
            before = ref last;
            last = ref _overflows[last.Overflow];
        }
        int lastPlace = last.Count() - 1;
        bucket.Set(place, last.Tag(lastPlace), last.Subject(lastPlace));
        last.Set(lastPlace, 0, 0);
        Count--;
        if (lastPlace == 0)
            FreeLast(index);
    }

    /// <summary>Copies all subjects, in no order.</summary>
    /// <param name="into">Has room for <see cref="Count"/>.</param>
    public void CopyTo(Span<int> into)
    {
        for (uint index = 0; index < BucketCount && into.Length > 0; index++)
        {
            ref HashBucket bucket = ref Bucket(index);
            into = into[bucket.CopyTo(into)..];
            while (bucket.Overflow != 0)
            {
                bucket = ref _overflows[bucket.Overflow];
                into = into[bucket.CopyTo(into)..];
            }
        }
        Debug.Assert(into.IsEmpty, "all are there");
    }

    /// <summary>Gives all memory back. Empty and usable afterwards.</summary>
    public void Release()
    {
        _buckets.Release();
        _overflows.Release();
        _level = 0;
        _split = 0;
        Count = 0;
    }

    private uint BucketCount => (1u << _level) + _split;

    private static ushort TagOf(ulong hash) => (ushort)(hash >> TagShift);

    private static int PlaceOf(ref HashBucket bucket, int subject)
    {
        for (int place = 0; place < HashBucket.Places; place++)
        {
            if (bucket.Subject(place) == subject)
                return place;
        }
        return -1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint IndexOf(ulong hash)
    {
        uint index = (uint)hash & ((2u << _level) - 1);
        return index < BucketCount ? index : index - (1u << _level);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private unsafe ref HashBucket Bucket(uint index) => ref Unsafe.AsRef<HashBucket>(_buckets.At(index));

    private void Insert(uint index, ushort tag, int subject)
    {
        ref HashBucket bucket = ref Bucket(index);
        while (bucket.IsFull)
        {
            if (bucket.Overflow == 0)
            {
                bucket = ref AddOverflow(index);
                break;
            }
            bucket = ref _overflows[bucket.Overflow];
        }
        bucket.Set(bucket.Count(), tag, subject);
    }

    /// <summary>Adds a bucket to the end of a chain. That may move the others, so the chain is followed afterwards.</summary>
    private ref HashBucket AddOverflow(uint index)
    {
        int added = _overflows.Add();
        ref HashBucket last = ref Bucket(index);
        while (last.Overflow != 0)
            last = ref _overflows[last.Overflow];
        last.Overflow = added;
        return ref _overflows[added];
    }

    /// <summary>Takes the last bucket of a chain, which became empty, away; the first one stays.</summary>
    private void FreeLast(uint index)
    {
        ref HashBucket bucket = ref Bucket(index);
        if (bucket.Overflow == 0)
            return;
        while (_overflows[bucket.Overflow].Overflow != 0)
            bucket = ref _overflows[bucket.Overflow];
        _overflows.Free(bucket.Overflow);
        bucket.Overflow = 0;
    }

    private void Split()
    {
        uint from = _split;
        int level = _level;
        uint to = from + (1u << level);
        _buckets.EnsureRoom(to);
        if (++_split == 1u << level)
        {
            _level++;
            _split = 0;
        }
        PrefetchSplit();
        HashBucket taken = Bucket(from);
        Bucket(from) = default;
        while (true)
        {
            int count = taken.Count();
            for (int place = 0; place < count; place++)
            {
                ushort tag = taken.Tag(place);
                int subject = taken.Subject(place);
                Insert(BitOf(subject, tag, level) == 0 ? from : to, tag, subject);
            }
            int next = taken.Overflow;
            if (next == 0)
                return;
            taken = _overflows[next];
            _overflows.Free(next);
        }
    }

    /// <summary>Sends for what the next split looks at: it is some additions away, so all of it will be there.</summary>
    private unsafe void PrefetchSplit()
    {
        if (!Sse.IsSupported || _split + 1 >= BucketCount)
            return;
        Sse.Prefetch0(_buckets.At(_split + 1));
        if (_level >= TagShift)
            return;
        ref HashBucket next = ref Bucket(_split);
        for (int place = 0; place < HashBucket.Places && next.Subject(place) is var subject && subject != 0; place++)
            _records.Prefetch(subject);
    }

    /// <summary>A bit of a subject's hash. Once the table is large the tag has it, and the key is not read.</summary>
    private uint BitOf(int subject, ushort tag, int bit) => bit >= TagShift
        ? (uint)(tag >> (bit - TagShift)) & 1
        : (uint)(HashOf(_records.KeyOf(subject)) >> bit) & 1;
}

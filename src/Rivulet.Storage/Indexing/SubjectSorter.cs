using System.Runtime.CompilerServices;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Rivulet.Storage.Indexing;

/// <summary>
/// Hands subjects in any order to a <see cref="SubjectTreeBuilder"/> in byte order. Eight bytes of each key at a time are
/// sorted as numbers, those behind what all keys have in common: so a key is looked at about once, and not at all to
/// tell in which bit it differs from its neighbour.
/// </summary>
internal sealed unsafe class SubjectSorter(SubjectTreeBuilder tree, SubjectRecords records)
{
    private const int PrefixBytes = sizeof(ulong);

    /// <summary>So few are compared with each other instead.</summary>
    private const int CompareMax = 8;

    /// <summary>So many are worth the tables of a <see cref="RadixSort"/>.</summary>
    private const int RadixMin = 4096;

    private readonly SubjectTreeBuilder _tree = tree;
    private readonly SubjectRecords _records = records;

    /// <summary>Adds subjects with distinct keys to an empty tree.</summary>
    /// <param name="subjects">The subjects; in order afterwards.</param>
    public void AddAll(Span<int> subjects)
    {
        // Outside the managed heap: for as long as this takes, and then gone.
        ulong* prefixes = (ulong*)NativeMemory.Alloc((nuint)subjects.Length, PrefixBytes);
        try
        {
            // In the order of memory first: then the keys are read from front to back.
            for (int i = 0; i < subjects.Length; i++)
                prefixes[i] = (uint)subjects[i];
            Sort(new Span<ulong>(prefixes, subjects.Length), subjects);
            Add(subjects, new Span<ulong>(prefixes, subjects.Length), 0);
        }
        finally
        {
            NativeMemory.Free(prefixes);
        }
    }

    /// <param name="subjects">Subjects whose keys are the same before <paramref name="from"/>.</param>
    /// <param name="prefixes">Room for as many numbers.</param>
    /// <param name="from">A place in the keys.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Add(Span<int> subjects, Span<ulong> prefixes, int from)
    {
        if (subjects.Length <= CompareMax || from >= SubjectRecords.MaxKeyBytes)
        {
            subjects.Sort(new ByKey(_records));
            foreach (int subject in subjects)
                _tree.Add(subject);
            return;
        }
        from = CommonBytes(subjects, from);
        for (int i = 0; i < subjects.Length; i++)
            prefixes[i] = PrefixOf(_records.KeyOf(subjects[i]), from);
        Sort(prefixes, subjects);
        ulong previous = 0;
        for (int start = 0; start < subjects.Length;)
        {
            ulong prefix = prefixes[start];
            int length = prefixes[start..].IndexOfAnyExcept(prefix);
            length = length < 0 ? subjects.Length - start : length;
            if (length > 1)
                Add(subjects.Slice(start, length), prefixes.Slice(start, length), from + PrefixBytes);
            else if (start > 0 && DifferingBit(previous, prefix, from) is var bit && bit >= 0)
                _tree.Add(subjects[start], bit);
            else
                _tree.Add(subjects[start]);
            previous = prefix;
            start += length;
        }
    }

    private static void Sort(Span<ulong> keys, Span<int> values)
    {
        if (keys.Length < RadixMin)
            keys.Sort(values);
        else
            RadixSort.Sort(keys, values);
    }

    /// <summary>Up to which place all keys are the same.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int CommonBytes(ReadOnlySpan<int> subjects, int from)
    {
        ReadOnlySpan<byte> common = _records.KeyOf(subjects[0]);
        foreach (int subject in subjects)
        {
            if (common.Length <= from)
                return from;
            ReadOnlySpan<byte> key = _records.KeyOf(subject);
            if (key.Length <= from)
                return from;
            common = common[..(from + common[from..].CommonPrefixLength(key[from..]))];
        }
        return Math.Max(from, common.Length);
    }

    /// <summary>Eight bytes of a key as a number that sorts like them; zeros behind its end.</summary>
    private static ulong PrefixOf(ReadOnlySpan<byte> key, int from)
    {
        if (key.Length - from >= PrefixBytes)
            return BinaryPrimitives.ReadUInt64BigEndian(key[from..]);
        ulong prefix = 0;
        for (int i = from; i < key.Length; i++)
            prefix |= (ulong)key[i] << (8 * (PrefixBytes - 1 - (i - from)));
        return prefix;
    }

    /// <summary>The first bit in which two keys differ; -1 when their numbers do not tell, since one may end there.</summary>
    private static int DifferingBit(ulong before, ulong behind, int from)
    {
        int zeros = BitOperations.LeadingZeroCount(before ^ behind);
        int index = zeros / 8;
        int shift = 8 * (PrefixBytes - 1 - index);
        bool mayEnd = (byte)(before >> shift) == 0 || (byte)(behind >> shift) == 0;
        return mayEnd ? -1 : SubjectTree.BitNumber(from + index, zeros % 8);
    }

    private readonly struct ByKey(SubjectRecords records) : IComparer<int>
    {
        public int Compare(int x, int y) => records.KeyOf(x).SequenceCompareTo(records.KeyOf(y));
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Rivulet.Storage.Indexing;

/// <summary>
/// Sorts numbers by their bytes, the lowest first, each byte in one pass over all; bytes in which all agree are passed
/// over. For many: it takes as long for a thousand as to compare them.
/// </summary>
internal static unsafe class RadixSort
{
    private const int Digits = sizeof(ulong);
    private const int Values = 256;

    /// <summary>So many are worth a second thread.</summary>
    private const int HalvesMin = 1 << 17;

    private const int SampleKeys = 255;

    /// <summary>Sorts keys, and values along with them.</summary>
    public static void Sort(Span<ulong> keys, Span<int> values)
    {
        nuint length = (nuint)keys.Length;
        ulong* otherKeys = (ulong*)NativeMemory.Alloc(length, sizeof(ulong));
        int* otherValues = (int*)NativeMemory.Alloc(length, sizeof(int));
        try
        {
            fixed (ulong* ownKeys = keys)
            fixed (int* ownValues = values)
            {
                if (keys.Length < HalvesMin || Environment.ProcessorCount == 1)
                    Sort(ownKeys, ownValues, otherKeys, otherValues, keys.Length);
                else
                    SortHalves(ownKeys, ownValues, otherKeys, otherValues, keys.Length);
            }
        }
        finally
        {
            NativeMemory.Free(otherKeys);
            NativeMemory.Free(otherValues);
        }
    }

    /// <summary>Puts the keys below the middle in front of the others, and sorts either part, both at the same time.</summary>
    private static void SortHalves(ulong* keys, int* values, ulong* otherKeys, int* otherValues, int length)
    {
        ulong middle = MiddleOf(new ReadOnlySpan<ulong>(keys, length));
        int low = 0;
        int high = length;
        for (int i = 0; i < length; i++)
        {
            int place = keys[i] < middle ? low++ : --high;
            otherKeys[place] = keys[i];
            otherValues[place] = values[i];
        }
        Parallel.Invoke(
            () => SortInto(keys, values, otherKeys, otherValues, low),
            () => SortInto(keys + low, values + low, otherKeys + low, otherValues + low, length - low));
    }

    private static void SortInto(ulong* keys, int* values, ulong* fromKeys, int* fromValues, int length)
    {
        if (length == 0)
            return;
        Sort(fromKeys, fromValues, keys, values, length);
        new Span<ulong>(fromKeys, length).CopyTo(new Span<ulong>(keys, length));
        new Span<int>(fromValues, length).CopyTo(new Span<int>(values, length));
    }

    /// <summary>Of some of the keys, the one in the middle.</summary>
    private static ulong MiddleOf(ReadOnlySpan<ulong> keys)
    {
        Span<ulong> sample = stackalloc ulong[SampleKeys];
        for (int i = 0; i < SampleKeys; i++)
            sample[i] = keys[(int)((long)i * keys.Length / SampleKeys)];
        sample.Sort();
        return sample[SampleKeys / 2];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sort(ulong* keys, int* values, ulong* otherKeys, int* otherValues, int length)
    {
        int* counts = stackalloc int[Digits * Values];
        new Span<int>(counts, Digits * Values).Clear();
        for (int i = 0; i < length; i++)
        {
            ulong key = keys[i];
            for (int digit = 0; digit < Digits; digit++)
                counts[(digit * Values) + (byte)(key >> (8 * digit))]++;
        }
        ulong* fromKeys = keys;
        ulong* toKeys = otherKeys;
        int* fromValues = values;
        int* toValues = otherValues;
        for (int digit = 0; digit < Digits; digit++)
        {
            int* places = counts + (digit * Values);
            int shift = 8 * digit;
            if (places[(byte)(fromKeys[0] >> shift)] == length)
                continue;
            int next = 0;
            for (int value = 0; value < Values; value++)
                (places[value], next) = (next, next + places[value]);
            for (int i = 0; i < length; i++)
            {
                int place = places[(byte)(fromKeys[i] >> shift)]++;
                toKeys[place] = fromKeys[i];
                toValues[place] = fromValues[i];
            }
            ulong* sortedKeys = toKeys;
            toKeys = fromKeys;
            fromKeys = sortedKeys;
            int* sortedValues = toValues;
            toValues = fromValues;
            fromValues = sortedValues;
        }
        if (fromKeys == keys)
            return;
        new Span<ulong>(fromKeys, length).CopyTo(new Span<ulong>(keys, length));
        new Span<int>(fromValues, length).CopyTo(new Span<int>(values, length));
    }
}

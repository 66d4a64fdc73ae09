using System.Diagnostics;
using System.Numerics;

namespace Rivulet.Benchmarks.Growth;

/// <summary>Counts durations in classes that are a thirty-second of their power of two wide: 3 % is near enough.</summary>
internal sealed class LatencyHistogram
{
    private const int StepBits = 5;
    private readonly long[] _counts = new long[64 << StepBits];
    private long _count;

    public void Clear()
    {
        Array.Clear(_counts);
        _count = 0;
    }

    public void AddTicks(long stopwatchTicks)
    {
        _counts[ClassOf(ToNanos(stopwatchTicks))]++;
        _count++;
    }

    /// <summary>The duration that the given share of all did not exceed.</summary>
    public double Micros(double share)
    {
        long rank = (long)Math.Ceiling(_count * share);
        for (int i = 0; i < _counts.Length; i++)
        {
            rank -= _counts[i];
            if (rank <= 0 && _count > 0)
                return UpperNanosOf(i) / 1000.0;
        }

        return 0;
    }

    private static long ToNanos(long ticks) => (long)(ticks * (1e9 / Stopwatch.Frequency));

    internal static int ClassOf(long nanos)
    {
        ulong value = (ulong)Math.Max(nanos, 1);
        int shift = Math.Max(BitOperations.Log2(value) - StepBits, 0);
        return (shift << StepBits) + (int)(value >> shift);
    }

    internal static long UpperNanosOf(int index)
    {
        int shift = Math.Max((index >> StepBits) - 1, 0);
        return (((long)(index - (shift << StepBits)) + 1) << shift) - 1;
    }
}

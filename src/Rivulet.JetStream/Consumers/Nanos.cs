namespace Rivulet.JetStream.Consumers;

/// <summary>Nanoseconds, the unit of every duration and time on the wire, as <see cref="TimeProvider"/> deals in them.</summary>
internal static class Nanos
{
    /// <summary>Nanoseconds in a millisecond.</summary>
    public const long PerMillisecond = 1_000_000;

    /// <summary>Nanoseconds in a second.</summary>
    public const long PerSecond = 1_000_000_000;

    /// <summary>The sum, or the highest number there is: a deadline that far away never comes.</summary>
    public static long SaturatingAdd(long left, long right)
    {
        long sum = unchecked(left + right);
        return left > 0 && right > 0 && sum < 0 ? long.MaxValue : sum;
    }
}

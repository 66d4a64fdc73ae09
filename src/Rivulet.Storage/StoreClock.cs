namespace Rivulet.Storage;

/// <summary>Time as the store writes it: nanoseconds since the Unix epoch.</summary>
internal static class StoreClock
{
    private const long NanosPerTick = 100;

    public static long NowNanos(TimeProvider time) =>
        (time.GetUtcNow().UtcTicks - DateTime.UnixEpoch.Ticks) * NanosPerTick;
}

using System.Globalization;

namespace Rivulet.Cli.Formats;

/// <summary>Points in time as the command line prints them, in the local time zone.</summary>
internal static class Times
{
    /// <summary><c>2026-11-20 20:50:35</c>.</summary>
    public static string Full(DateTimeOffset time, TimeProvider clock) =>
        Local(time, clock).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary><c>20:50:35</c>, the prefix of status lines.</summary>
    public static string OfDay(TimeProvider clock) => clock.GetLocalNow().ToString("HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>Month, day and time with microseconds: <c>Nov 20 20:50:35.123456</c>.</summary>
    public static string Stamp(DateTimeOffset time, TimeProvider clock)
    {
        var local = Local(time, clock);
        return string.Create(CultureInfo.InvariantCulture, $"{local:MMM} {local.Day,2} {local:HH:mm:ss.ffffff}");
    }

    /// <summary>Date and time with the zone, to 100 ns: <c>2026-11-20T20:50:35.1234567Z</c>.</summary>
    public static string Rfc3339(DateTimeOffset time, TimeProvider clock)
    {
        var local = Local(time, clock);
        return local.ToString(
            local.Offset == TimeSpan.Zero ? "yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'" : "yyyy-MM-dd'T'HH:mm:ss.fffffffzzz",
            CultureInfo.InvariantCulture);
    }

    /// <summary>How long ago, in nanoseconds; <see cref="long.MaxValue"/> for a time that was never set.</summary>
    public static long AgeNanos(DateTimeOffset time, TimeProvider clock)
    {
        return time.Year <= 1 ? long.MaxValue : (clock.GetUtcNow() - time).Ticks * 100;
    }

    public static DateTimeOffset Local(DateTimeOffset time, TimeProvider clock) =>
        TimeZoneInfo.ConvertTime(time, clock.LocalTimeZone);
}

using System.Globalization;

namespace Rivulet.Server.Security.Tokens;

/// <summary>Times of day at which a user may be connected.</summary>
internal static class ConnectTimes
{
    private const string Format = "HH:mm:ss";

    /// <summary>Adds what is wrong with a range.</summary>
    public static void Validate(TimeRangeClaims range, ClaimsProblems problems)
    {
        if (range.Start.Length == 0)
            problems.Error("time ranges start must contain a start");
        else if (!TryParse(range.Start, out _))
            problems.Error($"start in time range is invalid \"{range.Start}\"");
        if (range.End.Length == 0)
            problems.Error("time ranges end must contain an end");
        else if (!TryParse(range.End, out _))
            problems.Error($"end in time range is invalid \"{range.End}\"");
    }

    /// <summary>Until when a user may be connected now; null for not at all, and the end of time where there are no ranges.</summary>
    /// <param name="ranges">The ranges.</param>
    /// <param name="zoneId">Their time zone; empty for <paramref name="local"/>.</param>
    /// <param name="now">The present.</param>
    /// <param name="local">The server's time zone.</param>
    public static DateTimeOffset? AllowedUntil(IReadOnlyList<TimeRangeClaims> ranges, string zoneId, DateTimeOffset now, TimeZoneInfo local)
    {
        if (ranges.Count == 0)
            return DateTimeOffset.MaxValue;
        TimeZoneInfo? zone = local;
        if (zoneId.Length > 0 && !TimeZoneInfo.TryFindSystemTimeZoneById(zoneId, out zone))
            return null;
        var here = TimeZoneInfo.ConvertTime(now, zone!).TimeOfDay;
        TimeSpan? longest = null;
        foreach (var range in ranges)
        {
            if (!TryParse(range.Start, out var start) || !TryParse(range.End, out var end))
                return null;
            if (Left(start, end, here) is { } left && !(left <= longest))
                longest = left;
        }

        return now + longest;
    }

    // From 11 to 22 at 13, or over midnight: from 22 to 6 at 5, or at 23.
    private static TimeSpan? Left(TimeSpan start, TimeSpan end, TimeSpan now)
    {
        if (start < now && now < end)
            return end - now;
        if (start <= end)
            return null;
        if (now < end)
            return end - now;
        return start < now ? end + TimeSpan.FromDays(1) - now : null;
    }

    private static bool TryParse(string text, out TimeSpan time)
    {
        bool parsed = TimeOnly.TryParseExact(text, Format, CultureInfo.InvariantCulture, DateTimeStyles.None, out var of);
        time = of.ToTimeSpan();
        return parsed;
    }
}

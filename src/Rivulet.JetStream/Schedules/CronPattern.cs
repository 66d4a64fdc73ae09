using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Rivulet.JetStream.Schedules;

/// <summary>
/// Points in time by six fields: second, minute, hour, day of the month, month, day of the week. Each is a list of numbers,
/// ranges and steps (<c>0,30</c>, <c>9-17</c>, <c>*/5</c>); months and days of the week have names as well. Immutable.
/// </summary>
internal sealed class CronPattern
{
    private const int YearsMax = 5;
    private const long TicksPerDay = TimeSpan.TicksPerDay;

    private static readonly Field Second = new(0, 59, []);
    private static readonly Field Minute = new(0, 59, []);
    private static readonly Field Hour = new(0, 23, []);
    private static readonly Field DayOfMonth = new(1, 31, []);
    private static readonly Field Month =
        new(1, 12, ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]);

    private static readonly Field DayOfWeek = new(0, 6, ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]);

    // A bit for each value.
    private ulong _seconds;
    private ulong _minutes;
    private ulong _hours;
    private ulong _days;
    private ulong _months;
    private ulong _weekdays;

    // Whether one of the two says that it may be any day, so that the other decides; otherwise either is enough.
    private bool _needsBothDays;

    private CronPattern()
    {
    }

    /// <summary>Reads a pattern.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out CronPattern? pattern)
    {
        pattern = null;
        string[] fields = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length != 6)
            return false;
        var read = new CronPattern();
        bool valid = Second.TryParse(fields[0], out read._seconds, out _)
            & Minute.TryParse(fields[1], out read._minutes, out _)
            & Hour.TryParse(fields[2], out read._hours, out _)
            & DayOfMonth.TryParse(fields[3], out read._days, out bool anyDay)
            & Month.TryParse(fields[4], out read._months, out _)
            & DayOfWeek.TryParse(fields[5], out read._weekdays, out bool anyWeekday);
        read._needsBothDays = anyDay || anyWeekday;
        pattern = valid ? read : null;
        return valid;
    }

    /// <summary>The next point in time, at a whole second.</summary>
    /// <param name="after">It is later than this, in UTC.</param>
    /// <param name="zone">The fields are clock times of this zone.</param>
    /// <returns>The time in UTC; <c>null</c> if there is none for years.</returns>
    public DateTime? Next(DateTime after, TimeZoneInfo zone)
    {
        long ticks = after.Ticks - (after.Ticks % TimeSpan.TicksPerSecond) + TimeSpan.TicksPerSecond;
        int yearMax = after.Year + YearsMax;
        while (ticks < DateTime.MaxValue.Ticks - (2 * TicksPerDay))
        {
            var utc = new DateTime(ticks, DateTimeKind.Utc);
            DateTime local = TimeZoneInfo.ConvertTimeFromUtc(utc, zone);
            if (local.Year > yearMax)
                return null;
            if (!Has(_months, local.Month))
                ticks = StartOf(new DateTime(local.Year, local.Month, 1).AddMonths(1), zone, ticks);
            else if (!MatchesDay(local))
                ticks = StartOf(local.Date.AddDays(1), zone, ticks);
            else if (!Has(_hours, local.Hour))
                ticks += TimeSpan.TicksPerHour - (local.Ticks % TimeSpan.TicksPerHour);
            else if (!Has(_minutes, local.Minute))
                ticks += TimeSpan.TicksPerMinute - (local.Ticks % TimeSpan.TicksPerMinute);
            else if (!Has(_seconds, local.Second))
                ticks += TimeSpan.TicksPerSecond;
            else
                return utc;
        }

        return null;
    }

    private bool MatchesDay(DateTime local)
    {
        bool day = Has(_days, local.Day);
        bool weekday = Has(_weekdays, (int)local.DayOfWeek);
        return _needsBothDays ? day && weekday : day || weekday;
    }

    /// <summary>When a day begins. Where clocks leave its first hour out, it begins behind that.</summary>
    private static long StartOf(DateTime day, TimeZoneInfo zone, long after)
    {
        while (zone.IsInvalidTime(day))
            day = day.AddMinutes(30);
        TimeSpan offset = zone.IsAmbiguousTime(day) ? zone.GetAmbiguousTimeOffsets(day).Max() : zone.GetUtcOffset(day);
        return Math.Max((day - offset).Ticks, after + TimeSpan.TicksPerSecond);
    }

    private static bool Has(ulong bits, int value) => (bits >> value & 1) != 0;

    /// <summary>What one field may say.</summary>
    private sealed class Field(int min, int max, string[] names)
    {
        public bool TryParse(string text, out ulong bits, out bool isAny)
        {
            (bits, isAny) = (0, false);
            foreach (string item in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
            {
                if (!TryParseItem(item, ref bits, ref isAny))
                    return false;
            }

            return bits != 0;
        }

        private bool TryParseItem(string item, ref ulong bits, ref bool isAny)
        {
            string[] parts = item.Split('/');
            string[] range = parts[0].Split('-');
            if (parts.Length > 2 || range.Length > 2)
                return false;
            int step = 1;
            if (parts.Length == 2 && (!TryParseNumber(parts[1], out step) || step == 0))
                return false;
            (int first, int last) = (min, max);
            if (range[0] is "*" or "?")
            {
                isAny |= step == 1;
            }
            else
            {
                if (!TryParseValue(range[0], out first))
                    return false;

                // With a step, one number is where it begins.
                last = parts.Length == 2 ? max : first;
                if (range.Length == 2 && !TryParseValue(range[1], out last))
                    return false;
            }

            if (first < min || last > max || first > last)
                return false;
            for (int value = first; value <= last; value += step)
                bits |= 1UL << value;
            return true;
        }

        private bool TryParseValue(string text, out int value)
        {
            int name = Array.FindIndex(names, candidate => candidate.Equals(text, StringComparison.OrdinalIgnoreCase));
            value = name + min;
            return name >= 0 || TryParseNumber(text, out value);
        }

        private static bool TryParseNumber(string text, out int value) =>
            int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value) && value is >= 0 and < 10_000;
    }
}

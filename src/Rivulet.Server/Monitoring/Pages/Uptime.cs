using System.Globalization;

namespace Rivulet.Server.Monitoring.Pages;

/// <summary>How long something has been there, in whole seconds: <c>4s</c>, <c>1h2m3s</c>, <c>3d4h0m9s</c>.</summary>
internal static class Uptime
{
    private const int DaysPerYear = 365;

    /// <summary>The text.</summary>
    public static string Format(TimeSpan duration)
    {
        int years = duration.Days / DaysPerYear;
        int days = duration.Days % DaysPerYear;
        var culture = CultureInfo.InvariantCulture;
        string text = string.Create(culture, $"{duration.Seconds}s");
        if (duration.TotalMinutes >= 1)
            text = string.Create(culture, $"{duration.Minutes}m{text}");
        if (duration.TotalHours >= 1)
            text = string.Create(culture, $"{duration.Hours}h{text}");
        if (duration.TotalDays >= 1)
            text = string.Create(culture, $"{days}d{text}");
        return years > 0 ? string.Create(culture, $"{years}y{text}") : text;
    }
}

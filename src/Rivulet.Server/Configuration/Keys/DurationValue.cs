using System.Globalization;
using Rivulet.Server.Configuration.Language;
using Rivulet.Server.Hosting;

namespace Rivulet.Server.Configuration.Keys;

/// <summary>The value of a duration key: a text such as <c>10s</c>, or in the old form a number of seconds.</summary>
internal static class DurationValue
{
    /// <summary>Reads one; false if something is wrong that keeps a server from starting.</summary>
    public static bool TryRead(ConfigEntry entry, ConfigProblems problems, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        string name = entry.Key.ToLowerInvariant();
        if (entry.Value is ConfigText text)
        {
            if (GoDuration.TryParse(text.Value, out duration))
                return true;
            problems.Error(entry.Position, $"error parsing {name}: time: invalid duration \"{text.Value}\"");
            return false;
        }

        problems.Warn(entry.Position, $"invalid use of field \"{name}\": {name} should be converted to a duration");
        if (entry.Value is not ConfigInteger seconds)
        {
            problems.WrongKind(entry.Position, entry.Value, "int64");
            return false;
        }

        if (Math.Abs((decimal)seconds.Value) > TimeSpan.MaxValue.Ticks / TimeSpan.TicksPerSecond)
        {
            problems.Error(
                entry.Position, string.Create(CultureInfo.InvariantCulture, $"error parsing {name}: {seconds.Value} seconds are out of range"));
            return false;
        }

        duration = TimeSpan.FromSeconds(seconds.Value);
        return true;
    }
}

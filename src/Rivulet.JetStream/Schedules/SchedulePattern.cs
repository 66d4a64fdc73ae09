using System.Diagnostics.CodeAnalysis;
using System.Text;
using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Consumers;

namespace Rivulet.JetStream.Schedules;

/// <summary>
/// When a schedule fires: once (<c>@at 2030-01-01T00:00:00Z</c>), at intervals (<c>@every 5m</c>), or by the clock (a
/// <see cref="CronPattern"/>, or a name such as <c>@daily</c>). Immutable.
/// </summary>
internal sealed class SchedulePattern
{
    private const long NanosPerSecond = 1_000_000_000;

    private readonly long _atNanos;
    private readonly long _everyNanos;
    private readonly CronPattern? _cron;
    private readonly TimeZoneInfo _zone;

    private SchedulePattern(long atNanos, long everyNanos, CronPattern? cron, TimeZoneInfo? zone)
    {
        _atNanos = atNanos;
        _everyNanos = everyNanos;
        _cron = cron;
        _zone = zone ?? TimeZoneInfo.Utc;
    }

    /// <summary>Whether it fires again and again.</summary>
    public bool Repeats => _cron is not null || _everyNanos > 0;

    /// <summary>Reads a pattern.</summary>
    /// <param name="value">The pattern.</param>
    /// <param name="zone">Time zone of its clock, <c>null</c> if none was given; only a clock may have one.</param>
    /// <param name="pattern">The pattern.</param>
    public static bool TryParse(ReadOnlySpan<byte> value, TimeZoneInfo? zone, [NotNullWhen(true)] out SchedulePattern? pattern)
    {
        pattern = null;
        if (value.StartsWith("@at "u8))
        {
            if (zone is null && GoText.TryParseTime(Encoding.UTF8.GetString(value[4..]), out long at, out _))
                pattern = new SchedulePattern(at, 0, null, null);
        }
        else if (value.StartsWith("@every "u8))
        {
            if (zone is null && DurationText.TryParse(value[7..], out long every) && every >= NanosPerSecond)
                pattern = new SchedulePattern(0, every, null, null);
        }
        else if (CronPattern.TryParse(ToCron(Encoding.UTF8.GetString(value)), out CronPattern? cron))
        {
            pattern = new SchedulePattern(0, 0, cron, zone);
        }

        return pattern is not null;
    }

    /// <summary>Finds a time zone by its name in the time zone database; <c>Local</c> is that of the machine.</summary>
    public static bool TryFindZone(ReadOnlySpan<byte> name, [NotNullWhen(true)] out TimeZoneInfo? zone)
    {
        zone = name.SequenceEqual("Local"u8) ? TimeZoneInfo.Local : null;
        return zone is not null || (!name.IsEmpty && TimeZoneInfo.TryFindSystemTimeZoneById(Encoding.UTF8.GetString(name), out zone));
    }

    /// <summary>
    /// When it fires next. One that should have fired several times by now, as after a restart, is not made up for.
    /// </summary>
    /// <param name="lastNanos">When it fired last or was stored, in nanoseconds since the Unix epoch.</param>
    /// <param name="nowNanos">The time.</param>
    /// <returns>The time in nanoseconds since the Unix epoch; <c>null</c> if there is none.</returns>
    public long? Next(long lastNanos, long nowNanos)
    {
        if (_everyNanos > 0)
        {
            long next = Nanos.SaturatingAdd(RoundToSecond(lastNanos), _everyNanos);
            return next < nowNanos ? Nanos.SaturatingAdd(RoundToSecond(nowNanos), _everyNanos) : next;
        }

        if (_cron is null)
            return _atNanos;
        long? fires = NextByClock(_cron, lastNanos);
        return fires < nowNanos ? NextByClock(_cron, RoundToSecond(nowNanos)) : fires;
    }

    private long? NextByClock(CronPattern cron, long afterNanos) =>
        cron.Next(DateTime.UnixEpoch.AddTicks(afterNanos / 100), _zone) is { } next
            ? (next - DateTime.UnixEpoch).Ticks * 100
            : null;

    private static long RoundToSecond(long nanos)
    {
        long rest = nanos % NanosPerSecond;
        return nanos - rest + (rest * 2 >= NanosPerSecond ? NanosPerSecond : 0);
    }

    private static string ToCron(string pattern) => pattern switch
    {
        "@yearly" or "@annually" => "0 0 0 1 1 *",
        "@monthly" => "0 0 0 1 * *",
        "@weekly" => "0 0 0 * * 0",
        "@daily" or "@midnight" => "0 0 0 * * *",
        "@hourly" => "0 0 * * * *",
        _ => pattern,
    };
}

using System.Diagnostics;
using System.Globalization;

namespace Rivulet.JetStream.Api.Json;

/// <summary>
/// A time as the API writes it: RFC 3339 with up to nine decimals of a second. Kept as nanoseconds since 1970 in UTC, so it
/// reaches from 1678 to 2262; beyond that it is cut off, which is as good as "long ago" and "never".
/// </summary>
/// <param name="UnixNanos">Nanoseconds since 1970-01-01T00:00:00Z; <see cref="long.MinValue"/> is the zero time.</param>
public readonly record struct WireTime(long UnixNanos) : IComparable<WireTime>
{
    private const long NanosPerSecond = 1_000_000_000;
    private const string Layout = "2006-01-02T15:04:05Z07:00";
    private const string ZeroText = "0001-01-01T00:00:00Z";

    /// <summary>"Not set": written as midnight of the first day of year one.</summary>
    public static WireTime Zero { get; } = new(long.MinValue);

    /// <summary>Whether this is "not set".</summary>
    public bool IsZero => UnixNanos == long.MinValue;

    /// <summary>Reads a time. If it can not be read, <paramref name="mistake"/> says why in the words clients know.</summary>
    public static bool TryParse(string text, out WireTime time, out string? mistake)
    {
        var scan = new Scan(text);
        int year = scan.Number(4, "2006");
        scan.Literal('-');
        int month = scan.Number(2, "01");
        scan.Range(month, 1, 12, "month");
        scan.Literal('-');
        int day = scan.Number(2, "02");
        scan.Literal('T');
        int hour = scan.Number(2, "15");
        scan.Range(hour, 0, 23, "hour");
        scan.Literal(':');
        int minute = scan.Number(2, "04");
        scan.Range(minute, 0, 59, "minute");
        scan.Literal(':');
        int second = scan.Number(2, "05");
        scan.Range(second, 0, 59, "second");
        long fractionNanos = scan.Fraction();
        int offsetSeconds = scan.Offset();
        scan.End();
        if (scan.Mistake is null)
            scan.Range(day, 1, year == 0 ? 31 : DateTime.DaysInMonth(year, month), "day");

        mistake = scan.Mistake;
        time = mistake is null ? FromParts(year, month, day, (hour * 3600) + (minute * 60) + second - offsetSeconds, fractionNanos) : default;
        return mistake is null;
    }

    /// <summary>The time as text, in UTC, without trailing zeros after the point.</summary>
    public override string ToString()
    {
        if (IsZero)
            return ZeroText;
        long seconds = Math.DivRem(UnixNanos, NanosPerSecond, out long nanos);
        if (nanos < 0)
            (seconds, nanos) = (seconds - 1, nanos + NanosPerSecond);
        string whole = DateTimeOffset.FromUnixTimeSeconds(seconds)
            .ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture);
        if (nanos == 0)
            return whole + "Z";
        return $"{whole}.{nanos.ToString("D9", CultureInfo.InvariantCulture).TrimEnd('0')}Z";
    }

    /// <inheritdoc/>
    public int CompareTo(WireTime other) => UnixNanos.CompareTo(other.UnixNanos);

    /// <summary>Whether one time is before another.</summary>
    public static bool operator <(WireTime left, WireTime right) => left.UnixNanos < right.UnixNanos;

    /// <summary>Whether one time is after another.</summary>
    public static bool operator >(WireTime left, WireTime right) => left.UnixNanos > right.UnixNanos;

    /// <summary>Whether one time is not after another.</summary>
    public static bool operator <=(WireTime left, WireTime right) => left.UnixNanos <= right.UnixNanos;

    /// <summary>Whether one time is not before another.</summary>
    public static bool operator >=(WireTime left, WireTime right) => left.UnixNanos >= right.UnixNanos;

    private static WireTime FromParts(int year, int month, int day, int secondsOfDay, long fractionNanos)
    {
        if (year <= 1)
            return Zero;
        decimal seconds = new DateTimeOffset(year, month, day, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds() + secondsOfDay;
        decimal nanos = (seconds * NanosPerSecond) + fractionNanos;
        return new WireTime((long)Math.Clamp(nanos, long.MinValue + 1, long.MaxValue));
    }

    /// <summary>Goes through the text once; after the first mistake nothing else counts.</summary>
    private ref struct Scan(string text)
    {
        private readonly string _text = text;
        private ReadOnlySpan<char> _rest = text;

        public string? Mistake { get; private set; }

        public int Number(int digits, string element)
        {
            if (Mistake is not null)
                return 0;
            if (_rest.Length < digits || _rest[..digits].ContainsAnyExceptInRange('0', '9'))
                return Fail(element);
            int value = int.Parse(_rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture);
            _rest = _rest[digits..];
            return value;
        }

        public void Literal(char c)
        {
            if (Mistake is null && !_rest.StartsWith(c))
                Fail(c.ToString());
            else if (Mistake is null)
                _rest = _rest[1..];
        }

        public void Range(int value, int low, int high, string what)
        {
            if (Mistake is null && (value < low || value > high))
                Mistake = $"parsing time \"{_text}\": {what} out of range";
        }

        public long Fraction()
        {
            if (Mistake is not null || _rest.Length < 2 || _rest[0] is not ('.' or ',') || !char.IsAsciiDigit(_rest[1]))
                return 0;
            _rest = _rest[1..];
            long nanos = 0;
            long unit = NanosPerSecond;
            for (; !_rest.IsEmpty && char.IsAsciiDigit(_rest[0]); _rest = _rest[1..])
            {
                unit /= 10;
                nanos += (_rest[0] - '0') * unit;
            }

            return nanos;
        }

        /// <summary>Seconds that the text's clock is ahead of UTC.</summary>
        public int Offset()
        {
            if (Mistake is not null)
                return 0;
            if (_rest.StartsWith('Z'))
            {
                _rest = _rest[1..];
                return 0;
            }

            ReadOnlySpan<char> zone = _rest;
            bool isZone = zone.Length >= 6 && zone[0] is '+' or '-' && zone[3] == ':'
                && !zone[1..3].ContainsAnyExceptInRange('0', '9') && !zone[4..6].ContainsAnyExceptInRange('0', '9');
            if (!isZone)
                return Fail("Z07:00");
            int hours = ((zone[1] - '0') * 10) + zone[2] - '0';
            int minutes = ((zone[4] - '0') * 10) + zone[5] - '0';
            Range(hours, 0, 24, "time zone offset hour");
            Range(minutes, 0, 60, "time zone offset minute");
            _rest = _rest[6..];
            int seconds = (hours * 3600) + (minutes * 60);
            return zone[0] == '-' ? -seconds : seconds;
        }

        public void End()
        {
            if (Mistake is null && !_rest.IsEmpty)
                Mistake = $"parsing time \"{_text}\": extra text: \"{_rest}\"";
        }

        private int Fail(string element)
        {
            Debug.Assert(Mistake is null, "only the first mistake counts");
            Mistake = $"parsing time \"{_text}\" as \"{Layout}\": cannot parse \"{_rest}\" as \"{element}\"";
            return 0;
        }
    }
}

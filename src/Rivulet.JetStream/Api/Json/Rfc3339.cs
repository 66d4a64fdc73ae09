using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rivulet.JetStream.Api.Json;

/// <summary>Times as the API writes them: RFC 3339 in UTC, with as many digits of a second as are not zero.</summary>
public static class Rfc3339
{
    /// <summary>Most bytes that a time takes.</summary>
    public const int LengthMax = 30;

    /// <summary>What is written for a time that is not there.</summary>
    public const string Zero = "0001-01-01T00:00:00Z";

    private const long NanosPerSecond = 1_000_000_000;

    /// <summary>Writes a time.</summary>
    /// <param name="unixNanos">Nanoseconds since the Unix epoch.</param>
    /// <param name="into">At least <see cref="LengthMax"/> bytes.</param>
    /// <returns>Bytes written.</returns>
    public static int Format(long unixNanos, Span<byte> into)
    {
        long seconds = Math.DivRem(unixNanos, NanosPerSecond, out long fraction);
        if (fraction < 0)
        {
            fraction += NanosPerSecond;
            seconds--;
        }

        DateTime time = DateTime.UnixEpoch.AddSeconds(seconds);
        bool fits = time.TryFormat(into, out int length, "yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture);
        Debug.Assert(fits, "the caller gives enough room");
        if (fraction != 0)
            length += FormatFraction(fraction, into[length..]);
        into[length] = (byte)'Z';
        return length + 1;
    }

    /// <summary>A time as text.</summary>
    /// <param name="unixNanos">Nanoseconds since the Unix epoch.</param>
    public static string Format(long unixNanos)
    {
        Span<byte> text = stackalloc byte[LengthMax];
        return Encoding.ASCII.GetString(text[..Format(unixNanos, text)]);
    }

    /// <summary>Nanoseconds since the Unix epoch of a point in time.</summary>
    public static long ToUnixNanos(DateTimeOffset time) => (time.UtcTicks - DateTime.UnixEpoch.Ticks) * 100;

    /// <summary>The present by a clock, in nanoseconds since the Unix epoch.</summary>
    public static long UnixNanosNow(this TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(clock);
        return ToUnixNanos(clock.GetUtcNow());
    }

    private static int FormatFraction(long fraction, Span<byte> into)
    {
        into[0] = (byte)'.';
        Utf8Formatter.TryFormat(fraction, into[1..], out int digits, new System.Buffers.StandardFormat('D', 9));
        while (into[digits] == (byte)'0')
            digits--;
        return digits + 1;
    }
}

/// <summary>Nanoseconds since the Unix epoch as a time; 0 is the zero time.</summary>
public sealed class UnixNanosConverter : JsonConverter<long>
{
    /// <inheritdoc/>
    public override long Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        GoText.TryParseTime(reader.GetString() ?? "", out long unixNanos, out string? error)
            ? unixNanos
            : throw new JsonException(error);

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, long value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        Span<byte> text = stackalloc byte[Rfc3339.LengthMax];
        if (value == 0)
            writer.WriteStringValue(Rfc3339.Zero);
        else
            writer.WriteStringValue(text[..Rfc3339.Format(value, text)]);
    }
}

using System.Buffers.Text;
using System.Text;
using Rivulet.JetStream.Api.Json;

namespace Rivulet.JetStream.Streams;

/// <summary>The time to live that a message asks for by its <c>Nats-TTL</c> header.</summary>
/// <param name="Kind">Whether there is one.</param>
/// <param name="Seconds">The time, at least 1, when there is one.</param>
internal readonly record struct MessageTtl(MessageTtlKind Kind, long Seconds)
{
    private const long NanosPerSecond = 1_000_000_000;

    /// <summary>Reads a header value: whole seconds, a duration such as <c>1m30s</c>, or <c>never</c>.</summary>
    public static MessageTtl Parse(ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty)
            return default;
        if (Ascii.EqualsIgnoreCase(value, "never"u8))
            return new MessageTtl(MessageTtlKind.Never, 0);
        if (Utf8Parser.TryParse(value, out long seconds, out int used) && used == value.Length && char.IsAsciiDigit((char)value[0]))
            return seconds > 0 ? new MessageTtl(MessageTtlKind.Seconds, seconds) : new MessageTtl(MessageTtlKind.Invalid, 0);

        return DurationText.TryParse(value, out long nanos) && nanos >= NanosPerSecond
            ? new MessageTtl(MessageTtlKind.Seconds, nanos / NanosPerSecond)
            : new MessageTtl(MessageTtlKind.Invalid, 0);
    }

    /// <summary>
    /// The time to live that replaces one that is shorter than that of markers, else 0: a marker would otherwise outlive
    /// what it marks. A stream that keeps one message of a subject has no older one to hide.
    /// </summary>
    public long RaisedSeconds(StreamConfig config)
    {
        long markerSeconds = config.SubjectDeleteMarkerTtlNanos / NanosPerSecond;
        bool raise = Kind == MessageTtlKind.Seconds && Seconds < markerSeconds && config.MaxMessagesPerSubject != 1;
        return raise ? markerSeconds : 0;
    }

    /// <summary>When a message stored now expires, in nanoseconds since the Unix epoch.</summary>
    /// <returns>0 for the stream's own rules, <see cref="long.MaxValue"/> for never.</returns>
    public long ExpiresAt(long storedNanos) => Kind switch
    {
        MessageTtlKind.Never => long.MaxValue,
        MessageTtlKind.Seconds when Seconds > (long.MaxValue - storedNanos) / NanosPerSecond => long.MaxValue - 1,
        MessageTtlKind.Seconds => storedNanos + (Seconds * NanosPerSecond),
        _ => 0,
    };
}

/// <summary>What a <c>Nats-TTL</c> header says.</summary>
internal enum MessageTtlKind
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>A number of seconds.</summary>
    Seconds,

    /// <summary>The message does not expire, not even by the stream's maximum age.</summary>
    Never,

    /// <summary>It cannot be read, or is below a second.</summary>
    Invalid,
}

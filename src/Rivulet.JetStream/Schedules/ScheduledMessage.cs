using System.Buffers;
using System.Text;
using Rivulet.JetStream.Api.Json;
using Rivulet.Protocol;
using Rivulet.Storage;

namespace Rivulet.JetStream.Schedules;

/// <summary>
/// What a schedule makes when it fires: the message of the schedule itself, or of the source that it names, under the target. It
/// says which schedule made it and when that fires next, which is how that is known after a restart.
/// </summary>
internal sealed class ScheduledMessage
{
    private ScheduledMessage(byte[] subject, byte[] headers, byte[] payload, long? nextNanos)
    {
        Subject = subject;
        Headers = headers;
        Payload = payload;
        NextNanos = nextNanos;
    }

    /// <summary>The target.</summary>
    public ReadOnlyMemory<byte> Subject { get; }

    /// <summary>Its headers.</summary>
    public ReadOnlyMemory<byte> Headers { get; }

    /// <summary>Its payload.</summary>
    public ReadOnlyMemory<byte> Payload { get; }

    /// <summary>When the schedule fires next, in nanoseconds since the Unix epoch; <c>null</c> if it has done what it was for.</summary>
    public long? NextNanos { get; }

    /// <summary>Makes the message.</summary>
    /// <param name="schedule">The schedule.</param>
    /// <param name="source">The last message of its source; <c>null</c> if it has none.</param>
    /// <param name="firedNanos">When it was to fire, in nanoseconds since the Unix epoch.</param>
    /// <param name="nowNanos">The time.</param>
    /// <returns>The message; <c>null</c> if the schedule cannot be read.</returns>
    public static ScheduledMessage? Make(StoredMessage schedule, StoredMessage? source, long firedNanos, long nowNanos)
    {
        ScheduleHeaders headers = ScheduleHeaders.Read(schedule.Headers);
        if (headers.Target.IsEmpty || !TryReadPattern(headers, out SchedulePattern? pattern))
            return null;
        long? next = pattern.Repeats ? pattern.Next(firedNanos, nowNanos) : null;
        StoredMessage content = source ?? schedule;
        var block = new ArrayBufferWriter<byte>(content.Headers.Length + 256);
        block.Write("NATS/1.0\r\n"u8);
        foreach (HeaderField field in new HeaderBlock(content.Headers))
        {
            if (!IsDropped(field.Name))
                WriteLine(block, field.Name, field.Value);
        }

        WriteLine(block, "Nats-Scheduler"u8, schedule.Subject);
        WriteLine(block, "Nats-Schedule-Next"u8, next is { } nanos ? Encoding.ASCII.GetBytes(Rfc3339.Format(nanos)) : "purge"u8);
        if (!headers.Ttl.IsEmpty)
            WriteLine(block, "Nats-TTL"u8, headers.Ttl);
        if (!headers.Rollup.IsEmpty)
            WriteLine(block, "Nats-Rollup"u8, headers.Rollup);
        block.Write("\r\n"u8);
        return new ScheduledMessage(
            headers.Target.ToArray(), block.WrittenSpan.ToArray(), content.Payload.ToArray(), next);
    }

    /// <summary>Reads when a schedule fires.</summary>
    public static bool TryReadPattern(
        in ScheduleHeaders headers, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out SchedulePattern? pattern)
    {
        pattern = null;
        TimeZoneInfo? zone = null;
        return (!headers.HasTimeZone || SchedulePattern.TryFindZone(headers.TimeZone, out zone))
            && SchedulePattern.TryParse(headers.Pattern, zone, out pattern);
    }

    /// <summary>Headers that are about the message they came with, and would keep the new one from being stored.</summary>
    private static bool IsDropped(ReadOnlySpan<byte> name) =>
        name.StartsWith("Nats-Schedule"u8)
        || name.StartsWith("Nats-Expected-"u8)
        || name.SequenceEqual("Nats-Msg-Id"u8)
        || name.SequenceEqual("Nats-TTL"u8)
        || name.SequenceEqual("Nats-Rollup"u8);

    private static void WriteLine(ArrayBufferWriter<byte> into, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        into.Write(name);
        into.Write(": "u8);
        into.Write(value);
        into.Write("\r\n"u8);
    }
}

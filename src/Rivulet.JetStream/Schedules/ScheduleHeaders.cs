using Rivulet.Protocol;

namespace Rivulet.JetStream.Schedules;

/// <summary>
/// The headers of a message that is a schedule, or that comes from one. Of equal names the first counts.
/// </summary>
internal ref struct ScheduleHeaders
{
    /// <summary>Value of <c>Nats-Schedule</c>: when it fires.</summary>
    public ReadOnlySpan<byte> Pattern;

    /// <summary>Value of <c>Nats-Schedule-Target</c>: the subject of what it makes.</summary>
    public ReadOnlySpan<byte> Target;

    /// <summary>Value of <c>Nats-Schedule-Source</c>: the subject whose last message it copies.</summary>
    public ReadOnlySpan<byte> Source;

    /// <summary>Value of <c>Nats-Schedule-TTL</c>: the time to live of what it makes.</summary>
    public ReadOnlySpan<byte> Ttl;

    /// <summary>Value of <c>Nats-Schedule-Rollup</c>: what that removes.</summary>
    public ReadOnlySpan<byte> Rollup;

    /// <summary>Value of <c>Nats-Schedule-Time-Zone</c>.</summary>
    public ReadOnlySpan<byte> TimeZone;

    /// <summary>Whether there is a <c>Nats-Schedule-Time-Zone</c>.</summary>
    public bool HasTimeZone;

    /// <summary>Value of <c>Nats-Schedule-Next</c>: when the schedule that made the message fires next, or <c>purge</c>.</summary>
    public ReadOnlySpan<byte> Next;

    /// <summary>Value of <c>Nats-Scheduler</c>: the subject of that schedule.</summary>
    public ReadOnlySpan<byte> Scheduler;

    /// <summary>Finds the headers of a block; what it holds stays borrowed.</summary>
    public static ScheduleHeaders Read(ReadOnlySpan<byte> block)
    {
        var headers = new ScheduleHeaders();
        foreach (HeaderField field in new HeaderBlock(block))
        {
            if (field.Name.StartsWith("Nats-Schedule"u8))
                headers.Take(field.Name["Nats-Schedule"u8.Length..], field.Value);
        }

        return headers;
    }

    private void Take(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (name.IsEmpty)
            Set(ref Pattern, value);
        else if (name.SequenceEqual("r"u8))
            Set(ref Scheduler, value);
        else if (name.SequenceEqual("-Target"u8))
            Set(ref Target, value);
        else if (name.SequenceEqual("-Source"u8))
            Set(ref Source, value);
        else if (name.SequenceEqual("-TTL"u8))
            Set(ref Ttl, value);
        else if (name.SequenceEqual("-Rollup"u8))
            Set(ref Rollup, value);
        else if (name.SequenceEqual("-Next"u8))
            Set(ref Next, value);
        else if (name.SequenceEqual("-Time-Zone"u8))
            SetTimeZone(value);
    }

    private void SetTimeZone(ReadOnlySpan<byte> value)
    {
        HasTimeZone = true;
        Set(ref TimeZone, value);
    }

    private static void Set(ref ReadOnlySpan<byte> target, ReadOnlySpan<byte> value)
    {
        if (target.IsEmpty)
            target = value;
    }
}

using System.Text;
using Rivulet.JetStream.Api.Errors;
using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Streams;
using Rivulet.Protocol;

namespace Rivulet.JetStream.Schedules;

/// <summary>
/// Checks the headers by which a message is a schedule or ends one, in the reference's order. Under the stream's writer lock.
/// </summary>
internal static class ScheduleRules
{
    /// <summary>Checks a message.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="subject">Subject of the message.</param>
    /// <param name="block">Its header block.</param>
    /// <param name="rollup">Value of its <c>Nats-Rollup</c>.</param>
    /// <param name="inBatch">What the batch that it belongs to did before it; <c>null</c> outside of one.</param>
    /// <param name="change">What the message does to the schedules of the stream once it is stored.</param>
    /// <returns>Why it is refused, if it is.</returns>
    public static PublishReply Check(
        JetStreamStream stream,
        ReadOnlySpan<byte> subject,
        ReadOnlySpan<byte> block,
        ReadOnlySpan<byte> rollup,
        Func<ReadOnlyMemory<byte>, bool?>? inBatch,
        out ScheduleChange change)
    {
        change = default;
        ScheduleHeaders headers = ScheduleHeaders.Read(block);
        PublishReply reply = CheckSchedule(stream, subject, headers, rollup, ref change);
        if (reply.IsFinal)
            return reply;
        change = change with { KeepsSubject = !headers.Scheduler.IsEmpty };
        if (headers.Next.IsEmpty)
            return headers.Scheduler.IsEmpty ? default : Refuse(JetStreamError.MessageSchedulesSchedulerInvalid);
        bool purges = headers.Next.SequenceEqual("purge"u8)
            && !headers.Scheduler.SequenceEqual(subject)
            && Subject.IsValidLiteral(headers.Scheduler);
        if (!purges)
            return Refuse(JetStreamError.MessageSchedulesSchedulerInvalid);
        if (!stream.Config.AllowSchedules)
            return Refuse(JetStreamError.MessageSchedulesDisabled);
        byte[] scheduler = headers.Scheduler.ToArray();
        bool isSchedule = inBatch?.Invoke(scheduler)
            ?? (stream.Schedules!.Contains(scheduler) || stream.Log.TailLastSequenceOf(scheduler) == 0);
        change = change with { Purged = scheduler };
        return isSchedule ? default : Refuse(JetStreamError.MessageSchedulesSchedulerInvalid);
    }

    private static PublishReply CheckSchedule(
        JetStreamStream stream,
        ReadOnlySpan<byte> subject,
        in ScheduleHeaders headers,
        ReadOnlySpan<byte> rollup,
        ref ScheduleChange change)
    {
        if (headers.Pattern.IsEmpty && !headers.HasTimeZone)
            return default;
        StreamConfig config = stream.Config;
        if (!config.AllowSchedules)
            return Refuse(JetStreamError.MessageSchedulesDisabled);
        if (headers.HasTimeZone && !SchedulePattern.TryFindZone(headers.TimeZone, out _))
            return Refuse(JetStreamError.MessageSchedulesTimeZoneInvalid);
        if (headers.Pattern.IsEmpty)
            return default;
        long now = stream.Account.Engine.Host.Time.UnixNanosNow();
        if (!ScheduledMessage.TryReadPattern(headers, out SchedulePattern? pattern) || pattern.Next(now, now) is not { } next)
            return Refuse(JetStreamError.MessageSchedulesPatternInvalid);
        MessageTtl ttl = MessageTtl.Parse(headers.Ttl);
        if (ttl.Kind == MessageTtlKind.Invalid)
            return Refuse(JetStreamError.MessageSchedulesTTLInvalid);
        if (!headers.Rollup.IsEmpty && !headers.Rollup.SequenceEqual("sub"u8))
            return Refuse(JetStreamError.MessageSchedulesRollupInvalid);
        if (ttl.Kind != MessageTtlKind.None && !config.AllowMessageTtl)
            return Refuse(JetStreamError.MessageTTLDisabled);
        if (headers.Target.SequenceEqual(subject) || !IsCaptured(config, headers.Target))
            return Refuse(JetStreamError.MessageSchedulesTargetInvalid);
        bool isSource = headers.Source.IsEmpty
            || (!headers.Source.SequenceEqual(headers.Target)
                && !headers.Source.SequenceEqual(subject)
                && IsCaptured(config, headers.Source));
        if (!isSource)
            return Refuse(JetStreamError.MessageSchedulesSourceInvalid);
        if (!rollup.IsEmpty && !Ascii.EqualsIgnoreCase(rollup, "sub"u8))
            return Refuse(JetStreamError.MessageSchedulesRollupInvalid);
        change = new ScheduleChange(next, rollup.IsEmpty, KeepsSubject: false, Purged: null);
        return default;
    }

    private static bool IsCaptured(StreamConfig config, ReadOnlySpan<byte> subject)
    {
        if (!Subject.IsValidLiteral(subject))
            return false;
        foreach (string filter in config.Subjects ?? [])
        {
            if (Subject.Overlaps(Encoding.UTF8.GetBytes(filter), subject))
                return true;
        }

        return false;
    }

    private static PublishReply Refuse(JetStreamError error) => PublishReply.Refusal(error);
}

/// <summary>What a message does to the schedules of its stream once it is stored.</summary>
/// <param name="FiresNanos">When the schedule that it is fires, in nanoseconds since the Unix epoch; 0 if it is none.</param>
/// <param name="NeedsRollup">Whether it gets a header by which it replaces the schedule before it.</param>
/// <param name="KeepsSubject">Whether the schedule of its subject stays one although the message is none.</param>
/// <param name="Purged">Subject of the schedule that it ends; <c>null</c> for none.</param>
internal readonly record struct ScheduleChange(long FiresNanos, bool NeedsRollup, bool KeepsSubject, byte[]? Purged)
{
    /// <summary>Whether the message is a schedule.</summary>
    public bool IsSchedule => FiresNanos != 0;
}

using System.Text;
using Rivulet.JetStream.Api.Errors;
using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Hosting;
using Rivulet.Protocol;
using Rivulet.Storage;

namespace Rivulet.JetStream.Streams;

/// <summary>
/// The checks that a message passes before it may be stored, in the reference's order: the first that fails gives the
/// answer. All of them run under the stream's writer lock and look at the uncommitted tail.
/// </summary>
internal static class PublishChecks
{
    private const int HeadersBytesMax = 64 * 1024 - 1;

    private static readonly ApiError RollupNotPermitted = JetStreamError.StreamRollupFailed.With("rollup not permitted");

    /// <summary>What holds whatever the headers say, and what the headers may not say here.</summary>
    public static PublishReply CheckShape(StreamConfig config, in RoutedMessage message, in PublishHeaders headers)
    {
        if (config.Sealed)
            return Refuse(JetStreamError.StreamSealed);
        if (IsTooLarge(config, message.Headers.Length, message.Payload.Length))
            return Refuse(JetStreamError.StreamMessageExceedsMaximum);
        if (message.Headers.Length > HeadersBytesMax)
            return Refuse(JetStreamError.StreamHeaderExceedsMaximum);
        return headers.Increment.IsEmpty ? default : CheckIncrement(config, message.Payload, headers);
    }

    /// <summary>What holds for a message of a batch when it comes, before it is known whether the stream takes batches.</summary>
    public static PublishReply CheckAdmission(JetStreamStream stream, in RoutedMessage message)
    {
        StreamConfig config = stream.Config;
        if (config.Sealed)
            return Refuse(JetStreamError.StreamSealed);
        ApiError? exhausted = stream.Account.Usage.CheckRoom(
            config.Storage,
            stream.Log.AccountedSizeBytes(message.Subject.Length, message.Headers.Length, message.Payload.Length));
        if (exhausted is not null)
            return PublishReply.Refusal(exhausted);
        return IsTooLarge(config, message.Headers.Length, message.Payload.Length)
            ? Refuse(JetStreamError.StreamMessageExceedsMaximum)
            : default;
    }

    /// <summary>What holds for a message that adds to a counter: there is no other way to write one, and no condition on it.</summary>
    public static PublishReply CheckIncrement(StreamConfig config, ReadOnlySpan<byte> payload, in PublishHeaders headers)
    {
        if (!CounterTotal.IsInteger(headers.Increment))
            return Refuse(JetStreamError.MessageIncrInvalid);
        if (!config.AllowCounter)
            return Refuse(JetStreamError.MessageIncrDisabled);
        if (!payload.IsEmpty)
            return Refuse(JetStreamError.MessageIncrPayload);
        bool isPlain = headers.Rollup.IsEmpty
            && headers.ExpectedStream.IsEmpty
            && headers.ExpectedLastMessageId.IsEmpty
            && headers.ExpectedLastSequence.IsEmpty
            && headers.ExpectedLastSubjectSequence.IsEmpty
            && headers.ExpectedLastSubjectSequenceFilter.IsEmpty;
        return isPlain ? default : Refuse(JetStreamError.MessageIncrInvalid);
    }

    /// <summary>Whether a message, which the server may have changed, is as small as it has to be.</summary>
    public static PublishReply CheckSize(StreamConfig config, int headersBytes, int payloadBytes)
    {
        if (IsTooLarge(config, headersBytes, payloadBytes))
            return Refuse(JetStreamError.StreamMessageExceedsMaximum);
        return headersBytes > HeadersBytesMax ? Refuse(JetStreamError.StreamHeaderExceedsMaximum) : default;
    }

    /// <summary>Whether a message is larger than the stream allows.</summary>
    public static bool IsTooLarge(StreamConfig config, int headersBytes, int payloadBytes) =>
        config.MaxMessageBytes >= 0 && headersBytes + payloadBytes > config.MaxMessageBytes;

    /// <summary>What the publisher expects of the stream.</summary>
    /// <param name="config">The stream's configuration.</param>
    /// <param name="log">The stream's messages.</param>
    /// <param name="subject">Subject of the message.</param>
    /// <param name="headers">Its headers.</param>
    /// <param name="ttl">Its time to live.</param>
    public static PublishReply CheckExpectations(
        StreamConfig config, StreamLog log, ReadOnlySpan<byte> subject, in PublishHeaders headers, MessageTtl ttl)
    {
        if (!IsExpectedStream(config, headers))
            return Refuse(JetStreamError.StreamNotMatch);
        if (ttl.Kind is MessageTtlKind.Seconds or MessageTtlKind.Never && !config.AllowMessageTtl)
            return Refuse(JetStreamError.MessageTTLDisabled);
        if (!headers.ExpectedLastSubjectSequence.IsEmpty)
        {
            ReadOnlySpan<byte> filter = headers.ExpectedLastSubjectSequenceFilter;
            ulong actual = log.TailLastSequenceOf(filter.IsEmpty ? subject : filter);
            if (actual != PublishHeaders.Sequence(headers.ExpectedLastSubjectSequence))
                return PublishReply.WrongLastSequence(actual);
        }
        else if (!headers.ExpectedLastSubjectSequenceFilter.IsEmpty)
        {
            return Refuse(JetStreamError.StreamExpectedLastSeqPerSubjectInvalid);
        }

        if (headers.ExpectedLastSequence.IsEmpty)
            return default;
        ulong last = log.Tail.LastSequence;
        return last == PublishHeaders.Sequence(headers.ExpectedLastSequence)
            ? default
            : PublishReply.WrongLastSequence(last);
    }

    /// <summary>Whether this is the stream that the publisher expects, if it expects one.</summary>
    public static bool IsExpectedStream(StreamConfig config, in PublishHeaders headers) =>
        headers.ExpectedStream.IsEmpty || IsText(headers.ExpectedStream, config.Name);

    /// <summary>Headers of schedules on a stream that has none.</summary>
    public static PublishReply CheckNoSchedule(ReadOnlySpan<byte> subject, in PublishHeaders headers)
    {
        if (!headers.Schedule.IsEmpty)
            return Refuse(JetStreamError.MessageSchedulesDisabled);
        if (!headers.ScheduleNext.IsEmpty)
        {
            bool valid = headers.ScheduleNext.SequenceEqual("purge"u8)
                && !headers.Scheduler.SequenceEqual(subject)
                && Subject.IsValidLiteral(headers.Scheduler);
            return Refuse(valid ? JetStreamError.MessageSchedulesDisabled : JetStreamError.MessageSchedulesSchedulerInvalid);
        }

        return headers.Scheduler.IsEmpty ? default : Refuse(JetStreamError.MessageSchedulesSchedulerInvalid);
    }

    /// <summary>The header of sourced messages, which clients may not use.</summary>
    public static PublishReply CheckSource(in PublishHeaders headers) =>
        headers.StreamSource.IsEmpty ? default : Refuse(JetStreamError.MessageSourceHdrNotAllowed);

    /// <summary>Whether the message may remove older ones, and which.</summary>
    public static PublishReply CheckRollup(StreamConfig config, in PublishHeaders headers, out RollupScope scope)
    {
        scope = RollupScope.None;
        if (headers.Rollup.IsEmpty)
            return default;
        return !config.AllowRollup || config.DenyPurge
            ? PublishReply.Refusal(RollupNotPermitted)
            : ReadRollup(headers.Rollup, out scope);
    }

    /// <summary>Which older messages a header removes, wherever that is permitted.</summary>
    /// <param name="value">Value of the header; empty for none.</param>
    /// <param name="scope">Which.</param>
    public static PublishReply ReadRollup(ReadOnlySpan<byte> value, out RollupScope scope)
    {
        scope = RollupScope.None;
        if (value.IsEmpty)
            return default;
        if (Ascii.EqualsIgnoreCase(value, "sub"u8))
            scope = RollupScope.Subject;
        else if (Ascii.EqualsIgnoreCase(value, "all"u8))
            scope = RollupScope.All;
        else
            return Refuse(value);
        return default;
    }

    /// <summary>What a store that did not take the message is answered with.</summary>
    public static PublishReply AfterAppend(AppendStatus status, MessageStore store) => status switch
    {
        AppendStatus.MaximumMessagesExceeded => PublishReply.Refusal(MaximumMessages),
        AppendStatus.MaximumBytesExceeded => PublishReply.Refusal(MaximumBytes),
        AppendStatus.MaximumMessagesPerSubjectExceeded => PublishReply.Refusal(MaximumMessagesPerSubject),
        AppendStatus.OutOfSpace => Refuse(JetStreamError.InsufficientResources),
        AppendStatus.OutOfMemory => Refuse(JetStreamError.MemoryResourcesExceeded),
        AppendStatus.Busy => PublishReply.Overload(JetStreamError.StreamTooManyRequests),
        _ => PublishReply.Refusal(StoreFailed(store.Failure)),
    };

    /// <summary>The error of a store that has failed.</summary>
    public static ApiError StoreFailed(Exception? cause) =>
        JetStreamError.StreamStoreFailed.With($"store failed: {cause?.Message ?? "it is closed"}");

    private static readonly ApiError MaximumMessages = JetStreamError.StreamStoreFailed.With("maximum messages exceeded");

    private static readonly ApiError MaximumBytes = JetStreamError.StreamStoreFailed.With("maximum bytes exceeded");

    private static readonly ApiError MaximumMessagesPerSubject =
        JetStreamError.StreamStoreFailed.With("maximum messages per subject exceeded");

    private static PublishReply Refuse(JetStreamError error) => PublishReply.Refusal(error);

    private static PublishReply Refuse(ReadOnlySpan<byte> rollup)
    {
        string value = Encoding.UTF8.GetString(rollup).ToLowerInvariant();
        return PublishReply.Refusal(JetStreamError.StreamRollupFailed.With($"rollup value invalid: {GoText.Quote(value)}"));
    }

    private static bool IsText(ReadOnlySpan<byte> bytes, string text)
    {
        if (Ascii.Equals(bytes, text))
            return true;
        return !Ascii.IsValid(text) && bytes.SequenceEqual(Encoding.UTF8.GetBytes(text));
    }
}

using System.Buffers;
using System.Globalization;
using System.Text;
using Rivulet.JetStream.Api.Errors;
using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Hosting;
using Rivulet.JetStream.Streams;
using Rivulet.Protocol;

namespace Rivulet.JetStream.Consumers.Configuration;

/// <summary>
/// Refuses consumer configurations that can not work. The rules are in the order in which they are checked: the first that
/// is broken is the answer.
/// </summary>
internal static class ConsumerConfigValidation
{
    /// <summary>Longest name of a consumer.</summary>
    public const int NameLengthMax = 255;

    private const int DescriptionLengthMax = 4096;
    private const int MetadataBytesMax = 128 * 1024;
    private const int GroupNameLengthMax = 16;

    private static readonly SearchValues<char> NotInNames = SearchValues.Create(" \t\r\n\f.*>\\/");

    private static readonly SearchValues<char> GroupNameCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/_=-");

    /// <summary>Checks a configuration whose defaults are filled in.</summary>
    /// <returns>What is wrong with it; <c>null</c> if nothing is.</returns>
    public static ApiError? Check(ConsumerConfig config, StreamConfig stream, AccountLimits account) =>
        CheckNames(config)
        ?? CheckReplicas(config, stream)
        ?? CheckWaits(config)
        ?? CheckFlowControlAcks(config)
        ?? CheckBackOffAndDescription(config)
        ?? (config.IsPush ? CheckPush(config, stream) : CheckPull(config, stream, account))
        ?? CheckLimits(config, stream.ConsumerLimits, account)
        ?? CheckDirect(config)
        ?? CheckFilters(config)
        ?? CheckStart(config)
        ?? CheckSampling(config)
        ?? CheckHeartbeatAndNamesAgree(config)
        ?? CheckMetadata(config)
        ?? CheckPriority(config);

    /// <summary>Whether a name may be the name of a consumer, its length aside.</summary>
    public static bool IsValidName(string name) => name.Length > 0 && !name.AsSpan().ContainsAny(NotInNames);

    private static ApiError? CheckNames(ConsumerConfig config)
    {
        if (config.Name is not null && !IsValidName(config.Name))
            return InvalidConfig("consumer name can not contain '.', '*', '>', '\\', '/'");
        if (config.DurableName is not null && !IsValidName(config.DurableName))
            return InvalidConfig("consumer durable name can not contain '.', '*', '>', '\\', '/'");
        return null;
    }

    private static ApiError? CheckReplicas(ConsumerConfig config, StreamConfig stream)
    {
        if (config.Replicas > stream.Replicas)
            return JetStreamError.ConsumerReplicasExceedsStream;
        if (config.Replicas < 0)
            return JetStreamError.ReplicasCountCannotBeNegative;
        bool mustMatch = stream.Retention is RetentionPolicy.Interest or RetentionPolicy.WorkQueue;
        if (mustMatch && config.Replicas != 0 && config.Replicas != stream.Replicas)
            return JetStreamError.ConsumerReplicasShouldMatchStream;
        return null;
    }

    private static ApiError? CheckWaits(ConsumerConfig config)
    {
        foreach (long wait in config.BackOffNanos ?? [])
        {
            if (wait < 0)
                return JetStreamError.ConsumerBackOffNegative;
        }

        return config.AckWaitNanos < 0 ? JetStreamError.ConsumerAckWaitNegative : null;
    }

    private static ApiError? CheckFlowControlAcks(ConsumerConfig config)
    {
        if (config.AckPolicy != AckPolicy.FlowControl)
            return null;
        if (!config.IsPush)
            return JetStreamError.ConsumerAckFCRequiresPush;
        if (!config.FlowControl)
            return JetStreamError.ConsumerAckFCRequiresFC;
        if (config.HeartbeatNanos != ConsumerConfigDefaults.FlowControlAckHeartbeatNanos)
            return InvalidConfig("flow control ack policy heartbeat needs to be 1s");
        if (config.MaxAckPending <= 0)
            return JetStreamError.ConsumerAckFCRequiresMaxAckPending;
        if (config.AckWaitNanos != 0 || config.BackOffNanos is not null)
            return JetStreamError.ConsumerAckFCRequiresNoAckWait;
        if (config.MaxDeliver > 0)
            return JetStreamError.ConsumerAckFCRequiresNoMaxDeliver;
        return null;
    }

    private static ApiError? CheckBackOffAndDescription(ConsumerConfig config)
    {
        if (config.MaxDeliver != -1 && config.BackOffNanos?.Count > config.MaxDeliver)
            return JetStreamError.ConsumerMaxDeliverBackoff;
        if (Encoding.UTF8.GetByteCount(config.Description ?? "") > DescriptionLengthMax)
            return JetStreamError.ConsumerDescriptionTooLong.With(Text(DescriptionLengthMax));
        return null;
    }

    private static ApiError? CheckPush(ConsumerConfig config, StreamConfig stream)
    {
        byte[] deliver = Encoding.UTF8.GetBytes(config.DeliverSubject!);
        if (!Subject.IsLiteral(deliver))
            return JetStreamError.ConsumerDeliverToWildcards;
        if (!Subject.IsValidSubscription(deliver))
            return JetStreamError.ConsumerInvalidDeliverSubject;
        foreach (string subject in stream.Subjects ?? [])
        {
            if (Subject.Matches(deliver, Encoding.UTF8.GetBytes(subject)))
                return JetStreamError.ConsumerDeliverCycle;
        }

        if (config.MaxWaiting != 0)
            return JetStreamError.ConsumerPushMaxWaiting;
        if (config is { MaxAckPending: > 0, AckPolicy: AckPolicy.None })
            return JetStreamError.ConsumerMaxPendingAckPolicyRequired;
        if (config.HeartbeatNanos is > 0 and < 100 * Nanos.PerMillisecond)
            return JetStreamError.ConsumerSmallHeartbeat;
        return null;
    }

    private static ApiError? CheckPull(ConsumerConfig config, StreamConfig stream, AccountLimits account)
    {
        if (config.AckPolicy == AckPolicy.None && stream.Retention == RetentionPolicy.WorkQueue)
            return JetStreamError.ConsumerPullRequiresAck;
        if (config.RateLimitBitsPerSecond > 0)
            return JetStreamError.ConsumerPullWithRateLimit;
        if (config.HeartbeatNanos > 0)
            return JetStreamError.ConsumerHBRequiresPush;
        if (config.FlowControl)
            return JetStreamError.ConsumerFCRequiresPush;
        if (config.MaxRequestExpiresNanos is not 0 and < Nanos.PerMillisecond)
            return JetStreamError.ConsumerMaxRequestExpiresTooSmall;
        if (account.MaxRequestBatch > 0 && config.MaxRequestBatch > account.MaxRequestBatch)
            return JetStreamError.ConsumerMaxRequestBatchExceeded.With(Text(account.MaxRequestBatch));
        return null;
    }

    private static ApiError? CheckLimits(ConsumerConfig config, StreamConsumerLimits stream, AccountLimits account)
    {
        if (account.MaxAckPending > 0 && config.MaxAckPending > account.MaxAckPending)
            return JetStreamError.ConsumerMaxPendingAckExcess.With(Text(account.MaxAckPending));
        if (stream.MaxAckPending > 0 && config.MaxAckPending > stream.MaxAckPending)
            return JetStreamError.ConsumerMaxPendingAckExcess.With(Text(stream.MaxAckPending));
        if (stream.InactiveThresholdNanos > 0 && config.InactiveThresholdNanos > stream.InactiveThresholdNanos)
            return JetStreamError.ConsumerInactiveThresholdExcess.With(DurationText.Format(stream.InactiveThresholdNanos));
        return null;
    }

    private static ApiError? CheckDirect(ConsumerConfig config)
    {
        if (!config.Direct)
            return null;
        if (!config.IsPush)
            return JetStreamError.ConsumerDirectRequiresPush;
        return config.IsDurable ? JetStreamError.ConsumerDirectRequiresEphemeral : null;
    }

    private static ApiError? CheckFilters(ConsumerConfig config)
    {
        if (config.FilterSubject is not null && config.FilterSubjects is not null)
            return JetStreamError.ConsumerDuplicateFilterSubjects;
        if (config.FilterSubjects?.Contains("") == true)
            return JetStreamError.ConsumerEmptyFilter;

        byte[][] filters = [.. config.AllFilters.Select(Encoding.UTF8.GetBytes)];
        for (int i = 0; i < filters.Length; i++)
        {
            if (!Subject.IsValidSubscription(filters[i]))
                return InvalidConfig("invalid subject");
            for (int other = 0; other < filters.Length; other++)
            {
                if (other != i && Subject.IsSubset(filters[i], filters[other]))
                    return JetStreamError.ConsumerOverlappingSubjectFilters;
            }
        }

        return null;
    }

    private static ApiError? CheckStart(ConsumerConfig config)
    {
        (string policy, bool wantsSequence, bool wantsTime) = config.DeliverPolicy switch
        {
            DeliverPolicy.Last => ("last", false, false),
            DeliverPolicy.New => ("new", false, false),
            DeliverPolicy.LastPerSubject => ("last per subject", false, false),
            DeliverPolicy.ByStartSequence => ("by start sequence", true, false),
            DeliverPolicy.ByStartTime => ("by start time", false, true),
            _ => ("all", false, false),
        };

        if (wantsSequence && config.StartSequence == 0)
            return NotSet(policy, "start sequence");
        if (wantsTime && config.StartTimeNanos is null)
            return NotSet(policy, "start time");
        if (!wantsSequence && config.StartSequence > 0)
            return AlsoSet(policy, wantsTime ? "start sequence" : "sequence");
        if (!wantsTime && config.StartTimeNanos is not null)
            return AlsoSet(policy, "time");
        if (config.DeliverPolicy == DeliverPolicy.LastPerSubject && config.AllFilters.Count == 0)
            return NotSet(policy, "filter subject");
        return null;
    }

    private static ApiError? CheckSampling(ConsumerConfig config)
    {
        if (config.SampleFrequency is null)
            return null;
        string number = config.SampleFrequency.EndsWith('%') ? config.SampleFrequency[..^1] : config.SampleFrequency;
        const NumberStyles Style = NumberStyles.AllowLeadingSign;
        if (!long.TryParse(number, Style, CultureInfo.InvariantCulture, out long percent))
            return JetStreamError.ConsumerInvalidSampling.With($"strconv.Atoi: parsing \"{number}\": invalid syntax");
        return percent < 0 ? JetStreamError.ConsumerInvalidSampling.With("<nil>") : null;
    }

    private static ApiError? CheckHeartbeatAndNamesAgree(ConsumerConfig config)
    {
        if (config is { FlowControl: true, HeartbeatNanos: 0 })
            return JetStreamError.ConsumerWithFlowControlNeedsHeartbeats;
        if (config.DurableName is not null && config.Name is not null && config.Name != config.DurableName)
            return JetStreamError.ConsumerCreateDurableAndNameMismatch;
        return null;
    }

    private static ApiError? CheckMetadata(ConsumerConfig config)
    {
        long bytes = 0;
        foreach ((string name, string value) in config.Metadata ?? [])
            bytes += Encoding.UTF8.GetByteCount(name) + Encoding.UTF8.GetByteCount(value);
        return bytes > MetadataBytesMax
            ? JetStreamError.ConsumerMetadataLength.With($"{MetadataBytesMax / 1024}KB")
            : null;
    }

    private static ApiError? CheckPriority(ConsumerConfig config)
    {
        if (config.PriorityPolicy == PriorityPolicy.None)
        {
            if (config.PriorityGroups is not null)
                return JetStreamError.ConsumerPriorityGroupWithPolicyNone;
            return config.PriorityTimeoutNanos > 0 ? JetStreamError.ConsumerPinnedTTLWithoutPriorityPolicyNone : null;
        }

        if (config.IsPush)
            return JetStreamError.ConsumerPushWithPriorityGroup;
        if (config.PriorityGroups is null)
            return JetStreamError.ConsumerPriorityPolicyWithoutGroup;
        foreach (string group in config.PriorityGroups)
        {
            if (group.Length == 0)
                return JetStreamError.ConsumerEmptyGroupName;
            if (!IsValidGroupName(group))
                return JetStreamError.ConsumerInvalidGroupName;
        }

        return null;
    }

    /// <summary>Whether a name may be the name of a priority group.</summary>
    public static bool IsValidGroupName(string group) =>
        group.Length is > 0 and <= GroupNameLengthMax && !group.AsSpan().ContainsAnyExcept(GroupNameCharacters);

    private static ApiError InvalidConfig(string reason) => JetStreamError.StreamInvalidConfig.With(reason);

    private static ApiError NotSet(string policy, string what) =>
        JetStreamError.ConsumerInvalidPolicy.With($"consumer delivery policy is deliver {policy}, but optional {what} is not set");

    private static ApiError AlsoSet(string policy, string what) =>
        JetStreamError.ConsumerInvalidPolicy.With(
            $"consumer delivery policy is deliver {policy}, but optional start {what} is also set");

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}

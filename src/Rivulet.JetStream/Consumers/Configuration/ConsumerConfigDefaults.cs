using Rivulet.JetStream.Api.Errors;
using Rivulet.JetStream.Hosting;
using Rivulet.JetStream.Streams;

namespace Rivulet.JetStream.Consumers.Configuration;

/// <summary>Fills in what a request leaves open. In pedantic mode it refuses where it would have to change a value.</summary>
internal static class ConsumerConfigDefaults
{
    /// <summary>How long an ack may take.</summary>
    public const long AckWaitNanos = 30 * Nanos.PerSecond;

    /// <summary>How many deliveries may wait for their ack.</summary>
    public const long MaxAckPending = 1000;

    /// <summary>How many pull requests may wait.</summary>
    public const long MaxWaiting = 512;

    /// <summary>How long an ephemeral consumer stays without use.</summary>
    public const long InactiveThresholdNanos = 5 * Nanos.PerSecond;

    /// <summary>How long a pinned client keeps its place.</summary>
    public const long PriorityTimeoutNanos = 120 * Nanos.PerSecond;

    /// <summary>Heartbeat of a consumer that is acknowledged by flow control.</summary>
    public const long FlowControlAckHeartbeatNanos = Nanos.PerSecond;

    /// <summary>Makes the configuration complete.</summary>
    /// <param name="asked">What the request says.</param>
    /// <param name="stream">Defaults of its stream.</param>
    /// <param name="account">Limits of its account.</param>
    /// <param name="pedantic">Whether to refuse instead of changing a value that was set.</param>
    /// <param name="complete">The configuration with its defaults.</param>
    /// <returns>The refusal; <c>null</c> if there is none.</returns>
    public static ApiError? Apply(ConsumerConfig asked, StreamConsumerLimits stream, AccountLimits account, bool pedantic, out ConsumerConfig complete)
    {
        complete = asked;
        if (pedantic && FindAdjustment(asked, stream, account) is { } reason)
            return JetStreamError.Pedantic.With(reason);

        complete = WithoutNegatives(asked);
        complete = complete with
        {
            MaxWaiting = complete is { IsPush: false, MaxWaiting: 0 } ? MaxWaiting : complete.MaxWaiting,
            AckWaitNanos = DefaultAckWait(complete),
            MaxAckPending = DefaultMaxAckPending(complete, stream, account),
            MaxRequestBatch = complete is { IsPush: false, MaxRequestBatch: 0 } && account.MaxRequestBatch > 0
                ? account.MaxRequestBatch
                : complete.MaxRequestBatch,
            InactiveThresholdNanos = complete.InactiveThresholdNanos == 0
                ? stream.InactiveThresholdNanos
                : complete.InactiveThresholdNanos,
            PriorityTimeoutNanos = complete is { PriorityPolicy: PriorityPolicy.PinnedClient, PriorityTimeoutNanos: 0 }
                ? PriorityTimeoutNanos
                : complete.PriorityTimeoutNanos,
        };
        if (complete.AckPolicy == AckPolicy.FlowControl && !pedantic)
            complete = complete with { FlowControl = true, HeartbeatNanos = FlowControlAckHeartbeatNanos };
        return null;
    }

    /// <summary>What an ephemeral consumer shows as its threshold; the removal itself comes a little later.</summary>
    public static ConsumerConfig WithInactiveThreshold(ConsumerConfig config) =>
        !config.IsDurable && config.InactiveThresholdNanos <= 0
            ? config with { InactiveThresholdNanos = InactiveThresholdNanos }
            : config;

    private static string? FindAdjustment(ConsumerConfig asked, StreamConsumerLimits stream, AccountLimits account)
    {
        if (asked.MaxDeliver < -1)
            return "max_deliver must be set to -1";
        if (asked.MaxWaiting < 0)
            return "max_waiting must not be negative";
        if (asked.MaxAckPending < -1)
            return "max_ack_pending must be set to -1";
        if (asked.MaxRequestBatch < 0)
            return "max_batch must not be negative";
        if (asked.MaxRequestExpiresNanos < 0)
            return "max_expires must not be negative";
        if (asked.MaxRequestMaxBytes < 0)
            return "max_bytes must not be negative";
        if (asked.HeartbeatNanos < 0)
            return "idle_heartbeat must not be negative";
        if (asked.InactiveThresholdNanos < 0)
            return "inactive_threshold must not be negative";
        if (asked.PriorityTimeoutNanos < 0)
            return "priority_timeout must not be negative";
        if (asked.BackOffNanos is { } waits && DefaultAckWait(asked with { BackOffNanos = null }) != waits[0])
            return "first backoff value has to equal batch AckWait";
        if (asked.MaxAckPending == 0 && stream.MaxAckPending > 0)
            return "max_ack_pending must be set if it's configured in stream limits";
        if (asked.InactiveThresholdNanos == 0 && stream.InactiveThresholdNanos > 0)
            return "inactive_threshold must be set if it's configured in stream limits";
        if (asked is { IsPush: false, MaxRequestBatch: 0 } && account.MaxRequestBatch > 0)
            return "max_request_batch must be set if it's JetStream limits are set";
        return null;
    }

    private static ConsumerConfig WithoutNegatives(ConsumerConfig asked) => asked with
    {
        MaxDeliver = asked.MaxDeliver is 0 or < -1 ? -1 : asked.MaxDeliver,
        MaxWaiting = Math.Max(0, asked.MaxWaiting),
        MaxAckPending = Math.Max(-1, asked.MaxAckPending),
        MaxRequestBatch = Math.Max(0, asked.MaxRequestBatch),
        MaxRequestExpiresNanos = Math.Max(0, asked.MaxRequestExpiresNanos),
        MaxRequestMaxBytes = Math.Max(0, asked.MaxRequestMaxBytes),
        HeartbeatNanos = Math.Max(0, asked.HeartbeatNanos),
        InactiveThresholdNanos = Math.Max(0, asked.InactiveThresholdNanos),
        PriorityTimeoutNanos = Math.Max(0, asked.PriorityTimeoutNanos),
    };

    private static long DefaultAckWait(ConsumerConfig config)
    {
        if (config.BackOffNanos is { } waits)
            return waits[0];
        bool needsOne = config.AckPolicy is AckPolicy.Explicit or AckPolicy.All;
        return config.AckWaitNanos == 0 && needsOne ? AckWaitNanos : config.AckWaitNanos;
    }

    private static long DefaultMaxAckPending(
        ConsumerConfig config, StreamConsumerLimits stream, AccountLimits account)
    {
        if (config.MaxAckPending != 0)
            return config.MaxAckPending;
        if (stream.MaxAckPending != 0)
            return stream.MaxAckPending;
        if (config.AckPolicy == AckPolicy.None)
            return 0;
        return account.MaxAckPending > 0 ? Math.Min(MaxAckPending, account.MaxAckPending) : MaxAckPending;
    }
}

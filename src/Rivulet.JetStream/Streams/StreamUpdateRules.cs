using Rivulet.JetStream.Api.Errors;

namespace Rivulet.JetStream.Streams;

/// <summary>Which changes of a stream's configuration are allowed. In the reference's order: the first refusal counts.</summary>
internal static class StreamUpdateRules
{
    /// <summary>Checks a change, and makes the adjustments that sealing a stream brings.</summary>
    /// <param name="old">The present configuration.</param>
    /// <param name="config">The new one, valid by itself; adjusted in place.</param>
    /// <returns>Why not, or <c>null</c>.</returns>
    public static ApiError? Check(StreamConfig old, StreamConfig config)
    {
        ApiError? error = CheckIdentity(old, config) ?? CheckOneWayFlags(old, config) ?? CheckFeatures(old, config);
        if (error is null && config.Sealed)
            Seal(config);
        return error;
    }

    private static ApiError? CheckIdentity(StreamConfig old, StreamConfig config)
    {
        if (config.Name != old.Name)
            return StreamConfigRules.Invalid("stream configuration name must match original");
        if (config.Replicas > 1)
            return JetStreamError.StreamReplicasNotSupported;
        if (config.Storage != old.Storage)
            return CanNot("change storage type");
        bool workQueue = old.Retention == RetentionPolicy.WorkQueue || config.Retention == RetentionPolicy.WorkQueue;
        return config.Retention != old.Retention && workQueue ? CanNot("change retention policy to/from workqueue") : null;
    }

    private static ApiError? CheckOneWayFlags(StreamConfig old, StreamConfig config)
    {
        if (old.Sealed && !config.Sealed)
            return CanNot("unseal a sealed stream");
        if (old.DenyDelete && !config.DenyDelete)
            return CanNot("cancel deny message deletes");
        if (old.DenyPurge && !config.DenyPurge)
            return CanNot("cancel deny purge");
        return config.Mirror is not null && config.Mirror != old.Mirror ? JetStreamError.StreamMirrorNotUpdatable : null;
    }

    private static ApiError? CheckFeatures(StreamConfig old, StreamConfig config)
    {
        if (old.AllowMessageTtl && !config.AllowMessageTtl)
            return StreamConfigRules.Invalid("message TTL status can not be disabled");
        if (old.AllowCounter != config.AllowCounter)
            return CanNot("change message counter setting");
        if (old.AllowSchedules && !config.AllowSchedules)
            return StreamConfigRules.Invalid("message schedules can not be disabled");
        return old.PersistMode != config.PersistMode ? CanNot("change persist mode") : null;
    }

    private static void Seal(StreamConfig config)
    {
        config.MaxAgeNanos = 0;
        config.Discard = DiscardPolicy.New;
        config.DenyDelete = true;
        config.DenyPurge = true;
        config.AllowRollup = false;
    }

    private static ApiError CanNot(string change) =>
        StreamConfigRules.Invalid("stream configuration update can not " + change);
}

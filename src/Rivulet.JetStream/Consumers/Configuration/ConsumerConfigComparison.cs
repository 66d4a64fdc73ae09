using System.Text.Json;
using Rivulet.JetStream.Api.Errors;
using Rivulet.JetStream.Consumers.Api;

namespace Rivulet.JetStream.Consumers.Configuration;

/// <summary>Compares a consumer's configuration with one that is asked for.</summary>
internal static class ConsumerConfigComparison
{
    /// <summary>Whether two configurations say the same, by what a client reads of them.</summary>
    public static bool HasSameContent(this ConsumerConfig config, ConsumerConfig other) =>
        config.ToJson().AsSpan().SequenceEqual(other.ToJson());

    /// <summary>The configuration as it is stored and shown.</summary>
    public static byte[] ToJson(this ConsumerConfig config) =>
        JsonSerializer.SerializeToUtf8Bytes(config, ConsumerJson.Relaxed.ConsumerConfig);

    /// <summary>Says why a consumer can not be brought from one configuration to another.</summary>
    /// <param name="current">Its configuration.</param>
    /// <param name="wanted">The other one, complete and valid by itself.</param>
    /// <param name="isBound">Whether someone is subscribed to its deliver subject.</param>
    /// <returns>The refusal; <c>null</c> if there is none.</returns>
    public static ApiError? FindForbiddenChange(ConsumerConfig current, ConsumerConfig wanted, bool isBound)
    {
        if (FindFixedValue(current, wanted) is { } text)
            return JetStreamError.ConsumerCreate.With(text);
        if (current.DeliverSubject != wanted.DeliverSubject)
        {
            if (!current.IsPush)
                return JetStreamError.ConsumerCreate.With("can not update pull consumer to push based");
            if (!wanted.IsPush)
                return JetStreamError.ConsumerCreate.With("can not update push consumer to pull based");
            if (isBound)
                return JetStreamError.ConsumerNameExist;
        }

        if (current.MaxWaiting != wanted.MaxWaiting)
            return JetStreamError.ConsumerCreate.With("max waiting can not be updated");
        return null;
    }

    private static string? FindFixedValue(ConsumerConfig current, ConsumerConfig wanted)
    {
        if (current.DeliverPolicy != wanted.DeliverPolicy)
            return "deliver policy can not be updated";
        if (current.MemoryStorage != wanted.MemoryStorage)
            return "storage type can not be updated";
        if (current.Direct != wanted.Direct)
            return "direct can not be updated";
        if (current.Sourcing != wanted.Sourcing)
            return "sourcing can not be updated";
        if (current.StartSequence != wanted.StartSequence)
            return "start sequence can not be updated";
        if (current.StartTimeNanos != wanted.StartTimeNanos)
            return "start time can not be updated";
        if (current.AckPolicy != wanted.AckPolicy)
            return "ack policy can not be updated";
        if (current.ReplayPolicy != wanted.ReplayPolicy)
            return "replay policy can not be updated";
        if (current.HeartbeatNanos != wanted.HeartbeatNanos)
            return "heart beats can not be updated";
        if (current.FlowControl != wanted.FlowControl)
            return "flow control can not be updated";
        return null;
    }
}

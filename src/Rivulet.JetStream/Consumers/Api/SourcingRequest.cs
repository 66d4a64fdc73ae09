using System.Text;
using Rivulet.JetStream.Api;
using Rivulet.JetStream.Api.Errors;
using Rivulet.JetStream.Consumers.Configuration;
using Rivulet.JetStream.Origins;
using Rivulet.JetStream.Streams;
using Rivulet.Protocol;

namespace Rivulet.JetStream.Consumers.Api;

/// <summary>
/// What is different about consumers by which another server's mirror or source reads a stream. The answer says which stream of its
/// name this is, and a request may say which one it means.
/// </summary>
internal static class SourcingRequest
{
    private static ReadOnlySpan<byte> IdentityHeader => "Nats-Stream-Identity"u8;

    /// <summary>Checks a request to create a consumer, and makes of it what the stream needs.</summary>
    /// <param name="request">The request.</param>
    /// <param name="config">The configuration asked for; changed.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="response">Gets the identity of the stream.</param>
    /// <returns>Why not, or <c>null</c>.</returns>
    public static ApiError? Prepare(ApiRequest request, ConsumerConfig config, JetStreamStream stream, ApiResponse response)
    {
        if (config is { Direct: true, Sourcing: true, Name: { Length: > 0 } name })
        {
            if (stream.Config.Retention == RetentionPolicy.Limits)
                config.Name = $"{name}-{ConsumerFactory.NewName(stream.Consumers)}";
            else
                Keep(config, name);
        }

        if (!config.Direct && !config.Sourcing)
            return null;
        string identity = OriginNames.IdentityOf(stream);
        bool isAsked = new HeaderBlock(request.Headers).TryGet(IdentityHeader, out ReadOnlySpan<byte> asked) && !asked.IsEmpty;
        if (isAsked && !asked.SequenceEqual(Encoding.ASCII.GetBytes(identity)))
            return JetStreamError.ConsumerStreamIdentityMismatch.With(identity);
        response.Headers = Block(identity);
        if (config.Sourcing && config.IsDurable && stream.Consumers.TryGet(config.Name ?? "", out Consumer? existing))
            StartAs(existing, config);
        return null;
    }

    /// <summary>Has the answer to a request about a consumer say which stream this is, if the request asks for it.</summary>
    public static void Identify(ApiRequest request, JetStreamStream stream, ApiResponse response)
    {
        if (new HeaderBlock(request.Headers).TryGet(IdentityHeader, out _))
            response.Headers = Block(OriginNames.IdentityOf(stream));
    }

    /// <summary>A stream that keeps messages for its consumers only has to know this one, also while nobody is there.</summary>
    private static void Keep(ConsumerConfig config, string name)
    {
        config.Direct = false;
        config.DurableName = name;
        config.AckPolicy = AckPolicy.FlowControl;
        config.AckWaitNanos = 0;
        config.MaxDeliver = 0;
        config.InactiveThresholdNanos = 0;
    }

    /// <summary>Where the one that is there began is not changed.</summary>
    private static void StartAs(Consumer existing, ConsumerConfig config)
    {
        config.DeliverPolicy = existing.Config.DeliverPolicy;
        config.StartSequence = existing.Config.StartSequence;
        config.StartTimeNanos = existing.Config.StartTimeNanos;
    }

    private static byte[] Block(string identity) => Encoding.ASCII.GetBytes($"NATS/1.0\r\nNats-Stream-Identity: {identity}\r\n\r\n");
}

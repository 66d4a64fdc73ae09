using System.Globalization;
using Rivulet.JetStream.Api.Errors;

namespace Rivulet.JetStream.Streams;

/// <summary>What traces of messages say about publishes, in the reference server's words where it has other ones than its answers.</summary>
internal static class MessageFates
{
    /// <summary>The header that asks for a trace.</summary>
    public static ReadOnlySpan<byte> DestinationHeader => "Nats-Trace-Dest"u8;

    /// <summary>Its value in messages that are kept, so that nobody traces them once more.</summary>
    public static ReadOnlySpan<byte> Disabled => "trace disabled"u8;

    /// <summary>Why a message was refused; <c>null</c> if it was not.</summary>
    public static string? ErrorOf(in PublishReply answer)
    {
        if (answer.Kind == PublishReplyKind.Duplicate)
            return "msgid is duplicate";
        if (answer.Kind == PublishReplyKind.WrongLastSequence)
            return string.Create(CultureInfo.InvariantCulture, $"wrong last sequence: {answer.Number}");
        return answer.Error is { } error ? TextOf(error) : null;
    }

    private static string TextOf(ApiError error)
    {
        if (error.Is(JetStreamError.StreamMessageExceedsMaximum))
            return "maximum payload exceeded";
        if (error.Is(JetStreamError.MessageTTLDisabled))
            return "message TTL disabled";
        bool isPlain = error.Is(JetStreamError.StreamNotMatch)
            || error.Is(JetStreamError.StreamWrongLastMsgID)
            || error.Is(JetStreamError.StreamRollupFailed)
            || error.Is(JetStreamError.StreamStoreFailed);
        return isPlain ? error.Description : string.Create(CultureInfo.InvariantCulture, $"{error.Description} ({error.ErrorCode})");
    }
}

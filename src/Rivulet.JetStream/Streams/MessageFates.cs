using System.Globalization;
using System.Text;
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
    /// <param name="answer">What the publish is answered with.</param>
    /// <param name="headers">The headers of the message.</param>
    /// <param name="lastId">The message id that the stream remembers as the last.</param>
    public static string? ErrorOf(in PublishReply answer, in PublishHeaders headers, ReadOnlySpan<byte> lastId)
    {
        if (answer.Kind == PublishReplyKind.Duplicate)
            return "msgid is duplicate";
        if (answer.Kind == PublishReplyKind.WrongLastSequence)
            return Mismatch(headers, answer.Number);
        if (answer.Error is not { } error)
            return null;
        return error.Is(JetStreamError.StreamWrongLastMsgID)
            ? $"last msgid mismatch: \"{Encoding.UTF8.GetString(headers.ExpectedLastMessageId)}\" vs \"{Encoding.UTF8.GetString(lastId)}\""
            : TextOf(error);
    }

    private static string Mismatch(in PublishHeaders headers, ulong actual)
    {
        string last = actual.ToString(CultureInfo.InvariantCulture);
        string expected = Encoding.UTF8.GetString(headers.ExpectedLastSequence);
        return expected.Length > 0 && expected != last
            ? $"last sequence mismatch: {expected} vs {last}"
            : $"last sequence by subject mismatch: {Encoding.UTF8.GetString(headers.ExpectedLastSubjectSequence)} vs {last}";
    }

    private static string TextOf(ApiError error)
    {
        if (error.Is(JetStreamError.StreamMessageExceedsMaximum))
            return "maximum payload exceeded";
        if (error.Is(JetStreamError.MessageTTLDisabled))
            return "message TTL disabled";
        bool isPlain = error.Is(JetStreamError.StreamNotMatch)
            || error.Is(JetStreamError.StreamRollupFailed)
            || error.Is(JetStreamError.StreamStoreFailed);
        return isPlain ? error.Description : string.Create(CultureInfo.InvariantCulture, $"{error.Description} ({error.ErrorCode})");
    }
}

using System.Runtime.CompilerServices;
using System.Text;

namespace Rivulet.Client.JetStream;

/// <summary>Reads the answers of direct gets: messages that carry their place in headers, or a status instead.</summary>
internal static class DirectGet
{
    private const int EndOfBatch = 204;
    private const int NotFound = 404;

    /// <summary>The answer to a get of one message.</summary>
    public static NatsResult<StoredMessage> Read(NatsResult<NatsMessage> answer)
    {
        if (!answer.TryGetValue(out NatsMessage? message))
            return answer.Error!;
        if (message.Status != 0)
            return ToError(message);
        return StoredMessage.TryFromDirect(message) is { } stored
            ? stored
            : new NatsProtocolException("the answer of a direct get does not say which message it is");
    }

    /// <summary>The answers to a get of many, up to the mark of the end.</summary>
    public static async IAsyncEnumerable<StoredMessage> ReadManyAsync(
        JetStreamContext context,
        string stream,
        MessageGetRequest request,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        NatsConnection connection = context.Connection;
        NatsSubscription answers = connection.SubscribeAsync(
            connection.NewInbox(),
            options: new NatsSubscriptionOptions { PendingMessagesMax = int.MaxValue, PendingBytesMax = long.MaxValue },
            cancellationToken: CancellationToken.None);
        await using (((IAsyncDisposable)answers).ConfigureAwait(false))
        {
            string subject = $"{context.Api.Prefix}.DIRECT.GET.{stream}";
            await connection.PublishAsync(
                subject,
                request,
                answers.Subject,
                serializer: new NatsJsonSerializer<MessageGetRequest>(JetStreamJsonContext.Default.MessageGetRequest),
                cancellationToken: cancellationToken).ConfigureAwait(false);
            while (await NextAsync(context, answers, cancellationToken).ConfigureAwait(false) is { } message)
            {
                if (message.Status == EndOfBatch || message.Status == NotFound)
                    yield break;
                if (message.Status == 503)
                    throw new NatsNoRespondersException(subject);
                if (message.Status != 0)
                    throw ToError(message);
                yield return StoredMessage.TryFromDirect(message)
                    ?? throw new NatsProtocolException("the answer of a direct get does not say which message it is");
            }
        }
    }

    private static NatsException ToError(NatsMessage message)
    {
        string description = Encoding.UTF8.GetString(message.HeaderBlock.Description);
        return message.Status == NotFound
            ? new JetStreamMessageNotFoundException(description)
            : new JetStreamStatusException(message.Status, description);
    }

    /// <summary>The next answer; the time-out of a request is the longest pause between two.</summary>
    public static async ValueTask<NatsMessage?> NextAsync(
        JetStreamContext context, NatsSubscription answers, CancellationToken cancellationToken)
    {
        NatsConnectionOptions options = context.Connection.Options;
        using CancellationTokenSource timeout = new(context.Api.Timeout ?? options.RequestTimeout, options.TimeProvider);
        using CancellationTokenSource either =
            CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            return await answers.ReadAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new NatsTimeoutException();
        }
    }
}

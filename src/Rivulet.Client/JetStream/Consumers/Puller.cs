using System.Runtime.CompilerServices;

namespace Rivulet.Client.JetStream;

/// <summary>
/// Pulls from a consumer. Messages come to a subscription of the pull's own, because the server shows the stored subject
/// on them and only the subscription tells whose they are.
/// </summary>
internal static class Puller
{
    private static readonly NatsSubscriptionOptions Unbounded =
        new() { PendingMessagesMax = int.MaxValue, PendingBytesMax = long.MaxValue };

    /// <summary>What the server's own end of a pull may be late by.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan HeartbeatMax = TimeSpan.FromSeconds(5);

    /// <summary>Pause before asking again where nobody answered.</summary>
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(250);

    public static async IAsyncEnumerable<JetStreamMessage> FetchAsync(
        JetStreamConsumer consumer, FetchOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        NatsConnection connection = consumer.Context.Connection;
        TimeProvider time = connection.Options.TimeProvider;
        TimeSpan limit = Grace + (options.NoWait ? connection.Options.RequestTimeout : options.Expires);
        PullRequest request = new()
        {
            Batch = options.MaxMessages,
            MaxBytes = options.MaxBytes,
            NoWait = options.NoWait,
            Expires = options.NoWait ? TimeSpan.Zero : options.Expires,
            Group = options.Group,
        };
        MessageQueue queue = new(connection, connection.NewInbox(), null, Unbounded, marksReconnects: true);
        connection.Subscribe(queue);
        try
        {
            await SendAsync(consumer, queue, request, cancellationToken).ConfigureAwait(false);
            long start = time.GetTimestamp();
            int count = 0;
            while (count < options.MaxMessages)
            {
                QueueRead read = await queue.ReadAsync(Left(limit, time.GetElapsedTime(start)), cancellationToken)
                    .ConfigureAwait(false);
                if (read.Kind != QueueReadKind.Message || IsEnd(consumer, read.Message!))
                    yield break;
                if (JetStreamMessage.TryFrom(read.Message!) is not { } message)
                    continue;
                count++;
                yield return message;
            }
        }
        finally
        {
            connection.Unsubscribe(queue);
            queue.Abandon();
        }
    }

    public static async IAsyncEnumerable<JetStreamMessage> ConsumeAsync(
        JetStreamConsumer consumer, ConsumeOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        NatsConnection connection = consumer.Context.Connection;
        MessageQueue queue = new(connection, connection.NewInbox(), null, Unbounded, marksReconnects: true);
        connection.Subscribe(queue);
        try
        {
            PullFlow flow = new(consumer, options, Heartbeat(options));
            while (true)
            {
                if (flow.NextRequest() is { } request)
                    await SendAsync(consumer, queue, request, cancellationToken).ConfigureAwait(false);
                QueueRead read = await queue.ReadAsync(flow.SilenceMax, cancellationToken).ConfigureAwait(false);
                if (read.Kind == QueueReadKind.Ended)
                    yield break;
                if (read.Kind != QueueReadKind.Message)
                {
                    flow.Restart();
                    continue;
                }

                if (JetStreamMessage.TryFrom(read.Message!) is { } message)
                {
                    flow.OnMessage();
                    yield return message;
                }
                else if (flow.OnStatus(read.Message!))
                {
                    await Task.Delay(RetryPause, connection.Options.TimeProvider, cancellationToken).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            connection.Unsubscribe(queue);
            queue.Abandon();
        }
    }

    /// <summary>True if a status ends the fetch; false for a heartbeat and for what is no status.</summary>
    /// <exception cref="NatsException">The status is a failure.</exception>
    private static bool IsEnd(JetStreamConsumer consumer, NatsMessage message)
    {
        if (message.Status == 0)
            return false;
        return PullStatus.Classify(message) switch
        {
            PullStatusKind.Heartbeat => false,
            PullStatusKind.Ended => true,
            PullStatusKind.NoResponders => throw new NatsNoRespondersException(Subject(consumer)),
            _ => throw PullStatus.ToException(message),
        };
    }

    private static ValueTask SendAsync(
        JetStreamConsumer consumer, MessageQueue queue, PullRequest request, CancellationToken cancellationToken) =>
        consumer.Context.Connection.PublishAsync(
            Subject(consumer),
            request,
            queue.Subject,
            serializer: new NatsJsonSerializer<PullRequest>(JetStreamJsonContext.Default.PullRequest),
            cancellationToken: cancellationToken);

    private static string Subject(JetStreamConsumer consumer) =>
        $"{consumer.Context.Api.Prefix}.CONSUMER.MSG.NEXT.{consumer.Stream}.{consumer.Name}";

    private static TimeSpan Left(TimeSpan limit, TimeSpan elapsed) => limit > elapsed ? limit - elapsed : TimeSpan.Zero;

    private static TimeSpan Heartbeat(ConsumeOptions options)
    {
        if (options.IdleHeartbeat is { } given)
            return given;
        TimeSpan sixth = options.Expires / 6;
        return sixth < HeartbeatMax ? sixth : HeartbeatMax;
    }
}

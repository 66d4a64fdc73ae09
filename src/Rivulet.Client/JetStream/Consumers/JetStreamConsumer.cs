namespace Rivulet.Client.JetStream;

/// <summary>A consumer of a stream. Pulling needs a pull consumer. Safe to use from any thread.</summary>
public sealed class JetStreamConsumer
{
    private ConsumerInfo _cachedInfo;

    internal JetStreamConsumer(JetStreamContext context, ConsumerInfo info)
    {
        Context = context;
        _cachedInfo = info;
    }

    /// <summary>The context it came from.</summary>
    public JetStreamContext Context { get; }

    /// <summary>Name of the stream.</summary>
    public string Stream => CachedInfo.Stream;

    /// <summary>Name.</summary>
    public string Name => CachedInfo.Name;

    /// <summary>What the server last said of it.</summary>
    public ConsumerInfo CachedInfo => Volatile.Read(ref _cachedInfo);

    private static JetStreamJsonContext Json => JetStreamJsonContext.Default;

    /// <summary>What the server says of it now.</summary>
    /// <exception cref="JetStreamApiException">It is gone (10014).</exception>
    public async ValueTask<ConsumerInfo> GetInfoAsync(CancellationToken cancellationToken = default)
    {
        ConsumerInfo info = (await Context.Api.TryAskAsync(
            $"CONSUMER.INFO.{Stream}.{Name}", Json.ConsumerInfo, cancellationToken).ConfigureAwait(false)).Value;
        Volatile.Write(ref _cachedInfo, info);
        return info;
    }

    /// <summary>Stops deliveries until a time.</summary>
    public ValueTask<ConsumerPauseState> PauseAsync(DateTimeOffset until, CancellationToken cancellationToken = default) =>
        PauseAsync(new ConsumerPauseRequest { PauseUntil = until }, cancellationToken);

    /// <summary>Goes on delivering.</summary>
    public ValueTask<ConsumerPauseState> ResumeAsync(CancellationToken cancellationToken = default) =>
        PauseAsync(new ConsumerPauseRequest(), cancellationToken);

    /// <summary>Deletes it.</summary>
    /// <exception cref="JetStreamApiException">It is gone (10014).</exception>
    public ValueTask DeleteAsync(CancellationToken cancellationToken = default) =>
        Context.Stream(Stream).DeleteConsumerAsync(Name, cancellationToken);

    /// <summary>Pulls one message; null if none came in time.</summary>
    /// <param name="expires">Time to wait; null for the request time-out.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="NatsNoRespondersException">The consumer is gone.</exception>
    public async ValueTask<JetStreamMessage?> NextAsync(
        TimeSpan? expires = null, CancellationToken cancellationToken = default)
    {
        FetchOptions options = new()
        {
            MaxMessages = 1,
            Expires = expires ?? Context.Api.Timeout ?? Context.Connection.Options.RequestTimeout,
        };
        await foreach (JetStreamMessage message in FetchAsync(options, cancellationToken).ConfigureAwait(false))
            return message;
        return null;
    }

    /// <summary>Pulls once; ends when the batch is complete or its time is over.</summary>
    /// <remarks>A message that is on its way when the enumeration is left is delivered again after the ack wait.</remarks>
    /// <exception cref="NatsNoRespondersException">The consumer is gone.</exception>
    /// <exception cref="JetStreamStatusException">The consumer refuses the pull.</exception>
    public IAsyncEnumerable<JetStreamMessage> FetchAsync(
        FetchOptions? options = null, CancellationToken cancellationToken = default) =>
        Puller.FetchAsync(this, options ?? new FetchOptions(), cancellationToken);

    /// <summary>Pulls without end, asking for more before the reader runs dry; survives reconnects.</summary>
    /// <exception cref="NatsNoRespondersException">The consumer is gone.</exception>
    /// <exception cref="JetStreamStatusException">The consumer was deleted or refuses the pulls.</exception>
    public IAsyncEnumerable<JetStreamMessage> ConsumeAsync(
        ConsumeOptions? options = null, CancellationToken cancellationToken = default) =>
        Puller.ConsumeAsync(this, options ?? new ConsumeOptions(), cancellationToken);

    private async ValueTask<ConsumerPauseState> PauseAsync(ConsumerPauseRequest request, CancellationToken cancellationToken) =>
        (await Context.Api.TryAskAsync(
            $"CONSUMER.PAUSE.{Stream}.{Name}", request, Json.ConsumerPauseRequest, Json.ConsumerPauseState, cancellationToken)
            .ConfigureAwait(false)).Value;
}

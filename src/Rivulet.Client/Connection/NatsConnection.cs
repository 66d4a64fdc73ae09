
namespace Rivulet.Client;

/// <summary>
/// A connection to a server, or to one of several, which reconnects by itself. Every member may be used from any thread
/// at the same time.
/// </summary>
/// <remarks>
/// Publishing copies the message into an outbound buffer that a single writer sends; a completed publish is on its way,
/// not received. <see cref="FlushAsync"/> waits until the server has seen everything before it. Event handlers run one
/// after the other, apart from the receiving of messages.
/// </remarks>
public sealed class NatsConnection : IAsyncDisposable
{
#pragma warning disable CS0067 // Raised once the connection is there.
    /// <summary>Raised when <see cref="State"/> changes.</summary>
    public event EventHandler<NatsStateChangedEventArgs>? StateChanged;

    /// <summary>Raised for failures that no call waits for.</summary>
    public event EventHandler<NatsErrorEventArgs>? ErrorOccurred;

    /// <summary>Raised when a subscription starts to drop messages.</summary>
    public event EventHandler<NatsSlowConsumerEventArgs>? SlowConsumer;

    /// <summary>Raised when the server is about to shut down (lame duck mode).</summary>
    public event EventHandler? LameDuckAnnounced;

    /// <summary>How the connection was asked to behave.</summary>
    public NatsConnectionOptions Options => throw new NotImplementedException();

    /// <summary>Where it is in its life.</summary>
    public NatsConnectionState State => throw new NotImplementedException();


    /// <summary>Address of the server connected to, without credentials.</summary>
    public string ConnectedUrl => throw new NotImplementedException();

    /// <summary>Servers known: those given, and those that servers told of.</summary>
    public IReadOnlyList<string> Servers => throw new NotImplementedException();

    /// <summary>Counters.</summary>
    public NatsStatistics Statistics => throw new NotImplementedException();

    /// <summary>Connects to a server, or to one of several separated by commas.</summary>
    /// <exception cref="NatsNoServersException">No server could be connected to.</exception>
    /// <exception cref="NatsAuthenticationException">The credentials were refused.</exception>
    public static Task<NatsConnection> ConnectAsync(
        string url = "nats://localhost:4222", CancellationToken cancellationToken = default) =>
        ConnectAsync(NatsConnectionOptions.Default with { Servers = [url] }, cancellationToken);

    /// <summary>Connects by options.</summary>
    /// <exception cref="NatsNoServersException">No server could be connected to.</exception>
    /// <exception cref="NatsAuthenticationException">The credentials were refused.</exception>
    public static Task<NatsConnection> ConnectAsync(
        NatsConnectionOptions options, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>Publishes a message. Completes at once unless the outbound buffer is full.</summary>
    /// <exception cref="NatsPayloadTooLargeException">Headers and payload are larger than the server accepts.</exception>
    /// <exception cref="NatsReconnectBufferFullException">Too much was published while reconnecting.</exception>
    public ValueTask PublishAsync(
        string subject,
        ReadOnlyMemory<byte> payload = default,
        string? replyTo = null,
        NatsHeaders? headers = null,
        CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>Publishes a value, by the given serializer or the connection's.</summary>
    public ValueTask PublishAsync<T>(
        string subject,
        T value,
        string? replyTo = null,
        NatsHeaders? headers = null,
        INatsSerializer<T>? serializer = null,
        CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>
    /// Subscribes to a subject or filter; with a queue group, one member of the group gets each message. The subscription
    /// is in force when this returns; cancelling ends it.
    /// </summary>
    public NatsSubscription SubscribeAsync(
        string subject,
        string? queueGroup = null,
        NatsSubscriptionOptions? options = null,
        CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>Publishes a request and waits for its answer.</summary>
    /// <exception cref="NatsNoRespondersException">Nobody is subscribed.</exception>
    /// <exception cref="NatsTimeoutException">No answer came in time.</exception>
    public ValueTask<NatsMessage> RequestAsync(
        string subject,
        ReadOnlyMemory<byte> payload = default,
        NatsHeaders? headers = null,
        TimeSpan? timeout = null,
        CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>Publishes a value as a request and waits for the answer as a value.</summary>
    /// <exception cref="NatsNoRespondersException">Nobody is subscribed.</exception>
    /// <exception cref="NatsTimeoutException">No answer came in time.</exception>
    public ValueTask<TReply> RequestAsync<TRequest, TReply>(
        string subject,
        TRequest value,
        NatsHeaders? headers = null,
        TimeSpan? timeout = null,
        CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>As <see cref="RequestAsync"/>, with failures as a result.</summary>
    public ValueTask<NatsResult<NatsMessage>> TryRequestAsync(
        string subject,
        ReadOnlyMemory<byte> payload = default,
        NatsHeaders? headers = null,
        TimeSpan? timeout = null,
        CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>Publishes a request and hands out every answer until one of the options' conditions holds.</summary>
    /// <exception cref="NatsNoRespondersException">Nobody is subscribed.</exception>
    public IAsyncEnumerable<NatsMessage> RequestManyAsync(
        string subject,
        ReadOnlyMemory<byte> payload = default,
        NatsHeaders? headers = null,
        NatsRequestManyOptions? options = null,
        CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>Waits until the server has seen everything sent before. Takes the request time-out if not cancelled.</summary>
    public ValueTask FlushAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>The time for a ping to be answered.</summary>
    public ValueTask<TimeSpan> PingAsync(CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>A subject of its own to receive answers on.</summary>
    public string NewInbox() => throw new NotImplementedException();

    /// <summary>Ends all subscriptions once what is on its way is handed out, sends what is buffered, and closes.</summary>
    public ValueTask DrainAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Sends what is buffered, if that is quickly done, and closes.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}

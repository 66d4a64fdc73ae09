using System.Runtime.CompilerServices;
using System.Text;
using Rivulet.Protocol;

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
    private static readonly NatsSubscriptionOptions DefaultSubscription = new();

    private readonly ConnectionRunner _runner;
    private readonly EventPump _events;
    private readonly Nuid _nuid = new(Random.Shared);
    private readonly Lock _requestsGate = new();
    private RequestMultiplexer? _requests;
    private ServerInfo _serverInfo = new();
    private Exception? _closeCause;
    private long _receivedMessages;
    private long _receivedBytes;
    private long _sentMessages;
    private long _sentBytes;
    private long _dropped;

    private NatsConnection(NatsConnectionOptions options)
    {
        Options = options;
        Outbound = new OutboundBuffer(options.OutboundBufferBytes, options.ReconnectBufferBytes);
        _events = new EventPump(OnHandlerFailed);
        _runner = new ConnectionRunner(this);
    }

    /// <summary>Raised when <see cref="State"/> changes.</summary>
    public event EventHandler<NatsStateChangedEventArgs>? StateChanged;

    /// <summary>Raised for failures that no call waits for.</summary>
    public event EventHandler<NatsErrorEventArgs>? ErrorOccurred;

    /// <summary>Raised when a subscription starts to drop messages.</summary>
    public event EventHandler<NatsSlowConsumerEventArgs>? SlowConsumer;

    /// <summary>Raised when the server is about to shut down (lame duck mode).</summary>
    public event EventHandler? LameDuckAnnounced;

    /// <summary>How the connection was asked to behave.</summary>
    public NatsConnectionOptions Options { get; }

    /// <summary>Where it is in its life.</summary>
    public NatsConnectionState State => _runner.State;

    /// <summary>What the server last said of itself.</summary>
    public ServerInfo ServerInfo => Volatile.Read(ref _serverInfo);

    /// <summary>Address of the server connected to, or last connected to, without credentials.</summary>
    public string ConnectedUrl => _runner.Session?.Server.Address.Url ?? "";

    /// <summary>
    /// Network address of the server connected to, as <c>127.0.0.1:4222</c>; empty while there is none, and for a
    /// transport of the caller's.
    /// </summary>
    public string ConnectedAddress => _runner.Session?.RemoteAddress ?? "";

    /// <summary>Servers known: those given, and those that servers told of.</summary>
    public IReadOnlyList<string> Servers => _runner.Servers;

    /// <summary>Counters.</summary>
    public NatsStatistics Statistics => new(
        Volatile.Read(ref _receivedMessages),
        Volatile.Read(ref _receivedBytes),
        Volatile.Read(ref _sentMessages),
        Volatile.Read(ref _sentBytes),
        _runner.Reconnects,
        Volatile.Read(ref _dropped));

    internal OutboundBuffer Outbound { get; }

    internal PingQueue Pings { get; } = new();

    internal SubscriptionTable Subscriptions { get; } = new();

    /// <summary>Connects to a server, or to one of several separated by commas.</summary>
    /// <exception cref="ArgumentException">The address cannot be read.</exception>
    /// <exception cref="NatsNoServersException">No server could be connected to.</exception>
    /// <exception cref="NatsAuthenticationException">The credentials were refused.</exception>
    public static Task<NatsConnection> ConnectAsync(
        string url = "nats://localhost:4222", CancellationToken cancellationToken = default) =>
        ConnectAsync(NatsConnectionOptions.Default with { Servers = [url] }, cancellationToken);

    /// <summary>Connects by options.</summary>
    /// <exception cref="ArgumentException">An address cannot be read.</exception>
    /// <exception cref="NatsNoServersException">No server could be connected to.</exception>
    /// <exception cref="NatsAuthenticationException">The credentials were refused.</exception>
    public static async Task<NatsConnection> ConnectAsync(
        NatsConnectionOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        NatsConnection connection = new(options);
        try
        {
            await connection._runner.StartAsync(cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            connection._events.Complete();
            connection.Outbound.Dispose();
            throw;
        }
    }

    /// <summary>Publishes a message. Completes at once unless the outbound buffer is full.</summary>
    /// <exception cref="NatsPayloadTooLargeException">Headers and payload are larger than the server accepts.</exception>
    /// <exception cref="NatsReconnectBufferFullException">Too much was published while reconnecting.</exception>
    /// <exception cref="NatsConnectionClosedException">The connection is closed.</exception>
    [OverloadResolutionPriority(1)]
    public ValueTask PublishAsync(
        string subject,
        ReadOnlyMemory<byte> payload = default,
        string? replyTo = null,
        NatsHeaders? headers = null,
        CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellationToken);
        return TryPublish(subject, replyTo, headers, payload.Span)
            ? ValueTask.CompletedTask
            : PublishWhenRoomAsync(subject, payload, replyTo, headers, cancellationToken);
    }

    /// <summary>Publishes a value, by the given serializer or the connection's.</summary>
    /// <inheritdoc cref="PublishAsync(string, ReadOnlyMemory{byte}, string?, NatsHeaders?, CancellationToken)"/>
    public async ValueTask PublishAsync<T>(
        string subject,
        T value,
        string? replyTo = null,
        NatsHeaders? headers = null,
        INatsSerializer<T>? serializer = null,
        CancellationToken cancellationToken = default)
    {
        using ScratchWriter scratch = ScratchWriter.Rent();
        (serializer ?? Options.Serializers.Get<T>()).Serialize(scratch, value);
        await PublishAsync(subject, scratch.Memory, replyTo, headers, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Subscribes to a subject or filter; with a queue group, one member of the group gets each message. The subscription
    /// is in force when this returns; cancelling ends it.
    /// </summary>
    /// <exception cref="NatsConnectionClosedException">The connection is closed.</exception>
    public NatsSubscription SubscribeAsync(
        string subject,
        string? queueGroup = null,
        NatsSubscriptionOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        NatsSubscription subscription = new(this, subject, queueGroup, options ?? DefaultSubscription);
        Subscribe(subscription.Queue);
        subscription.EndOn(cancellationToken);
        return subscription;
    }

    /// <summary>Publishes a request and waits for its answer.</summary>
    /// <exception cref="NatsNoRespondersException">Nobody is subscribed.</exception>
    /// <exception cref="NatsTimeoutException">No answer came in time.</exception>
    /// <exception cref="NatsConnectionLostException">The connection was lost while waiting.</exception>
    public async ValueTask<NatsMessage> RequestAsync(
        string subject,
        ReadOnlyMemory<byte> payload = default,
        NatsHeaders? headers = null,
        TimeSpan? timeout = null,
        CancellationToken cancellationToken = default) =>
        (await TryRequestAsync(subject, payload, headers, timeout, cancellationToken).ConfigureAwait(false)).Value;

    /// <summary>Publishes a value as a request and waits for the answer as a value.</summary>
    /// <inheritdoc cref="RequestAsync(string, ReadOnlyMemory{byte}, NatsHeaders?, TimeSpan?, CancellationToken)"/>
    public async ValueTask<TReply> RequestAsync<TRequest, TReply>(
        string subject,
        TRequest value,
        NatsHeaders? headers = null,
        TimeSpan? timeout = null,
        CancellationToken cancellationToken = default)
    {
        using ScratchWriter scratch = ScratchWriter.Rent();
        Options.Serializers.Get<TRequest>().Serialize(scratch, value);
        NatsMessage reply =
            await RequestAsync(subject, scratch.Memory, headers, timeout, cancellationToken).ConfigureAwait(false);
        return reply.Decode<TReply>();
    }

    /// <summary>As <see cref="RequestAsync(string, ReadOnlyMemory{byte}, NatsHeaders?, TimeSpan?, CancellationToken)"/>, with
    /// failures as a result.</summary>
    public ValueTask<NatsResult<NatsMessage>> TryRequestAsync(
        string subject,
        ReadOnlyMemory<byte> payload = default,
        NatsHeaders? headers = null,
        TimeSpan? timeout = null,
        CancellationToken cancellationToken = default)
    {
        CheckSubject(subject);
        using Utf8Text subjectText = new(subject, stackalloc byte[Utf8Text.StackBytes]);
        using EncodedHeaders block = new(headers, stackalloc byte[Utf8Text.StackBytes]);
        return TryRequest(subjectText.Bytes, block.Bytes, payload.Span, timeout, cancellationToken);
    }

    /// <summary>Publishes a request and hands out every answer until one of the options' conditions holds.</summary>
    /// <exception cref="NatsNoRespondersException">Nobody is subscribed.</exception>
    public async IAsyncEnumerable<NatsMessage> RequestManyAsync(
        string subject,
        ReadOnlyMemory<byte> payload = default,
        NatsHeaders? headers = null,
        NatsRequestManyOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        options ??= new NatsRequestManyOptions();
        NatsSubscription replies = SubscribeAsync(
            NewInbox(), null, new NatsSubscriptionOptions { MaxMessages = options.MaxReplies }, CancellationToken.None);
        await using (((IAsyncDisposable)replies).ConfigureAwait(false))
        {
            await PublishAsync(subject, payload, replies.Subject, headers, cancellationToken).ConfigureAwait(false);
            ReplyClock clock = new(Options, options);
            while (await clock.NextAsync(replies, cancellationToken).ConfigureAwait(false) is { } reply)
            {
                if (reply.Payload.IsEmpty && reply.Status == 503)
                    throw new NatsNoRespondersException(subject);
                if (options.StopOnEmpty && reply.Payload.IsEmpty)
                    yield break;
                yield return reply;
            }
        }
    }

    /// <summary>
    /// Waits until the server has seen everything sent before; the request time-out applies unless the token can be
    /// cancelled.
    /// </summary>
    /// <exception cref="NatsTimeoutException">The server did not answer in time.</exception>
    /// <exception cref="NatsConnectionLostException">The connection was lost while waiting.</exception>
    public async ValueTask FlushAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Task pong = Pings.Send(Outbound) ?? throw ClosedException();
        TimeSpan timeout = cancellationToken.CanBeCanceled ? Timeout.InfiniteTimeSpan : Options.RequestTimeout;
        try
        {
            await pong.WaitAsync(timeout, Options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new NatsTimeoutException();
        }
    }

    /// <summary>The time for a ping to be answered.</summary>
    /// <inheritdoc cref="FlushAsync"/>
    public async ValueTask<TimeSpan> PingAsync(CancellationToken cancellationToken = default)
    {
        long start = Options.TimeProvider.GetTimestamp();
        await FlushAsync(cancellationToken).ConfigureAwait(false);
        return Options.TimeProvider.GetElapsedTime(start);
    }

    /// <summary>A subject of its own to receive answers on.</summary>
    public string NewInbox() => $"{Options.InboxPrefix}.{NewId()}";

    /// <summary>
    /// Ends all subscriptions once what is on its way has been read (for at most
    /// <see cref="NatsConnectionOptions.DrainTimeout"/>), sends what is buffered, and closes.
    /// </summary>
    /// <exception cref="InvalidOperationException">The connection is not open.</exception>
    /// <exception cref="NatsTimeoutException">A subscription was not read to its end in time; the connection is closed.</exception>
    public async ValueTask DrainAsync(CancellationToken cancellationToken = default)
    {
        if (!_runner.TryDrain())
            throw new InvalidOperationException($"A connection that is {State} cannot be drained.");
        try
        {
            List<MessageQueue> queues = [.. Subscriptions.Targets.OfType<MessageQueue>()];
            queues.ForEach(SendUnsubscribe);
            await FlushAsync(cancellationToken).ConfigureAwait(false);
            queues.ForEach(EndQueue);
            await Task.WhenAll(queues.Select(queue => queue.ReadToEnd))
                .WaitAsync(Options.DrainTimeout, Options.TimeProvider, cancellationToken).ConfigureAwait(false);
            await FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new NatsTimeoutException();
        }
        finally
        {
            await DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Sends what is buffered, if that is quickly done, and closes. Subscriptions end.</summary>
    public async ValueTask DisposeAsync() => await _runner.CloseAsync().ConfigureAwait(false);

    /// <summary>A name that is not used anywhere else: 22 letters and digits.</summary>
    internal string NewId() => _nuid.Next();

    /// <summary>Publishes a request whose subject and headers are bytes already. Must be awaited, once.</summary>
    internal ValueTask<NatsResult<NatsMessage>> TryRequest(
        ReadOnlySpan<byte> subject,
        ReadOnlySpan<byte> headerBlock,
        ReadOnlySpan<byte> payload,
        TimeSpan? timeout,
        CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<NatsResult<NatsMessage>>(cancellationToken);
        if (PayloadProblem(headerBlock.Length, payload.Length) is { } problem)
            return ValueTask.FromResult<NatsResult<NatsMessage>>(problem);
        RequestMultiplexer requests = Requests();
        Span<byte> replyTo = stackalloc byte[requests.ReplyToMaxLength];
        ValueTask<NatsResult<NatsMessage>> answer = requests.Start(
            subject,
            replyTo,
            timeout ?? Options.RequestTimeout,
            cancellationToken,
            out int replyToLength,
            out PendingRequest request,
            out long token);
        OutboundPublish operation = new(subject, replyTo[..replyToLength], headerBlock, payload);
        AppendStatus status = Outbound.Append(operation, AppendKind.Request, out long position);
        if (status == AppendStatus.Appended)
        {
            CountSent(headerBlock.Length + payload.Length);
            request.Sent(position);
            request.FailIfSentBefore(Outbound.LostPosition, new NatsConnectionLostException((Exception?)null));
        }
        else
        {
            request.TryComplete(token, ToException(status));
        }

        return Options.RequestTracer is { } tracer ? TraceAsync(tracer, subject, payload, answer) : answer;
    }

    private static ValueTask<NatsResult<NatsMessage>> TraceAsync(
        INatsRequestTracer tracer,
        ReadOnlySpan<byte> subjectBytes,
        ReadOnlySpan<byte> payload,
        ValueTask<NatsResult<NatsMessage>> answer)
    {
        string subject = Encoding.UTF8.GetString(subjectBytes);
        tracer.RequestSent(subject, payload);
        return AwaitAnswerAsync();

        async ValueTask<NatsResult<NatsMessage>> AwaitAnswerAsync()
        {
            NatsResult<NatsMessage> result = await answer.ConfigureAwait(false);
            if (result.TryGetValue(out NatsMessage? message))
                tracer.AnswerReceived(subject, message);
            return result;
        }
    }

    /// <summary>Registers a subscription and sends it.</summary>
    internal void Subscribe(SubscriptionTarget target)
    {
        CheckSubject(target.Subject);
        if (target.QueueGroup is not null)
            CheckSubject(target.QueueGroup);
        Subscriptions.Add(target);
        using SubscriptionText text = new(
            target, stackalloc byte[Utf8Text.StackBytes], stackalloc byte[Utf8Text.StackBytes]);
        if (Outbound.Append(text.Operation((int)target.MaxMessages), AppendKind.Always, out _) == AppendStatus.Appended)
            return;
        Subscriptions.Remove(target);
        throw ClosedException();
    }

    /// <summary>Ends a subscription here and at the server; messages on their way are ignored.</summary>
    internal void Unsubscribe(SubscriptionTarget target)
    {
        if (Subscriptions.Remove(target))
            SendUnsubscribe(target);
    }

    /// <summary>Tells the server to send no more for a subscription; what is on its way is still received.</summary>
    internal void SendUnsubscribe(SubscriptionTarget target) =>
        Outbound.Append(new OutboundUnsubscribe(target.Sid), AppendKind.Always, out _);

    /// <summary>Ends a subscription here.</summary>
    internal void Forget(SubscriptionTarget target) => Subscriptions.Remove(target);

    internal void CountReceived(int sizeBytes)
    {
        Volatile.Write(ref _receivedMessages, _receivedMessages + 1);
        Volatile.Write(ref _receivedBytes, _receivedBytes + sizeBytes);
    }

    internal void CountDropped() => Interlocked.Increment(ref _dropped);

    internal void ReportSlowConsumer(NatsSubscription subscription) =>
        _events.Post(() => SlowConsumer?.Invoke(this, new NatsSlowConsumerEventArgs(subscription)));

    internal void ReportError(Exception error) =>
        _events.Post(() => ErrorOccurred?.Invoke(this, new NatsErrorEventArgs(error)));

    internal void ReportState(NatsConnectionState previous, NatsConnectionState current, Exception? cause) =>
        _events.Post(() => StateChanged?.Invoke(this, new NatsStateChangedEventArgs(previous, current, cause)));

    /// <summary>The server said what it is, at the start of a session or later.</summary>
    internal void OnServerInfo(ServerInfo info)
    {
        ServerInfo before = Interlocked.Exchange(ref _serverInfo, info);
        if (info.ConnectUrls is { } urls)
            _runner.OnServersDiscovered(urls);
        if (info.LameDuckMode && !before.LameDuckMode)
            _events.Post(() => LameDuckAnnounced?.Invoke(this, EventArgs.Empty));
    }

    /// <summary>A publish or a subscription was refused.</summary>
    internal void OnPermissionViolation(NatsPermissionException violation)
    {
        ReportError(violation);
        if (violation.Permission == NatsPermission.Publish)
        {
            _requests?.FailRefused(violation.Subject, violation);
            return;
        }

        foreach (SubscriptionTarget target in Subscriptions.Find(violation.Subject, violation.QueueGroup))
        {
            Subscriptions.Remove(target);
            target.Complete(violation);
        }
    }

    /// <summary>A session is lost: what it had taken gets no answer.</summary>
    internal void FailLost(Exception cause)
    {
        long lost = Outbound.LostPosition;
        NatsConnectionLostException error = new(cause);
        Pings.Fail(lost, error);
        _requests?.FailLost(lost, error);
    }

    /// <summary>The connection is closed for good. Null: by the caller.</summary>
    internal void OnClosed(Exception? cause)
    {
        _closeCause = cause;
        Outbound.Close();
        NatsConnectionClosedException closed = new(cause);
        foreach (SubscriptionTarget target in Subscriptions.Targets)
        {
            Subscriptions.Remove(target);
            target.Complete(cause is null ? null : closed);
        }

        Pings.Fail(long.MaxValue, closed);
        Outbound.Dispose();
        _events.Complete();
    }

    private static void CheckSubject(string subject)
    {
        ArgumentException.ThrowIfNullOrEmpty(subject);
        if (subject.AsSpan().ContainsAny(" \t\r\n\f"))
            throw new ArgumentException("A subject cannot hold blanks.", nameof(subject));
    }

    /// <summary>False: there is no room now.</summary>
    private bool TryPublish(string subject, string? replyTo, NatsHeaders? headers, ReadOnlySpan<byte> payload)
    {
        CheckSubject(subject);
        if (replyTo is not null)
            CheckSubject(replyTo);
        using Utf8Text subjectText = new(subject, stackalloc byte[Utf8Text.StackBytes]);
        using Utf8Text replyText = new(replyTo ?? "", stackalloc byte[Utf8Text.StackBytes]);
        using EncodedHeaders block = new(headers, stackalloc byte[Utf8Text.StackBytes]);
        if (PayloadProblem(block.Bytes.Length, payload.Length) is { } problem)
            throw problem;
        OutboundPublish operation = new(subjectText.Bytes, replyText.Bytes, block.Bytes, payload);
        AppendStatus status = Outbound.Append(operation, AppendKind.Publish, out _);
        if (status == AppendStatus.Wait)
            return false;
        if (status != AppendStatus.Appended)
            throw ToException(status);
        CountSent(block.Bytes.Length + payload.Length);
        return true;
    }

    private async ValueTask PublishWhenRoomAsync(
        string subject,
        ReadOnlyMemory<byte> payload,
        string? replyTo,
        NatsHeaders? headers,
        CancellationToken cancellationToken)
    {
        do
            await Outbound.WaitForRoomAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        while (!TryPublish(subject, replyTo, headers, payload.Span));
    }

    private NatsException? PayloadProblem(int headerBytes, int payloadBytes)
    {
        ServerInfo info = ServerInfo;
        if (headerBytes > 0 && !info.Headers)
            return new NatsException("the server does not support headers");
        long size = (long)headerBytes + payloadBytes;
        return info.MaxPayload > 0 && size > info.MaxPayload ? new NatsPayloadTooLargeException(size, info.MaxPayload) : null;
    }

    private RequestMultiplexer Requests()
    {
        if (Volatile.Read(ref _requests) is { } known)
            return known;
        lock (_requestsGate)
        {
            if (_requests is null)
            {
                RequestMultiplexer requests = new(this, NewInbox());
                Subscribe(requests);
                Volatile.Write(ref _requests, requests);
            }

            return _requests;
        }
    }

    private NatsException ToException(AppendStatus status) =>
        status == AppendStatus.Full ? new NatsReconnectBufferFullException() : ClosedException();

    private NatsConnectionClosedException ClosedException() => new(_closeCause);

    private void EndQueue(MessageQueue queue)
    {
        Forget(queue);
        queue.Complete(null);
    }

    private void CountSent(int sizeBytes)
    {
        Interlocked.Increment(ref _sentMessages);
        Interlocked.Add(ref _sentBytes, sizeBytes);
    }

    /// <summary>A handler's exception is reported to the handlers of errors; one of theirs has nowhere else to go.</summary>
    private void OnHandlerFailed(Exception failure)
    {
        try
        {
            ErrorOccurred?.Invoke(this, new NatsErrorEventArgs(failure));
        }
        catch (Exception unreported)
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                static error => System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(error), unreported, preferLocal: false);
        }
    }
}

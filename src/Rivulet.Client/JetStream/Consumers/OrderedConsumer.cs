namespace Rivulet.Client.JetStream;

/// <summary>
/// A reader of a stream in order, without gaps or repeats. Read it by enumerating, or one by one with
/// <see cref="ReadAsync"/>; by one reader at a time. Leaving an enumeration, cancelling it, or disposing ends it.
/// </summary>
/// <remarks>
/// Messages published after it was created are seen. A loss (a gap in the consumer's sequence, missing heartbeats, a
/// reconnect) makes it create its consumer again after the last message read.
/// </remarks>
public sealed class OrderedConsumer : IAsyncEnumerable<JetStreamMessage>, IAsyncDisposable
{
    private readonly JetStreamStream _stream;
    private readonly OrderedConsumerOptions _options;
    private readonly OrderedRetry _retry;
    private OrderedFeed? _feed;
    private bool _disposed;

    /// <summary>
    /// A consumer that replaces a lost one starts behind this sequence; null while nothing is read, and the policy decides
    /// again. Not so for <see cref="DeliverPolicy.New"/>, which would then mean a later moment: its place is known from the
    /// start.
    /// </summary>
    private ulong? _resumeAfter;

    private OrderedConsumer(JetStreamStream stream, OrderedConsumerOptions options)
    {
        _stream = stream;
        _options = options;
        _retry = new OrderedRetry(stream.Context.Connection);
    }

    /// <summary>Messages that matched and were not delivered yet when it was created.</summary>
    public ulong InitialPending { get; private set; }

    /// <summary>What the server said of the consumer that feeds it now, when that was created.</summary>
    public ConsumerInfo CachedInfo { get; private set; } = new();

    internal bool IsDisposed => Volatile.Read(ref _disposed);

    /// <summary>The next message; null when it has ended. Does not end it when cancelled.</summary>
    /// <exception cref="JetStreamApiException">The stream is gone (10059).</exception>
    /// <exception cref="NatsConnectionClosedException">The connection was closed by a failure.</exception>
    public async ValueTask<JetStreamMessage?> ReadAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            OrderedRead read = await ReadOrRestartAsync(cancellationToken).ConfigureAwait(false);
            if (!read.Restarted)
                return read.Message;
        }
    }

    /// <summary>The messages, until it ends.</summary>
    public async IAsyncEnumerator<JetStreamMessage> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        try
        {
            while (await ReadAsync(cancellationToken).ConfigureAwait(false) is { } message)
                yield return message;
        }
        finally
        {
            await DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Ends it and deletes its consumer.</summary>
    public async ValueTask DisposeAsync()
    {
        Volatile.Write(ref _disposed, true);
        if (Interlocked.Exchange(ref _feed, null) is { } feed)
            await feed.EndAsync().ConfigureAwait(false);
    }

    internal static async ValueTask<OrderedConsumer> CreateAsync(
        JetStreamStream stream, OrderedConsumerOptions options, CancellationToken cancellationToken)
    {
        OrderedConsumer consumer = new(stream, options);
        ConsumerInfo info = (await consumer.TryStartAsync(cancellationToken).ConfigureAwait(false)).Value;
        consumer.InitialPending = info.Pending;
        if (options.DeliverPolicy == DeliverPolicy.New)
            consumer._resumeAfter = info.Delivered.StreamSequence;
        return consumer;
    }

    /// <summary>
    /// The next message, or the news that the consumer was created again (<see cref="CachedInfo"/> is the new one's);
    /// neither: the end.
    /// </summary>
    internal async ValueTask<OrderedRead> ReadOrRestartAsync(CancellationToken cancellationToken)
    {
        while (!Volatile.Read(ref _disposed))
        {
            if (_feed is not { } feed)
            {
                await RestartAsync(cancellationToken).ConfigureAwait(false);
                return new OrderedRead(null, Restarted: true);
            }

            if (!feed.TryRead(out JetStreamMessage? message))
            {
                if (!await feed.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
                    break;
                continue;
            }

            if (message is not null)
            {
                _resumeAfter = message.StreamSequence;
                return new OrderedRead(message, Restarted: false);
            }

            if (feed.IsBroken)
                await DropFeedAsync(feed).ConfigureAwait(false);
        }

        return default;
    }

    /// <summary>Creates the consumer again, however long that takes; only what cannot get better ends it.</summary>
    private async ValueTask RestartAsync(CancellationToken cancellationToken)
    {
        for (int attempt = 0; ; attempt++)
        {
            NatsResult<ConsumerInfo> started = await TryStartAsync(cancellationToken).ConfigureAwait(false);
            if (started.Success)
                return;
            await _retry.PauseOrThrowAsync(started.Error, attempt, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<NatsResult<ConsumerInfo>> TryStartAsync(CancellationToken cancellationToken)
    {
        OrderedFeed feed = new(_stream, _options.NamePrefix, _options.IdleHeartbeat);
        try
        {
            NatsResult<ConsumerInfo> started =
                await _stream.TryConfigureConsumerAsync(Configuration(feed), null, cancellationToken).ConfigureAwait(false);
            if (!started.TryGetValue(out ConsumerInfo? info))
            {
                feed.Abandon();
                return started;
            }

            OnStarted(feed, info);
            return info;
        }
        catch
        {
            // Cancelled: the server may have created it all the same; without interest it removes it again.
            feed.Abandon();
            throw;
        }
    }

    private void OnStarted(OrderedFeed feed, ConsumerInfo info)
    {
        CachedInfo = info;
        Volatile.Write(ref _feed, feed);
        feed.Start();
        // Disposed meanwhile: nobody else would end this feed.
        if (Volatile.Read(ref _disposed) && Interlocked.Exchange(ref _feed, null) is { } late)
            _ = late.EndAsync().AsTask();
    }

    private async ValueTask DropFeedAsync(OrderedFeed feed)
    {
        if (Interlocked.CompareExchange(ref _feed, null, feed) == feed)
            await feed.EndAsync().ConfigureAwait(false);
    }

    private ConsumerConfig Configuration(OrderedFeed feed)
    {
        bool resumes = _resumeAfter is not null;
        return new ConsumerConfig
        {
            Name = feed.ConsumerName,
            DeliverSubject = feed.DeliverSubject,
            DeliverPolicy = resumes ? DeliverPolicy.ByStartSequence : _options.DeliverPolicy,
            StartSequence = _resumeAfter + 1 ?? _options.StartSequence,
            StartTime = resumes ? null : _options.StartTime,
            AckPolicy = AckPolicy.None,
            MaxDeliver = 1,
            ReplayPolicy = _options.ReplayPolicy,
            FilterSubject = _options.FilterSubjects.Count == 1 ? _options.FilterSubjects[0] : null,
            FilterSubjects = _options.FilterSubjects.Count > 1 ? _options.FilterSubjects : null,
            FlowControl = true,
            IdleHeartbeat = _options.IdleHeartbeat,
            InactiveThreshold = _options.InactiveThreshold,
            HeadersOnly = _options.HeadersOnly,
            MemoryStorage = true,
            Replicas = 1,
        };
    }
}

/// <summary>A message, or the news of a restart; neither at the end.</summary>
internal readonly record struct OrderedRead(JetStreamMessage? Message, bool Restarted);

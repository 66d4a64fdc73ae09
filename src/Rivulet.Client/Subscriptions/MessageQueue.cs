using System.Threading.Channels;

namespace Rivulet.Client;

/// <summary>
/// The messages of a subscription that wait for their reader: filled by the receive loop, emptied by one reader. Bounded
/// by count and by bytes; what does not fit is dropped and counted, because waiting would hold up every other
/// subscription of the connection.
/// </summary>
internal sealed class MessageQueue : SubscriptionTarget
{
    private readonly NatsConnection _connection;
    private readonly Channel<NatsMessage?> _channel =
        Channel.CreateUnbounded<NatsMessage?>();

    private readonly TaskCompletionSource _readToEnd = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int _pendingMessagesMax;
    private readonly long _pendingBytesMax;
    private readonly bool _marksReconnects;
    private int _pendingMessages;
    private long _pendingBytes;
    private long _dropped;
    private bool _dropping;
    private long _lastArrival;

    /// <param name="connection">The connection.</param>
    /// <param name="subject">Subject or filter.</param>
    /// <param name="queueGroup">Queue group, null for none.</param>
    /// <param name="options">Limits.</param>
    /// <param name="marksReconnects">True: the reader gets a null where messages may have been missed.</param>
    public MessageQueue(
        NatsConnection connection,
        string subject,
        string? queueGroup,
        NatsSubscriptionOptions options,
        bool marksReconnects = false)
        : base(subject, queueGroup, options.MaxMessages)
    {
        _connection = connection;
        _pendingMessagesMax = options.PendingMessagesMax ?? connection.Options.PendingMessagesMax;
        _pendingBytesMax = options.PendingBytesMax ?? connection.Options.PendingBytesMax;
        _marksReconnects = marksReconnects;
    }

    /// <summary>Called when messages start to be dropped.</summary>
    public Action? OnDropping { get; init; }

    public int PendingMessages => Volatile.Read(ref _pendingMessages);

    public long DroppedMessages => Volatile.Read(ref _dropped);

    /// <summary>Completes when the reader has read everything and found the end.</summary>
    public Task ReadToEnd => _readToEnd.Task;

    public override void Deliver(in InboundMessage message)
    {
        if (_marksReconnects)
            Touch();
        int size = message.Headers.Length + message.Payload.Length;
        if (_pendingMessages >= _pendingMessagesMax || Volatile.Read(ref _pendingBytes) + size > _pendingBytesMax)
        {
            Drop();
            return;
        }

        _dropping = false;
        Interlocked.Increment(ref _pendingMessages);
        Interlocked.Add(ref _pendingBytes, size);
        _channel.Writer.TryWrite(new NatsMessage(_connection, message));
    }

    public override void Complete(Exception? error) => _channel.Writer.TryComplete(error);

    public override void OnReconnected()
    {
        if (_marksReconnects)
            _channel.Writer.TryWrite(null);
    }

    /// <summary>Something came just now; see <see cref="MarkIfSilent"/>.</summary>
    public void Touch() => Volatile.Write(ref _lastArrival, _connection.Options.TimeProvider.GetTimestamp());

    /// <summary>For a watchdog: leaves a mark for the reader if nothing came for longer than a time.</summary>
    public void MarkIfSilent(TimeSpan silenceMax)
    {
        if (_connection.Options.TimeProvider.GetElapsedTime(Volatile.Read(ref _lastArrival)) <= silenceMax)
            return;
        Touch();
        _channel.Writer.TryWrite(null);
    }

    /// <summary>For the reader: takes what is there. A null message marks a reconnect.</summary>
    public bool TryRead(out NatsMessage? message)
    {
        if (!_channel.Reader.TryRead(out message))
            return false;
        if (message is not null)
        {
            Interlocked.Decrement(ref _pendingMessages);
            Interlocked.Add(ref _pendingBytes, -message.SizeBytes);
        }

        return true;
    }

    /// <summary>For the reader: waits until there is something. False: the end.</summary>
    /// <exception cref="Exception">The error that the subscription ended with, after everything before it is read.</exception>
    public async ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken)
    {
        bool more = false;
        try
        {
            more = await _channel.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false);
            return more;
        }
        finally
        {
            if (!more && _channel.Reader.Completion.IsCompleted)
                _readToEnd.TrySetResult();
        }
    }

    /// <summary>For the reader: the next message, or why there is none.</summary>
    /// <param name="timeout">The longest wait; negative for no limit.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<QueueRead> ReadAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (TryRead(out NatsMessage? waiting))
            return QueueRead.Of(waiting);
        using CancellationTokenSource clock = new(
            timeout < TimeSpan.Zero ? Timeout.InfiniteTimeSpan : timeout, _connection.Options.TimeProvider);
        using CancellationTokenSource either =
            CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, clock.Token);
        try
        {
            while (await WaitToReadAsync(either.Token).ConfigureAwait(false))
            {
                if (TryRead(out NatsMessage? message))
                    return QueueRead.Of(message);
            }

            return new QueueRead(QueueReadKind.Ended, null);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new QueueRead(QueueReadKind.TimedOut, null);
        }
    }

    /// <summary>Drops what waits: nobody will read it.</summary>
    public void Abandon()
    {
        Complete(null);
        while (TryRead(out _))
        {
        }

        _readToEnd.TrySetResult();
    }

    private void Drop()
    {
        Volatile.Write(ref _dropped, _dropped + 1);
        _connection.CountDropped();
        if (_dropping)
            return;
        _dropping = true;
        OnDropping?.Invoke();
    }
}

/// <summary>What a read of a queue found.</summary>
internal enum QueueReadKind
{
    /// <summary>A message.</summary>
    Message,

    /// <summary>A mark: messages may have been missed here.</summary>
    Mark,

    /// <summary>Nothing in time.</summary>
    TimedOut,

    /// <summary>The end: there will be no more.</summary>
    Ended,
}

/// <summary>What a read of a queue found, and the message if it is one.</summary>
internal readonly record struct QueueRead(QueueReadKind Kind, NatsMessage? Message)
{
    public static QueueRead Of(NatsMessage? message) =>
        new(message is null ? QueueReadKind.Mark : QueueReadKind.Message, message);
}

using System.Buffers.Text;

namespace Rivulet.Client.JetStream;

/// <summary>
/// One server-side consumer of an <see cref="OrderedConsumer"/>, from its creation to the first loss: the subscription that
/// it delivers to, the check of its sequence, the answers to flow control. Belongs to the reader; only the watchdog's clock
/// comes in from elsewhere, through the queue.
/// </summary>
internal sealed class OrderedFeed
{
    /// <summary>Heartbeats that may be missing before the consumer counts as lost.</summary>
    private const int MissedHeartbeatsMax = 3;

    private static readonly NatsSubscriptionOptions Unbounded =
        new() { PendingMessagesMax = int.MaxValue, PendingBytesMax = long.MaxValue };

    private static readonly TimeSpan DeleteTimeout = TimeSpan.FromSeconds(2);

    private readonly JetStreamStream _stream;
    private readonly NatsConnection _connection;
    private readonly MessageQueue _queue;
    private readonly ITimer _watchdog;
    private readonly TimeSpan _heartbeat;
    private ulong _lastConsumerSequence;
    private bool _started;
    private int _ended;

    /// <summary>Subscribes, so that the consumer finds interest from its first message on.</summary>
    public OrderedFeed(JetStreamStream stream, string? namePrefix, TimeSpan heartbeat)
    {
        _stream = stream;
        _connection = stream.Context.Connection;
        _heartbeat = heartbeat;
        ConsumerName = namePrefix + _connection.NewId();
        DeliverSubject = _connection.NewInbox();
        _queue = new MessageQueue(_connection, DeliverSubject, null, Unbounded, marksReconnects: true);
        _watchdog = _connection.Options.TimeProvider.CreateTimer(
            static state => ((OrderedFeed)state!).OnWatchdog(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _connection.Subscribe(_queue);
    }

    public string ConsumerName { get; }

    public string DeliverSubject { get; }

    /// <summary>True once messages may have been missed: the consumer is of no use any more.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>The consumer exists: its heartbeats are watched from now on.</summary>
    public void Start()
    {
        _started = true;
        _queue.Touch();
        TimeSpan period = _heartbeat > TimeSpan.Zero ? _heartbeat : Timeout.InfiniteTimeSpan;
        _watchdog.Change(period, period);
    }

    /// <summary>Takes what came next. Null: it was not a message, or the feed is broken.</summary>
    public bool TryRead(out JetStreamMessage? message)
    {
        message = null;
        if (!_queue.TryRead(out NatsMessage? received))
            return false;
        if (received is null)
            IsBroken = true;
        else if (received.Status != 0)
            OnStatus(received);
        else if (JetStreamMessage.TryFrom(received) is { } delivered)
            message = InOrder(delivered);
        return true;
    }

    /// <summary>Waits until something came. False: the connection is closed, or the feed has ended.</summary>
    public ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken) =>
        _queue.WaitToReadAsync(cancellationToken);

    /// <summary>Ends the subscription.</summary>
    public void Abandon()
    {
        _watchdog.Dispose();
        _connection.Unsubscribe(_queue);
        _queue.Abandon();
    }

    /// <summary>
    /// Ends the subscription and deletes the consumer. A delete that fails does no harm: the server removes a consumer
    /// without interest by itself.
    /// </summary>
    public async ValueTask EndAsync()
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0)
            return;
        Abandon();
        if (!_started || _connection.State != NatsConnectionState.Open)
            return;
        using CancellationTokenSource limit = new(DeleteTimeout, _connection.Options.TimeProvider);
        try
        {
            await _stream.TryDeleteConsumerAsync(ConsumerName, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // No answer in time.
        }
    }

    private JetStreamMessage? InOrder(JetStreamMessage delivered)
    {
        if (delivered.ConsumerSequence != _lastConsumerSequence + 1)
        {
            IsBroken = true;
            return null;
        }

        _lastConsumerSequence = delivered.ConsumerSequence;
        return delivered;
    }

    /// <summary>
    /// A flow control request is answered when the reader gets to it: that is how the server learns its pace. A heartbeat
    /// says how far the server is, and what request it still waits for.
    /// </summary>
    private void OnStatus(NatsMessage status)
    {
        if (status.Status != 100)
        {
            IsBroken = true;
            return;
        }

        if (!status.ReplyToBytes.IsEmpty)
        {
            Answer(status.ReplyToBytes);
            return;
        }

        if (status.HeaderBlock.TryGet("Nats-Consumer-Stalled"u8, out ReadOnlySpan<byte> stalled))
            Answer(stalled);
        if (status.HeaderBlock.TryGet("Nats-Last-Consumer"u8, out ReadOnlySpan<byte> last)
            && Utf8Parser.TryParse(last, out ulong lastConsumerSequence, out _)
            && lastConsumerSequence != _lastConsumerSequence)
            IsBroken = true;
    }

    private void Answer(ReadOnlySpan<byte> subject) =>
        _connection.Outbound.Append(new OutboundPublish(subject, default, default, default), AppendKind.Always, out _);

    private void OnWatchdog() => _queue.MarkIfSilent(_heartbeat * MissedHeartbeatsMax);
}

namespace Rivulet.Client.JetStream;

/// <summary>
/// How much an endless pull has asked for and not received yet, and so when to ask for more. Belongs to one reader.
/// </summary>
internal sealed class PullFlow
{
    /// <summary>Heartbeats that may be missing before what was asked for counts as lost.</summary>
    private const int MissedHeartbeatsMax = 3;

    private readonly JetStreamConsumer _consumer;
    private readonly ConsumeOptions _options;
    private readonly TimeProvider _time;
    private readonly TimeSpan _heartbeat;
    private readonly int _threshold;
    private int _asked;
    private long _nobodySince;

    public PullFlow(JetStreamConsumer consumer, ConsumeOptions options, TimeSpan heartbeat)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxMessages, 1);
        _consumer = consumer;
        _options = options;
        _heartbeat = heartbeat;
        _time = consumer.Context.Connection.Options.TimeProvider;
        _threshold = options.ThresholdMessages > 0
            ? Math.Min(options.ThresholdMessages, options.MaxMessages - 1)
            : options.MaxMessages / 2;
    }

    /// <summary>Silence after which what was asked for counts as lost.</summary>
    public TimeSpan SilenceMax => _heartbeat * MissedHeartbeatsMax;

    /// <summary>The pull to send now; null while enough is on its way.</summary>
    public PullRequest? NextRequest()
    {
        if (_asked > _threshold)
            return null;
        int batch = _options.MaxMessages - _asked;
        _asked = _options.MaxMessages;
        return new PullRequest
        {
            Batch = batch,
            Expires = _options.Expires,
            IdleHeartbeat = _heartbeat,
            Group = _options.Group,
        };
    }

    /// <summary>What was asked for is lost.</summary>
    public void Restart() => _asked = 0;

    public void OnMessage()
    {
        _asked = Math.Max(0, _asked - 1);
        _nobodySince = 0;
    }

    /// <summary>A status came. True: pause before the next pull.</summary>
    /// <exception cref="NatsException">The consumer is gone, or refuses.</exception>
    public bool OnStatus(NatsMessage message)
    {
        switch (PullStatus.Classify(message))
        {
            case PullStatusKind.Heartbeat:
                return false;
            case PullStatusKind.Ended:
                _asked = Math.Max(0, _asked - PullStatus.Undelivered(message));
                _nobodySince = 0;
                return false;
            case PullStatusKind.NoResponders:
                OnNobody();
                return true;
            default:
                throw PullStatus.ToException(message);
        }
    }

    /// <summary>After a restart the server may need a moment before its consumers answer; later than that it is gone.</summary>
    private void OnNobody()
    {
        _asked = 0;
        long now = _time.GetTimestamp();
        if (_nobodySince == 0)
            _nobodySince = now;
        else if (_time.GetElapsedTime(_nobodySince, now) > _consumer.Context.Connection.Options.RequestTimeout)
            throw new NatsNoRespondersException($"consumer {_consumer.Name} of stream {_consumer.Stream}");
    }
}

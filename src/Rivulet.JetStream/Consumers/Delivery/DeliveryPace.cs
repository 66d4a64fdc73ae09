using Rivulet.JetStream.Consumers.Configuration;

namespace Rivulet.JetStream.Consumers.Delivery;

/// <summary>
/// Says when a message may go out, for consumers that do not take them as fast as they can: those that replay the stream
/// at its original pace until they have caught up, and those with a rate limit. Only the pump uses it.
/// </summary>
internal sealed class DeliveryPace
{
    // A burst of this size goes out at once; what comes on top waits.
    private const long BurstBytes = 1024 * 1024;

    private readonly ulong _replayUpTo;
    private double _nanosPerByte;
    private long _paidUntilNanos;
    private long _lastStoredNanos;
    private long _lastSentNanos;

    /// <summary>For a consumer that starts now.</summary>
    /// <param name="config">Its configuration.</param>
    /// <param name="lastSequence">Last message of the stream now: from the next one on there is no replay.</param>
    public DeliveryPace(ConsumerConfig config, ulong lastSequence)
    {
        _replayUpTo = config.ReplayPolicy == ReplayPolicy.Original ? lastSequence : 0;
        Reconfigure(config);
    }

    /// <summary>Whether messages may have to wait.</summary>
    public bool IsPaced => _nanosPerByte > 0 || _replayUpTo > 0;

    /// <summary>Takes another rate from now on.</summary>
    public void Reconfigure(ConsumerConfig config) =>
        _nanosPerByte = config.RateLimitBitsPerSecond == 0
            ? 0
            : 8.0 * Nanos.PerSecond / config.RateLimitBitsPerSecond;

    /// <summary>When a message may go, nanoseconds since 1970; not later than now if it may go at once.</summary>
    /// <param name="sequence">Its sequence.</param>
    /// <param name="storedNanos">When it was stored, nanoseconds since 1970.</param>
    public long ReadyAtNanos(ulong sequence, long storedNanos)
    {
        long ready = 0;
        bool replays = sequence <= _replayUpTo && _lastSentNanos > 0;
        if (replays && storedNanos - _lastStoredNanos > Nanos.PerMillisecond)
            ready = Nanos.SaturatingAdd(_lastSentNanos, storedNanos - _lastStoredNanos);
        if (_nanosPerByte > 0)
            ready = Math.Max(ready, _paidUntilNanos - (long)(BurstBytes * _nanosPerByte));
        return ready;
    }

    /// <summary>Notes that a message goes out.</summary>
    public void Sent(long storedNanos, int sizeBytes, long nowNanos)
    {
        _lastStoredNanos = storedNanos;
        _lastSentNanos = nowNanos;
        if (_nanosPerByte > 0)
            _paidUntilNanos = Math.Max(_paidUntilNanos, nowNanos) + (long)(sizeBytes * _nanosPerByte);
    }
}

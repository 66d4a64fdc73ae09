namespace Rivulet.Server.Tls;

/// <summary>Lets a number of handshakes through in each second and counts the rest. Thread-safe.</summary>
/// <param name="perSecond">How many.</param>
internal sealed class ConnectionRate(long perSecond)
{
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private long _startedAt;
    private bool _hasStarted;
    private long _count;

    /// <summary>Whether one more may begin.</summary>
    public bool TryTake(TimeProvider time)
    {
        lock (_lock)
        {
            if (!_hasStarted || time.GetElapsedTime(_startedAt) > Span)
            {
                _hasStarted = true;
                _startedAt = time.GetTimestamp();
                _count = 0;
            }

            return ++_count <= perSecond;
        }
    }
}

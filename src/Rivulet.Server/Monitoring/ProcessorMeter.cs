namespace Rivulet.Server.Monitoring;

/// <summary>Measures the processor time of this process between two looks, in percent of one processor. Thread-safe.</summary>
internal sealed class ProcessorMeter
{
    private static readonly TimeSpan SpanMin = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private DateTimeOffset _at;
    private TimeSpan _used;
    private double _percent;

    /// <summary>The share since the last look, or what that look found if it was just now.</summary>
    public double Percent(DateTimeOffset now)
    {
        var used = Environment.CpuUsage.TotalTime;
        lock (_lock)
        {
            var span = now - _at;
            if (_at == default || span >= SpanMin)
            {
                _percent = _at == default ? 0 : Math.Round(100 * (used - _used) / span, 1);
                _at = now;
                _used = used;
            }

            return _percent;
        }
    }
}

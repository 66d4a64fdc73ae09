namespace Rivulet.JetStream.Api;

/// <summary>Counts API requests. Any thread may count and read; the figures are exact, but not one snapshot.</summary>
public sealed class ApiStatistics
{
    private long _total;
    private long _errors;
    private long _dropped;

    /// <summary>Requests handled.</summary>
    public long Total => Interlocked.Read(ref _total);

    /// <summary>Requests that were answered with an error.</summary>
    public long Errors => Interlocked.Read(ref _errors);

    /// <summary>Requests dropped because too many were waiting.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    internal void CountRequest(bool failed)
    {
        Interlocked.Increment(ref _total);
        if (failed)
            Interlocked.Increment(ref _errors);
    }

    internal void CountDropped() => Interlocked.Increment(ref _dropped);
}

namespace Rivulet.Server.Monitoring;

/// <summary>Counts requests by page. Thread-safe.</summary>
internal sealed class PageCounters
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);

    /// <summary>Counts a request. Only for pages that exist: what clients make up must not pile up here.</summary>
    public void Count(string path)
    {
        lock (_lock)
            _counts[path] = _counts.GetValueOrDefault(path) + 1;
    }

    /// <summary>The counts at this moment, by path.</summary>
    public KeyValuePair<string, long>[] Snapshot()
    {
        lock (_lock)
            return [.. _counts];
    }
}

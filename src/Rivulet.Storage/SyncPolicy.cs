namespace Rivulet.Storage;

/// <summary>When a file store syncs what it has written, and so what "committed" promises.</summary>
public readonly record struct SyncPolicy
{
    private SyncPolicy(TimeSpan interval) => SyncInterval = interval;

    /// <summary>Every commit is synced: committed data survives a power cut. The default.</summary>
    public static SyncPolicy Always => default;

    /// <summary>How long written data may stay unsynced; zero when every commit is synced.</summary>
    public TimeSpan SyncInterval { get; }

    /// <summary>Whether every commit is synced.</summary>
    public bool IsAlways => SyncInterval == TimeSpan.Zero;

    /// <summary>
    /// A commit is written to the operating system and synced later: committed data survives the death of the process,
    /// and a power cut takes back at most this much time. Sequences taken back are not given out again.
    /// </summary>
    /// <param name="interval">The longest time that written data stays unsynced; above zero.</param>
    public static SyncPolicy Interval(TimeSpan interval)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        return new SyncPolicy(interval);
    }

    /// <inheritdoc/>
    public override string ToString() => IsAlways ? "always" : SyncInterval.ToString();
}

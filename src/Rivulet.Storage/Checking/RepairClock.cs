namespace Rivulet.Storage.Checking;

/// <summary>The clock of a store that is being written anew: streams are created in it when they once were.</summary>
internal sealed class RepairClock : TimeProvider
{
    private const long NanosPerTick = 100;

    /// <summary>The time, in nanoseconds since the Unix epoch.</summary>
    public long NowNanos { get; set; }

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddTicks(NowNanos / NanosPerTick);
}

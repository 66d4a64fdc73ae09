namespace Rivulet.Server.Host.Memory;

/// <summary>The memory of this process.</summary>
/// <param name="server">The server that it runs.</param>
internal sealed class OwnMemory(NatsServer server) : IProcessMemory
{
    /// <inheritdoc/>
    public long ResidentBytes => Environment.WorkingSet;

    /// <inheritdoc/>
    public long HeapBytes => GC.GetGCMemoryInfo(GCKind.Any).HeapSizeBytes;

    /// <inheritdoc/>
    public TimeSpan ProcessorTime => Environment.CpuUsage.TotalTime;

    /// <inheritdoc/>
    public int Connections => server.ConnectionCount;

    /// <inheritdoc/>
    public void Collect(bool inOnePause)
    {
        if (inOnePause)
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        else
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false);
    }
}

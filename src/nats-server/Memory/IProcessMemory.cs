namespace Rivulet.Server.Host.Memory;

/// <summary>The memory of a process, as far as it can be told and given back.</summary>
internal interface IProcessMemory
{
    /// <summary>Memory in use, in bytes.</summary>
    long ResidentBytes { get; }

    /// <summary>Bytes on the heap, garbage included, when the collector last ran.</summary>
    long HeapBytes { get; }

    /// <summary>Time that all its threads have run.</summary>
    TimeSpan ProcessorTime { get; }

    /// <summary>Connections of clients, which hold memory.</summary>
    int Connections { get; }

    /// <summary>Has the collector run over everything, and give back what it can.</summary>
    /// <param name="inOnePause">Whether all threads may be stopped meanwhile.</param>
    void Collect(bool inOnePause);
}

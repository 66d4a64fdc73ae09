using System.Text.Json;

namespace Rivulet.Server.Monitoring.Pages;

/// <summary>
/// What the reference server tells of its runtime: figures of memory, under its names where they are the same thing here, and profiles,
/// of which there are none.
/// </summary>
internal static class RuntimePages
{
    /// <summary>Writes the figures of memory.</summary>
    public static void WriteVariables(Utf8JsonWriter json)
    {
        var memory = GC.GetGCMemoryInfo();
        json.WriteStartArray("cmdline");
        json.WriteStringValue(Environment.ProcessPath ?? "");
        json.WriteEndArray();
        json.WriteStartObject("memstats");
        json.WriteNumber("Alloc", GC.GetTotalMemory(forceFullCollection: false));
        json.WriteNumber("TotalAlloc", GC.GetTotalAllocatedBytes());
        json.WriteNumber("Sys", Environment.WorkingSet);
        json.WriteNumber("HeapAlloc", GC.GetTotalMemory(forceFullCollection: false));
        json.WriteNumber("HeapSys", memory.TotalCommittedBytes);
        json.WriteNumber("PauseTotalNs", GC.GetTotalPauseDuration().Ticks * TimeSpan.NanosecondsPerTick);
        json.WriteNumber("NumGC", GC.CollectionCount(0));
        json.WriteEndObject();
    }

    /// <summary>Writes that there is no such profile.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="name">The profile that was asked for.</param>
    public static void WriteProfile(Utf8JsonWriter json, string name)
    {
        json.WriteNull("profile");
        json.WriteString("error", name.Length == 0 ? "Profile name not specified" : $"Profile \"{name}\" not found");
    }
}

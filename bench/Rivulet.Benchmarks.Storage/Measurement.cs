using System.Diagnostics;
using System.Globalization;

namespace Rivulet.Benchmarks.Storage;

/// <summary>What something cost, of the whole process, for each of so many operations.</summary>
internal readonly record struct Measurement(int Count, TimeSpan Elapsed, TimeSpan Cpu, long AllocatedBytes)
{
    public double PerSecond => Count / Elapsed.TotalSeconds;

    public double Nanos => Elapsed.TotalNanoseconds / Count;

    public double CpuNanos => Cpu.TotalNanoseconds / Count;

    public double Allocated => (double)AllocatedBytes / Count;

    public static Measurement Of(int count, Action action)
    {
        long allocated = GC.GetTotalAllocatedBytes(precise: true);
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();
        action();
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        return new Measurement(
            count, elapsed, Environment.CpuUsage.TotalTime - cpu, GC.GetTotalAllocatedBytes(precise: true) - allocated);
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{PerSecond,12:N0} a second  {Nanos,8:N0} ns  cpu {CpuNanos,7:N0} ns  {Allocated,7:N2} B allocated");
}

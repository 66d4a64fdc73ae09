namespace Rivulet.Benchmarks.Growth;

/// <summary>What so many operations cost the server, and how long whoever asked had to wait.</summary>
internal readonly record struct Measurement(long Count, TimeSpan Elapsed, TimeSpan Cpu, double P50Micros, double P99Micros)
{
    public double PerSecond => Count / Elapsed.TotalSeconds;

    public double CpuMicros => Cpu.TotalMicroseconds / Count;
}

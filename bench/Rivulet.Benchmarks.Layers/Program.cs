using BenchmarkDotNet.Running;
using Rivulet.Benchmarks.Layers;

if (args is ["quick", ..])
    QuickRun.Run();
else
    BenchmarkSwitcher.FromAssembly(typeof(QuickRun).Assembly).Run(args);

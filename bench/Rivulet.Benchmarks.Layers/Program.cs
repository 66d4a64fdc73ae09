using BenchmarkDotNet.Running;
using Rivulet.Benchmarks.Layers;

if (args is ["quick", ..])
    QuickRun.Run();
else if (args is ["watchers", ..])
    WatcherRun.Run(args[1..]);
else if (args is ["buckets", ..])
    BucketRequestRun.Run(args[1..]);
else
    BenchmarkSwitcher.FromAssembly(typeof(QuickRun).Assembly).Run(args);

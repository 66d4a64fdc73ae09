using BenchmarkDotNet.Running;
using Rivulet.Benchmarks.Storage;

if (args is ["quick", ..])
    QuickRun.Run(args.Length > 1 ? int.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture) : 1_000_000);
else
    BenchmarkSwitcher.FromAssembly(typeof(QuickRun).Assembly).Run(args);

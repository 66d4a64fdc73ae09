using System.Globalization;
using BenchmarkDotNet.Running;
using Rivulet.Benchmarks.Storage;

int keys = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 1_000_000;
if (args is ["quick", ..])
    QuickRun.Run(keys);
else if (args is ["index", ..])
    IndexRun.Run(keys);
else if (args is ["space", ..])
    SpaceRun.Run(keys);
else
    BenchmarkSwitcher.FromAssembly(typeof(QuickRun).Assembly).Run(args);

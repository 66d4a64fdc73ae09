using System.Globalization;
using BenchmarkDotNet.Running;
using Rivulet.Benchmarks.Storage;

int[] counts = [.. args.Skip(1).TakeWhile(arg => int.TryParse(arg, CultureInfo.InvariantCulture, out _)).Select(arg => int.Parse(arg, CultureInfo.InvariantCulture))];
int keys = counts is [int first, ..] ? first : 1_000_000;
switch (args)
{
    case ["quick", ..]:
        QuickRun.Run(keys);
        break;
    case ["index", ..]:
        IndexRun.Run(keys);
        break;
    case ["space", ..]:
        SpaceRun.Run(keys);
        break;
    case ["recovery", ..]:
        RecoveryRun.Run(keys);
        break;
    case ["suite", ..]:
        SuiteRun.Run(counts.Length > 0 ? counts : [10_000, 1_000_000, 10_000_000], rounds: 3);
        break;
    case ["once", ..]:
        SuiteRun.Run(counts.Length > 0 ? counts : [10_000, 1_000_000, 10_000_000], rounds: 1);
        break;
    case ["case", _, string sizes, string streams]:
        await new SuiteCase(new KeySpace(keys, Enum.Parse<ValueSizes>(sizes)), int.Parse(streams, CultureInfo.InvariantCulture)).RunAsync();
        break;
    default:
        BenchmarkSwitcher.FromAssembly(typeof(QuickRun).Assembly).Run(args);
        break;
}

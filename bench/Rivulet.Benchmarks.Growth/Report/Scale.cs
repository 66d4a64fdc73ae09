using System.Globalization;

namespace Rivulet.Benchmarks.Growth.Report;

/// <summary>Where a value lies between the ends of an axis, and which values are marked on it.</summary>
internal sealed class Scale
{
    // A linear axis would press the small values of a wider range onto the ground.
    private const double LinearRatioMax = 30;

    private readonly bool _isLog;
    private readonly double _min;
    private readonly double _max;

    private Scale(double min, double max, bool isLog, IReadOnlyList<double> marks)
    {
        (_min, _max, _isLog, Marks) = (min, max, isLog, marks);
    }

    public IReadOnlyList<double> Marks { get; }

    /// <summary>From the first point to the last, logarithmic, with a mark at each.</summary>
    public static Scale OfPoints(IReadOnlyCollection<double> points) => new(points.Min(), points.Max(), isLog: true, [.. points.Order()]);

    /// <summary>From zero, in round steps; if the values differ by more than that shows, from a power of ten to another.</summary>
    public static Scale OfValues(IReadOnlyCollection<double> values)
    {
        double least = values.Min();
        double most = values.Max() > 0 ? values.Max() : 1;
        return least > 0 && most / least > LinearRatioMax ? Powers(least, most) : Rounds(Math.Min(least, 0), most);
    }

    /// <summary>0 at the low end, 1 at the high one.</summary>
    public double PlaceOf(double value) => _max == _min ? 0.5
        : _isLog ? Math.Log(value / _min) / Math.Log(_max / _min)
        : (value - _min) / (_max - _min);

    /// <summary>Three digits that count, and thousands set apart.</summary>
    public static string Text(double value) => value.ToString(
        Math.Abs(value) switch { >= 100 or 0 => "N0", >= 10 => "0.#", >= 1 => "0.##", _ => "0.###" }, CultureInfo.InvariantCulture);

    private static Scale Powers(double least, double most)
    {
        int from = (int)Math.Floor(Math.Log10(least));
        int to = (int)Math.Ceiling(Math.Log10(most));
        return new Scale(
            Math.Pow(10, from), Math.Pow(10, to), isLog: true, [.. Enumerable.Range(from, to - from + 1).Select(power => Math.Pow(10, power))]);
    }

    private static Scale Rounds(double least, double most)
    {
        double step = RoundStep((most - least) / 4);
        double from = Math.Floor(least / step) * step;
        int steps = (int)Math.Ceiling((most - from) / step);
        return new Scale(from, from + (steps * step), isLog: false, [.. Enumerable.Range(0, steps + 1).Select(i => from + (i * step))]);
    }

    // The next of 1, 2, 2.5, 5 and 10 times a power of ten.
    private static double RoundStep(double atLeast)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(atLeast)));
        return power * new[] { 1, 2, 2.5, 5, 10 }.First(factor => factor * power >= atLeast * 0.999);
    }
}

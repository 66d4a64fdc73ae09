using Rivulet.Benchmarks.Growth.Report;

namespace Rivulet.Benchmarks.Tests;

/// <summary>The axes of the plots.</summary>
public class ScaleTests
{
    [Fact]
    public void Points_lie_evenly_if_each_is_ten_times_the_one_before()
    {
        Scale scale = Scale.OfPoints([1, 10, 100, 1000]);
        Assert.Equal([1, 10, 100, 1000], scale.Marks);
        Assert.Equal(0, scale.PlaceOf(1));
        Assert.Equal(1.0 / 3, scale.PlaceOf(10), 9);
        Assert.Equal(1, scale.PlaceOf(1000), 9);
    }

    [Fact]
    public void Values_of_one_size_are_seen_from_zero_in_round_steps()
    {
        Scale scale = Scale.OfValues([3.1, 7.4]);
        Assert.Equal([0, 2, 4, 6, 8], scale.Marks);
        Assert.Equal(0.5, scale.PlaceOf(4));
    }

    [Fact]
    public void Values_of_many_sizes_are_seen_in_powers_of_ten()
    {
        Scale scale = Scale.OfValues([0.2, 30, 4000]);
        Assert.Equal([0.1, 1, 10, 100, 1000, 10000], scale.Marks.Select(mark => Math.Round(mark, 6)));
        Assert.Equal(0.4, scale.PlaceOf(10), 9);
    }

    [Fact]
    public void A_value_below_zero_is_on_the_axis()
    {
        Scale scale = Scale.OfValues([-3, 10]);
        Assert.InRange(scale.PlaceOf(-3), 0, 1);
        Assert.Contains(0, scale.Marks);
    }

    [Fact]
    public void Nothing_but_zeros_still_has_an_axis()
    {
        Scale scale = Scale.OfValues([0, 0]);
        Assert.Equal(0, scale.PlaceOf(0));
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(0.0456, "0.046")]
    [InlineData(3.14159, "3.14")]
    [InlineData(31.4159, "31.4")]
    [InlineData(314159.2, "314,159")]
    public void Figures_have_the_digits_that_count(double value, string text) => Assert.Equal(text, Scale.Text(value));
}

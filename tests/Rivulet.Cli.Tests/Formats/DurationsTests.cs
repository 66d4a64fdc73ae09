using Rivulet.Cli.Formats;

namespace Rivulet.Cli.Tests.Formats;

public sealed class DurationsTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("1ns", 1)]
    [InlineData("5us", 5_000)]
    [InlineData("5µs", 5_000)]
    [InlineData("250ms", 250_000_000)]
    [InlineData("1.5s", 1_500_000_000)]
    [InlineData("2m", 120_000_000_000)]
    [InlineData("1h30m", 5_400_000_000_000)]
    [InlineData("1d", 86_400_000_000_000)]
    [InlineData("1w", 604_800_000_000_000)]
    [InlineData("1M", 2_592_000_000_000_000)]
    [InlineData("1y2d", (365L + 2) * 86_400_000_000_000)]
    [InlineData("-1s", -1_000_000_000)]
    [InlineData(" 1s ", 1_000_000_000)]
    public void A_duration_is_read(string text, long nanos) => Assert.Equal(nanos, Durations.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("s")]
    [InlineData("1x")]
    [InlineData("1s2")]
    [InlineData("--1s")]
    [InlineData("1..5s")]
    [InlineData("300y")]
    [InlineData("99999999999999999999999999s")]
    [InlineData("99999999999999999999y")]
    public void What_is_no_duration_is_refused(string text)
    {
        var refused = Assert.Throws<CliException>(() => Durations.Parse(text));
        Assert.StartsWith("invalid duration", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(1, "1ns")]
    [InlineData(104_000, "104µs")]
    [InlineData(414_658, "414.658µs")]
    [InlineData(99_000_000, "99ms")]
    [InlineData(1_288_762, "1.288762ms")]
    [InlineData(1_500_000_000, "1.5s")]
    [InlineData(60_000_000_000, "1m0s")]
    [InlineData(3_600_000_000_000, "1h0m0s")]
    [InlineData(-1_500_000_000, "-1.5s")]
    [InlineData(long.MinValue, "-2562047h47m16.854775808s")]
    public void The_exact_form_has_every_digit(long nanos, string text) => Assert.Equal(text, Durations.Exact(nanos));

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(104_400, "104µs")]
    [InlineData(104_500, "105µs")]
    [InlineData(999_900, "1ms")]
    [InlineData(99_400_000, "99ms")]
    [InlineData(30_000_000_000, "30.00s")]
    [InlineData(1_234_000_000, "1.23s")]
    [InlineData(90_000_000_000, "1m30s")]
    [InlineData(3_600_000_000_000, "1h0m0s")]
    [InlineData(90_000_000_000_000, "1d1h0m0s")]
    [InlineData(400L * 86_400_000_000_000, "1y35d0h0m0s")]
    [InlineData(long.MaxValue, "never")]
    public void The_short_form_is_rounded(long nanos, string text) => Assert.Equal(text, Durations.Short(nanos));
}

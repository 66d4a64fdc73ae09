using Rivulet.Cli.Formats;

namespace Rivulet.Cli.Tests.Formats;

public sealed class ByteSizesTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("120", 120)]
    [InlineData("120B", 120)]
    [InlineData("1k", 1024)]
    [InlineData("1KB", 1024)]
    [InlineData("1KiB", 1024)]
    [InlineData("16m", 16 << 20)]
    [InlineData("1G", 1 << 30)]
    [InlineData("2TB", 2L << 40)]
    [InlineData("-1", -1)]
    [InlineData("", -1)]
    public void A_size_is_read_in_powers_of_1024(string text, long count) => Assert.Equal(count, ByteSizes.Parse(text, long.MaxValue));

    [Theory]
    [InlineData("k")]
    [InlineData("1.5k")]
    [InlineData("1 k")]
    [InlineData("1PB")]
    [InlineData("1kibi")]
    public void What_is_no_size_is_refused(string text)
    {
        var refused = Assert.Throws<CliException>(() => ByteSizes.Parse(text, long.MaxValue));
        Assert.Equal($"invalid bytes specification {text}: bytes must end in B, K, KB, M, MB, G, GB, T or TB", refused.Message);
    }

    [Theory]
    [InlineData("2147483648", int.MaxValue, "2,147,483,647")]
    [InlineData("2G", int.MaxValue, "2,147,483,647")]
    [InlineData("99999999T", long.MaxValue, "9,223,372,036,854,775,807")]
    [InlineData("9223372036854775808", long.MaxValue, "9,223,372,036,854,775,807")]
    public void A_size_past_the_largest_is_refused(string text, long max, string shown)
    {
        var refused = Assert.Throws<CliException>(() => ByteSizes.Parse(text, max));
        Assert.Equal($"bytes value out of allowed range: maximum value {shown}", refused.Message);
    }

    [Theory]
    [InlineData(0UL, "0 B")]
    [InlineData(156UL, "156 B")]
    [InlineData(1023UL, "1023 B")]
    [InlineData(1024UL, "1.0 KiB")]
    [InlineData(1_536UL, "1.5 KiB")]
    [InlineData(10_188UL, "9.9 KiB")]
    [InlineData(16_384UL, "16 KiB")]
    [InlineData(300_000UL, "293 KiB")]
    [InlineData(1UL << 20, "1.0 MiB")]
    [InlineData(1UL << 30, "1.0 GiB")]
    [InlineData(ulong.MaxValue, "16 EiB")]
    public void A_size_is_shown_with_one_decimal_below_ten(ulong count, string text) => Assert.Equal(text, ByteSizes.Format(count));
}

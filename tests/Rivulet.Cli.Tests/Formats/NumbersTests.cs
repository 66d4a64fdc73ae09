using Rivulet.Cli.Formats;

namespace Rivulet.Cli.Tests.Formats;

public sealed class NumbersTests
{
    [Theory]
    [InlineData(0, "0")]
    [InlineData(999, "999")]
    [InlineData(1_000, "1,000")]
    [InlineData(-1_234_567, "-1,234,567")]
    public void Thousands_are_divided_by_commas(long value, string text) => Assert.Equal(text, Numbers.WithCommas(value));

    [Fact]
    public void A_number_past_the_signed_range_has_no_commas() => Assert.Equal("18446744073709551615", Numbers.WithCommas(ulong.MaxValue));

    [Theory]
    [InlineData("0", 0UL)]
    [InlineData("42", 42UL)]
    [InlineData("0x10", 16UL)]
    [InlineData("0b11", 3UL)]
    [InlineData("0o17", 15UL)]
    [InlineData("017", 15UL)]
    [InlineData("18446744073709551615", ulong.MaxValue)]
    public void An_unsigned_number_is_read(string text, ulong value) => Assert.Equal(value, Numbers.ParseUnsigned(text));

    [Theory]
    [InlineData("abc", "strconv.ParseUint: parsing \"abc\": invalid syntax")]
    [InlineData("", "strconv.ParseUint: parsing \"\": invalid syntax")]
    [InlineData("-1", "strconv.ParseUint: parsing \"-1\": invalid syntax")]
    [InlineData("08", "strconv.ParseUint: parsing \"08\": invalid syntax")]
    [InlineData("18446744073709551616", "strconv.ParseUint: parsing \"18446744073709551616\": value out of range")]
    [InlineData("99999999999999999999999999999999999999999", "strconv.ParseUint: parsing \"99999999999999999999999999999999999999999\": value out of range")]
    public void What_is_no_unsigned_number_is_refused(string text, string message) =>
        Assert.Equal(message, Assert.Throws<CliException>(() => Numbers.ParseUnsigned(text)).Message);

    [Theory]
    [InlineData("-9223372036854775808", long.MinValue)]
    [InlineData("9223372036854775807", long.MaxValue)]
    [InlineData("+5", 5)]
    public void A_signed_number_is_read(string text, long value) => Assert.Equal(value, Numbers.ParseSigned(text));

    [Theory]
    [InlineData("5x", "strconv.ParseInt: parsing \"5x\": invalid syntax")]
    [InlineData("9223372036854775808", "strconv.ParseInt: parsing \"9223372036854775808\": value out of range")]
    public void What_is_no_signed_number_is_refused(string text, string message) =>
        Assert.Equal(message, Assert.Throws<CliException>(() => Numbers.ParseSigned(text)).Message);

    [Theory]
    [InlineData("20", 20)]
    [InlineData("1e3", 1000)]
    public void A_count_is_read(string text, int value) => Assert.Equal(value, Numbers.ParseCount(text));

    [Theory]
    [InlineData("many", "strconv.ParseFloat: parsing \"many\": invalid syntax")]
    [InlineData("1e300", "strconv.ParseFloat: parsing \"1e300\": value out of range")]
    public void What_is_no_count_is_refused(string text, string message) =>
        Assert.Equal(message, Assert.Throws<CliException>(() => Numbers.ParseCount(text)).Message);
}

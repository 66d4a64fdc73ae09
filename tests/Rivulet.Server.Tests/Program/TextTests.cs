using Rivulet.Server.Hosting;
using Rivulet.Server.Logging;

namespace Rivulet.Server.Tests.Program;

/// <summary>Durations, sizes and quoted text in the reference's notation.</summary>
public class TextTests
{
    [Theory]
    [InlineData(0, "0s")]
    [InlineData(1, "100ns")]
    [InlineData(15, "1.5µs")]
    [InlineData(10_496, "1.0496ms")]
    [InlineData(15_000_000, "1.5s")]
    [InlineData(100_000_000, "10s")]
    [InlineData(1_200_000_000, "2m0s")]
    [InlineData(36_615_000_000, "1h1m1.5s")]
    [InlineData(900_000_000_000, "25h0m0s")]
    public void A_duration_is_written_and_read_back(long ticks, string text)
    {
        Assert.Equal(text, GoDuration.Format(new TimeSpan(ticks)));
        Assert.True(GoDuration.TryParse(text, out var duration));
        Assert.Equal(ticks, duration.Ticks);
    }

    [Theory]
    [InlineData("1h30m", 5400)]
    [InlineData("1.5h", 5400)]
    [InlineData("0", 0)]
    [InlineData("-2m", -120)]
    [InlineData("+2m", 120)]
    [InlineData("500ms", 0.5)]
    public void Durations_are_read_in_every_form(string text, double seconds)
    {
        Assert.True(GoDuration.TryParse(text, out var duration));
        Assert.Equal(seconds, duration.TotalSeconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("m")]
    [InlineData("5x")]
    [InlineData("5m3")]
    [InlineData("1..5s")]
    [InlineData("-")]
    [InlineData("300000000h")]
    [InlineData("5 m")]
    public void What_is_no_duration_is_not_read(string text)
    {
        Assert.False(GoDuration.TryParse(text, out _));
    }

    [Theory]
    [InlineData(-1, "unlimited")]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1024, "1.00 KB")]
    [InlineData(18_962_279_464, "17.66 GB")]
    public void Sizes_are_in_powers_of_1024(long bytes, string text)
    {
        Assert.Equal(text, ByteSize.Format(bytes));
    }

    [Fact]
    public void Quoted_text_shows_what_cannot_be_shown()
    {
        byte[] bytes = [.. "a\"\\\r\n\t"u8, 0, 0x7f, 0xff, .. "µ→"u8];
        Assert.Equal("\"a\\\"\\\\\\r\\n\\t\\x00\\x7f\\xffµ→\"", GoText.Quote(bytes));
    }
}

using Rivulet.JetStream.Api.Json;

namespace Rivulet.JetStream.Tests.Api.Json;

/// <summary>Times are read and written as RFC 3339 with nanoseconds.</summary>
public sealed class WireTimeTests
{
    [Theory]
    [InlineData("1970-01-01T00:00:00Z", 0)]
    [InlineData("2020-01-01T00:00:00.123456789+02:00", 1_577_829_600_123_456_789)]
    [InlineData("1969-12-31T23:59:59.5Z", -500_000_000)]
    public void A_time_is_read(string text, long nanos)
    {
        Assert.True(WireTime.TryParse(text, out WireTime time, out _));
        Assert.Equal(nanos, time.UnixNanos);
    }

    [Theory]
    [InlineData(0, "1970-01-01T00:00:00Z")]
    [InlineData(1_577_829_600_123_000_000, "2019-12-31T22:00:00.123Z")]
    [InlineData(-1, "1969-12-31T23:59:59.999999999Z")]
    [InlineData(long.MinValue, "0001-01-01T00:00:00Z")]
    public void A_time_is_written(long nanos, string text) => Assert.Equal(text, new WireTime(nanos).ToString());

    [Theory]
    [InlineData("abc", "parsing time \"abc\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"abc\" as \"2006\"")]
    [InlineData("2020-13-01T00:00:00Z", "parsing time \"2020-13-01T00:00:00Z\": month out of range")]
    [InlineData("2020-02-30T00:00:00Z", "parsing time \"2020-02-30T00:00:00Z\": day out of range")]
    [InlineData("2020-01-01", "parsing time \"2020-01-01\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"\" as \"T\"")]
    [InlineData("2020-01-01T00:00:00", "parsing time \"2020-01-01T00:00:00\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"\" as \"Z07:00\"")]
    [InlineData("2020-01-01T00:00:00Zx", "parsing time \"2020-01-01T00:00:00Zx\": extra text: \"x\"")]
    public void What_is_not_a_time_is_reported(string text, string expected)
    {
        Assert.False(WireTime.TryParse(text, out _, out string? mistake));
        Assert.Equal(expected, mistake);
    }

    [Fact]
    public void The_zero_time_and_far_times_are_kept_as_well_as_they_can_be()
    {
        Assert.True(WireTime.TryParse("0001-01-01T00:00:00Z", out WireTime zero, out _));
        Assert.True(zero.IsZero);
        Assert.True(WireTime.TryParse("9999-12-31T23:59:59Z", out WireTime never, out _));
        Assert.Equal(long.MaxValue, never.UnixNanos);
    }
}

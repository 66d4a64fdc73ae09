using Rivulet.Server.Monitoring.Pages;

namespace Rivulet.Server.Tests.Monitoring;

/// <summary>Texts on pages.</summary>
public class PageTextTests
{
    [Theory]
    [InlineData(0, "0s")]
    [InlineData(59, "59s")]
    [InlineData(60, "1m0s")]
    [InlineData(3723, "1h2m3s")]
    [InlineData(86400, "1d0h0m0s")]
    [InlineData(366 * 86400 + 5, "1y1d0h0m5s")]
    public void Uptime_is_the_references(int seconds, string expected)
    {
        Assert.Equal(expected, Uptime.Format(TimeSpan.FromSeconds(seconds)));
    }

    [Fact]
    public void Labels_of_metrics_are_escaped()
    {
        var text = new MetricsText();
        text.Family("a", "gauge", "What.").Sample(1.5, ("x", "a\"b\\c\nd"), ("y", "z")).Sample(12345678901);
        Assert.Equal("# HELP a What.\n# TYPE a gauge\na{x=\"a\\\"b\\\\c\\nd\",y=\"z\"} 1.5\na 12345678901\n", text.ToString());
    }
}

using System.Text;
using Rivulet.Cli.Messages;

namespace Rivulet.Cli.Tests.Messages;

public sealed class MessageTemplateTests
{
    private static readonly MessageTemplate Template = new(new NoonClock(), new Random(1));

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("{{Count}}", "7")]
    [InlineData("{{ .Count }} and {{Cnt}}", "7 and 7")]
    [InlineData("{{Unix}}", "1795176000")]
    [InlineData("{{UnixNano}}", "1795176000000000000")]
    [InlineData("{{TimeStamp}}", "2026-11-20T14:00:00+02:00")]
    [InlineData("{{Time}}", "2:00PM")]
    [InlineData("{{.Request}}", "req")]
    [InlineData("{{\"{{\"}}x}}", "{{x}}")]
    [InlineData("a }} b", "a }} b")]
    [InlineData("{ { x } }", "{ { x } }")]
    public void A_template_is_filled_in(string text, string expanded) => Assert.Equal(expanded, Template.Expand(text, 7, "req"));

    [Theory]
    [InlineData("{{Random 10 100}}", 10, 100)]
    [InlineData("{{Random 100 10}}", 10, 100)]
    [InlineData("{{ Random 5 5 }}", 5, 5)]
    [InlineData("{{ID}}", 22, 22)]
    public void Random_text_has_a_length_within_its_bounds(string text, int min, int max)
    {
        for (var i = 0; i < 100; i++)
        {
            Assert.InRange(Template.Expand(text, 1).Length, min, max);
        }
    }

    [Theory]
    [InlineData("{{Count", "unclosed action")]
    [InlineData("{{}}", "missing value for command")]
    [InlineData("{{Nope}}", "function \"Nope\" not defined")]
    [InlineData("{{Count 1}}", "wrong number of args for Count: want 0 got 1")]
    [InlineData("{{Random}}", "Random wants two lengths, the shortest and the longest")]
    [InlineData("{{Random 1 x}}", "Random wants two lengths, the shortest and the longest")]
    [InlineData("{{Random 1 999999999}}", "Random wants two lengths, the shortest and the longest")]
    public void A_template_that_makes_no_sense_is_refused(string text, string message) =>
        Assert.Equal(message, Assert.Throws<FormatException>(() => Template.Expand(text, 1)).Message);

    [Fact]
    public void Bytes_that_are_no_text_pass_unharmed()
    {
        byte[] body = [0xff, 0x00, .. "{{Count}}"u8, 0xc3, 0x28, .. "{{.Request}}"u8];
        byte[] request = [0xfe, 0x80];
        Assert.Equal([0xff, 0x00, (byte)'3', 0xc3, 0x28, 0xfe, 0x80], Template.Expand(body, 3, request).ToArray());
    }

    [Fact]
    public void Bytes_without_a_template_are_not_copied()
    {
        ReadOnlyMemory<byte> body = Encoding.UTF8.GetBytes("plain");
        Assert.True(body.Equals(Template.Expand(body, 1)));
    }

    private sealed class NoonClock : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone { get; } = TimeZoneInfo.CreateCustomTimeZone("two", TimeSpan.FromHours(2), "two", "two");

        public override DateTimeOffset GetUtcNow() => new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);
    }
}

using Rivulet.Protocol.Tests.Support;

namespace Rivulet.Protocol.Tests.Headers;

public class HeaderBlockTests
{
    [Theory]
    [InlineData("NATS/1.0\r\n\r\n", true)]
    [InlineData("NATS/1.0 503\r\n\r\n", true)]
    [InlineData("NATS/1.0\r\nA: b\r\n\r\n", true)]
    [InlineData("NATS/1.0\r\nA:\r\n\r\n", true)]
    [InlineData("NATS/1.0\r\nA: b\r\nA: c\r\n\r\n", true)]
    [InlineData("", false)]
    [InlineData("NATS/1.0", false)]
    [InlineData("NATS/1.0\r\n", false)]
    [InlineData("NATS/1.1\r\n\r\n", false)]
    [InlineData("nats/1.0\r\n\r\n", false)]
    [InlineData("NATS/1.05\r\n\r\n", false)]
    [InlineData("NATS/1.0\n\n", false)]
    [InlineData("NATS/1.0\r\nA: b\r\n", false)]
    [InlineData("NATS/1.0\r\nA: b\r\n\r\nmore\r\n", false)]
    [InlineData("NATS/1.0\r\nno colon\r\n\r\n", false)]
    [InlineData("NATS/1.0\r\n: no name\r\n\r\n", false)]
    [InlineData("garbage", false)]
    [InlineData("\r\n\r\n", false)]
    public void A_block_is_valid_or_not(string block, bool valid)
    {
        Assert.Equal(valid, new HeaderBlock(Readable.Bytes(block)).IsValid);
    }

    [Theory]
    [InlineData("NATS/1.0\r\n\r\n", 0, "")]
    [InlineData("NATS/1.0 503\r\n\r\n", 503, "")]
    [InlineData("NATS/1.0 100 Idle Heartbeat\r\n\r\n", 100, "Idle Heartbeat")]
    [InlineData("NATS/1.0   404   No Messages  \r\n\r\n", 404, "No Messages")]
    [InlineData("NATS/1.0 408 Request Timeout\r\nNats-Pending-Messages: 1\r\n\r\n", 408, "Request Timeout")]
    [InlineData("NATS/1.0404\r\n\r\n", 404, "")]
    [InlineData("NATS/1.0 40\r\n\r\n", 0, "")]
    [InlineData("NATS/1.0 4040\r\n\r\n", 0, "")]
    [InlineData("NATS/1.0 4x4\r\n\r\n", 0, "")]
    [InlineData("NATS/1.0 ", 0, "")]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n", 0, "")]
    public void The_inline_status_is_read(string block, int status, string description)
    {
        var headers = new HeaderBlock(Readable.Bytes(block));

        Assert.Equal(status, headers.Status);
        Assert.Equal(description, Readable.Text(headers.Description));
    }

    [Fact]
    public void A_value_is_found_by_the_exact_bytes_of_its_name()
    {
        var headers = new HeaderBlock("NATS/1.0\r\nKey: v1\r\nkey: v2\r\nKey: v3\r\nKey-2:v4\r\nEmpty:\r\n\r\n"u8);

        Assert.Equal("v1", Value(headers, "Key"));
        Assert.Equal("v2", Value(headers, "key"));
        Assert.Equal("v4", Value(headers, "Key-2"));
        Assert.Equal("", Value(headers, "Empty"));
        Assert.Null(Value(headers, "KEY"));
        Assert.Null(Value(headers, "Ke"));
        Assert.Null(Value(headers, ""));
    }

    [Theory]
    [InlineData("a:b:c", "a", "b:c")]
    [InlineData("a:   b  ", "a", "b  ")]
    [InlineData("a: \tb", "a", "b")]
    [InlineData("a : b", "a ", "b")]
    [InlineData("a: \u00FF\u0000", "a", "\\xFF\\x00")]
    public void A_value_starts_after_the_blanks_and_ends_at_the_line_end(string line, string name, string value)
    {
        var headers = new HeaderBlock(Readable.Bytes($"NATS/1.0\r\n{line}\r\n\r\n"));

        Assert.Equal([(name, value)], Pairs(headers));
    }

    [Fact]
    public void Fields_are_walked_in_order_up_to_the_blank_line()
    {
        var headers = new HeaderBlock("NATS/1.0\r\nB: 1\r\nno colon\r\nA: 2\r\nB: 3\r\n\r\nC: 4\r\n"u8);

        Assert.Equal([("B", "1"), ("A", "2"), ("B", "3")], Pairs(headers));
        Assert.Equal("B: 1\\r\\nno colon\\r\\nA: 2\\r\\nB: 3\\r\\n", Readable.Text(headers.Pairs));
    }

    [Theory]
    [InlineData("")]
    [InlineData("garbage")]
    [InlineData("NATS/1.0\r\n\r\n")]
    [InlineData("NATS/1.0 503\r\n\r\n")]
    [InlineData("NATS/1.0\r\nA: cut off")]
    public void A_block_without_whole_lines_has_no_pairs(string block)
    {
        var headers = new HeaderBlock(Readable.Bytes(block));

        Assert.Empty(Pairs(headers));
        Assert.True(headers.Pairs.IsEmpty);
    }

    internal static List<(string Name, string Value)> Pairs(HeaderBlock headers)
    {
        var pairs = new List<(string, string)>();
        foreach (HeaderField field in headers)
            pairs.Add((Readable.Text(field.Name), Readable.Text(field.Value)));
        return pairs;
    }

    private static string? Value(HeaderBlock headers, string name)
    {
        return headers.TryGet(Readable.Bytes(name), out ReadOnlySpan<byte> value) ? Readable.Text(value) : null;
    }
}

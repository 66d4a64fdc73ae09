using System.Text;
using Rivulet.JetStream.Origins;

namespace Rivulet.JetStream.Tests.Origins;

/// <summary>What becomes of headers when a message is copied, and the header that says where it is from.</summary>
public sealed class CopiedHeadersTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("NATS/1.0\r\nA: 1\r\n\r\n", "NATS/1.0\r\nA: 1\r\n\r\n")]
    [InlineData("NATS/1.0\r\nNats-Batch-Id: 1\r\nA: 1\r\nNats-Expected-Stream: x\r\n\r\n", "NATS/1.0\r\nA: 1\r\n\r\n")]
    [InlineData("NATS/1.0\r\nNats-Batch-Id: 1\r\n\r\n", "")]
    [InlineData("NATS/1.0\r\nNats-Stream-Source: x 1\r\n\r\n", "NATS/1.0\r\nNats-Stream-Source: x 1\r\n\r\n")]
    public void A_mirror_leaves_out_conditions_and_batches(string block, string expected) =>
        Assert.Equal(expected, Text(new CopiedHeaders().ForMirror(Bytes(block))));

    [Theory]
    [InlineData("", "NATS/1.0\r\nNats-Stream-Source: v\r\n\r\n")]
    [InlineData("NATS/1.0\r\nA: 1\r\n\r\n", "NATS/1.0\r\nA: 1\r\nNats-Stream-Source: v\r\n\r\n")]
    [InlineData("NATS/1.0\r\nNats-Stream-Source: x 1\r\nB:2\r\n\r\n", "NATS/1.0\r\nB:2\r\nNats-Stream-Source: v\r\n\r\n")]
    public void A_source_has_its_own_header_at_the_end(string block, string expected) =>
        Assert.Equal(expected, Text(new CopiedHeaders().ForSource(Bytes(block), "v"u8)));

    [Fact]
    public void The_header_is_read_as_it_was_written()
    {
        Span<byte> into = stackalloc byte[200];
        byte[] index = Bytes("ORDERS:abc o.*\fp.> x.$1\f>");
        int length = SourceHeader.Write(into, index, 42, "o.1"u8, "12345678"u8);

        Assert.Equal("ORDERS:abc 42 o.*\fp.> x.$1\f> o.1 12345678", Text(into[..length]));
        Assert.True(SourceHeader.TryParse(into[..length], out SourceHeader header));
        Assert.Equal(42UL, header.Sequence);
        Assert.True(header.IsFrom(index));
        Assert.False(header.IsFrom("ORDERS:abc o.* x.$1"u8));
        Assert.Equal("o.1", Text(header.Subject));
        Assert.Equal("12345678", Text(header.Identity));
    }

    [Theory]
    [InlineData("")]
    [InlineData("S")]
    [InlineData("S x")]
    [InlineData("S 0 > > s")]
    [InlineData("S 1 >")]
    [InlineData(" 1 > > s")]
    public void What_is_no_such_header_is_not_read(string value) =>
        Assert.False(SourceHeader.TryParse(Bytes(value), out _));

    [Fact]
    public void Headers_of_old_servers_are_known_by_their_stream()
    {
        Assert.True(SourceHeader.TryParse("S 7"u8, out SourceHeader header));
        Assert.True(header.IsFrom("S a.* >"u8));
        Assert.False(header.IsFrom("T a.* >"u8));
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);
}

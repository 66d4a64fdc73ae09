using Rivulet.Protocol.Tests.Support;

namespace Rivulet.Protocol.Tests.Headers;

public class HeaderBlockBuilderTests
{
    [Fact]
    public void A_block_is_written_byte_for_byte()
    {
        using var builder = new HeaderBlockBuilder(stackalloc byte[16]);
        builder.Start();
        builder.Add("Nats-Stream"u8, "ORDERS"u8);
        builder.Add("Nats-Sequence"u8, 18446744073709551615UL);
        builder.Add("Nats-Num-Pending"u8, -1L);

        Assert.Equal(
            "NATS/1.0\\r\\nNats-Stream: ORDERS\\r\\nNats-Sequence: 18446744073709551615\\r\\n"
            + "Nats-Num-Pending: -1\\r\\n\\r\\n",
            Readable.Text(builder.Finish()));
    }

    [Fact]
    public void A_status_is_written_with_and_without_its_description()
    {
        using var builder = new HeaderBlockBuilder([]);
        builder.StartStatus(503, default);
        Assert.Equal("NATS/1.0 503\\r\\n\\r\\n", Readable.Text(builder.Finish()));

        builder.StartStatus(404, "No Messages"u8);
        Assert.Equal("NATS/1.0 404 No Messages\\r\\n\\r\\n", Readable.Text(builder.Finish()));
    }

    [Fact]
    public void Lines_of_another_block_are_taken_over()
    {
        var source = new HeaderBlock("NATS/1.0 100 x\r\nA: 1\r\nB:2\r\n\r\n"u8);
        using var builder = new HeaderBlockBuilder([]);
        builder.Start();
        builder.AddRaw(source.Pairs);
        builder.Add("C"u8, "3"u8);

        Assert.Equal("NATS/1.0\\r\\nA: 1\\r\\nB:2\\r\\nC: 3\\r\\n\\r\\n", Readable.Text(builder.Finish()));
    }

    [Theory]
    [InlineData("a\rb", "v")]
    [InlineData("a\nb", "v")]
    [InlineData("a:b", "v")]
    [InlineData("", "v")]
    [InlineData("a", "v\r\nForged: 1")]
    [InlineData("a", "v\n")]
    public void A_pair_that_would_forge_another_line_is_refused(string name, string value)
    {
        Assert.Throws<ArgumentException>(() =>
        {
            using var builder = new HeaderBlockBuilder([]);
            builder.Start();
            builder.Add(Readable.Bytes(name), Readable.Bytes(value));
        });
    }

    [Theory]
    [InlineData(99)]
    [InlineData(1000)]
    public void A_status_has_three_digits(int status)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() =>
        {
            using var builder = new HeaderBlockBuilder([]);
            builder.StartStatus(status, default);
        });
    }

    [Fact]
    public void Half_a_line_of_another_block_is_refused()
    {
        Assert.Throws<ArgumentException>(() =>
        {
            using var builder = new HeaderBlockBuilder([]);
            builder.Start();
            builder.AddRaw("A: 1"u8);
        });
    }

    [Fact]
    public void What_is_written_reads_back()
    {
        var random = new Random(5);
        for (int round = 0; round < 2000; round++)
        {
            (string Name, string Value)[] pairs =
                [.. Enumerable.Range(0, random.Next(8)).Select(_ => (Name(random), Value(random)))];
            using var builder = new HeaderBlockBuilder(new byte[random.Next(64)]);
            builder.Start();
            foreach ((string name, string value) in pairs)
                builder.Add(Readable.Bytes(name), Readable.Bytes(value));
            var block = new HeaderBlock(builder.Finish());

            Assert.True(block.IsValid, Readable.Text(block.Bytes));
            Assert.Equal(0, block.Status);
            Assert.Equal(
                pairs.Select(p => (Readable.Text(Readable.Bytes(p.Name)), Readable.Text(Readable.Bytes(p.Value)))),
                HeaderBlockTests.Pairs(block));
        }
    }

    [Fact]
    public void A_large_block_is_grown_into()
    {
        using var builder = new HeaderBlockBuilder(stackalloc byte[32]);
        builder.Start();
        byte[] value = [.. Enumerable.Repeat((byte)'v', 100_000)];
        builder.Add("Large"u8, value);
        var block = new HeaderBlock(builder.Finish());

        Assert.True(block.IsValid);
        Assert.True(block.TryGet("Large"u8, out ReadOnlySpan<byte> found));
        Assert.True(found.SequenceEqual(value));
    }

    private static string Name(Random random)
    {
        return new string([.. Enumerable.Range(0, 1 + random.Next(20)).Select(_ => (char)random.Next('A', 'z' + 1))]);
    }

    // A value that began with a blank would lose it in reading, by the rules of the format.
    private static string Value(Random random)
    {
        char[] value = [.. Enumerable.Range(0, random.Next(40)).Select(_ => (char)random.Next(0x21, 0x100))];
        return new string(value);
    }
}

using System.Globalization;
using System.Text;
using Rivulet.JetStream.Consumers.State;
using Rivulet.JetStream.Origins;
using Rivulet.Protocol;
using Rivulet.Protocol.Tests.Support;

namespace Rivulet.Fuzz.Tests;

/// <summary>What streams that copy from others read: the header that says where a message is from, and the position of a source.</summary>
public class OriginFuzz
{
    private static readonly byte[][] Headers =
    [
        .. new[] { "S 1 > > s.a 12345678", "S:abc 18446744073709551615 a.*\fb.> x.$1\f> a.b", "S 7", "S 0 > >", "S 1 > ", "$JS.ACK.S.c.1.2.3.4.5" }
            .Select(Readable.Bytes),
    ];

    private static readonly byte[][] Blocks =
    [
        .. new[]
        {
            "", "NATS/1.0\r\n\r\n", "NATS/1.0\r\nA: 1\r\nNats-Expected-Stream: x\r\nNats-Batch-Id: 1\r\n\r\n",
            "NATS/1.0\r\nNats-Stream-Source: S 1\r\nB: 2\r\n\r\n", "NATS/1.0 100 Idle\r\n\r\n",
        }.Select(Readable.Bytes),
    ];

    private static readonly byte[][] Fragments =
        [.. new[] { " ", "  ", "1", "99999999999999999999", "-1", "\f", ">", "\r\n", ":", "Nats-Batch-", "Nats-Expected-" }.Select(Readable.Bytes)];

    [Theory]
    [InlineData(FuzzLength.Short)]
    [InlineData(FuzzLength.Campaign, Explicit = true)]
    public void Source_headers_are_read_as_by_splitting_strings(FuzzLength length)
    {
        FuzzLoop.Run(length, "source headers", new Mutator(Headers, Fragments).Next, (input, _) =>
        {
            string[] parts = Encoding.Latin1.GetString(input).Split(' ');
            ulong sequence = 0;
            bool expected = parts.Length > 1
                && parts[0].Length > 0
                && parts[1].All(char.IsAsciiDigit)
                && ulong.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out sequence)
                && sequence > 0
                && (Part(parts, 2).Length == 0) == (Part(parts, 3).Length == 0);
            bool isRead = SourceHeader.TryParse(input, out SourceHeader header);

            Assert.Equal(expected, isRead);
            if (!isRead)
                return;
            Assert.Equal(sequence, header.Sequence);
            Assert.Equal(Part(parts, 4), Encoding.Latin1.GetString(header.Subject));
            Assert.Equal(Part(parts, 5), Encoding.Latin1.GetString(header.Identity));
            string index = $"{parts[0]} {Part(parts, 2)} {Part(parts, 3)}";
            Assert.True(header.IsFrom(Encoding.Latin1.GetBytes(index)));
            Assert.False(header.IsFrom(Encoding.Latin1.GetBytes("x" + index)));
        });
    }

    [Theory]
    [InlineData(FuzzLength.Short)]
    [InlineData(FuzzLength.Campaign, Explicit = true)]
    public void Copied_headers_keep_everything_but_conditions_and_batches(FuzzLength length)
    {
        var copied = new CopiedHeaders();
        FuzzLoop.Run(length, "copied headers", new Mutator(Blocks, Fragments).Next, (input, _) =>
        {
            List<string> kept = Names(input);
            Assert.Equal(kept, Names(copied.ForMirror(input).ToArray()));

            kept.RemoveAll(name => name == "Nats-Stream-Source");
            kept.Add("Nats-Stream-Source");
            List<string> sourced = Names(copied.ForSource(input, "S 1 > > s"u8).ToArray());
            Assert.Equal("Nats-Stream-Source", sourced[^1]);
            if (new HeaderBlock(input).IsValid)
                Assert.Equal(kept, sourced);
        });
    }

    [Theory]
    [InlineData(FuzzLength.Short)]
    [InlineData(FuzzLength.Campaign, Explicit = true)]
    public void Positions_are_read_or_refused(FuzzLength length)
    {
        var writer = new VarintWriter();
        new SourcePosition(8, 7, 300, "12345678"u8.ToArray()).Write(writer);
        byte[][] corpus = [writer.Written.ToArray(), [], [1]];
        FuzzLoop.Run(length, "source positions", new Mutator(corpus, Fragments).Next, (input, _) =>
        {
            if (!SourcePosition.TryRead(input, out SourcePosition position))
                return;
            Assert.True(position.Next > position.Copied);
            position.Write(writer);
            Assert.True(SourcePosition.TryRead(writer.Written, out SourcePosition again));
            Assert.Equal((position.Next, position.Copied, position.OwnLast), (again.Next, again.Copied, again.OwnLast));
            Assert.True(position.Identity.Span.SequenceEqual(again.Identity.Span));
        });
    }

    private static string Part(string[] parts, int index) => index < parts.Length ? parts[index] : "";

    private static List<string> Names(ReadOnlySpan<byte> block)
    {
        var names = new List<string>();
        foreach (HeaderField field in new HeaderBlock(block))
        {
            string name = Encoding.Latin1.GetString(field.Name);
            if (!name.StartsWith("Nats-Expected-", StringComparison.Ordinal) && !name.StartsWith("Nats-Batch-", StringComparison.Ordinal))
                names.Add(name);
        }

        return names;
    }
}

using System.Text;
using System.Text.RegularExpressions;
using Rivulet.Protocol;
using Rivulet.Protocol.Tests.Support;

namespace Rivulet.Fuzz.Tests;

/// <summary>Header blocks on spoiled input, against a reading by strings.</summary>
public partial class HeaderBlockFuzz
{
    private static readonly byte[][] Corpus =
    [
        .. new[]
        {
            "NATS/1.0\r\n\r\n", "NATS/1.0 503\r\n\r\n", "NATS/1.0 100 Idle Heartbeat\r\nNats-Last-Consumer: 5\r\n\r\n",
            "NATS/1.0\r\nA: 1\r\nB:2\r\nA:  3\r\n\r\n", "NATS/1.0\r\nKV-Operation: DEL\r\n\r\n", "A: 1\r\n", "\r\n",
        }.Select(Readable.Bytes),
    ];

    private static readonly byte[][] Fragments =
        [.. new[] { "\r\n", "\r", "\n", ":", " ", "\t", "NATS/1.0", " 404 ", "A", "A: 1\r\n" }.Select(Readable.Bytes)];

    [Theory]
    [InlineData(FuzzLength.Short)]
    [InlineData(FuzzLength.Campaign, Explicit = true)]
    public void Blocks_are_read_as_by_splitting_strings(FuzzLength length)
    {
        FuzzLoop.Run(length, "header blocks", new Mutator(Corpus, Fragments).Next, (input, _) =>
        {
            var block = new HeaderBlock(input);
            string[] lines = WholeLines(Encoding.Latin1.GetString(input), out bool closed);
            CheckStatus(block, Encoding.Latin1.GetString(input).Split("\r\n")[0]);
            CheckFields(block, lines);
            Assert.Equal(IsValid(Encoding.Latin1.GetString(input), lines, closed), block.IsValid);
        });
    }

    [Theory]
    [InlineData(FuzzLength.Short)]
    [InlineData(FuzzLength.Campaign, Explicit = true)]
    public void Pairs_of_any_block_can_be_put_into_another(FuzzLength length)
    {
        FuzzLoop.Run(length, "header pairs", new Mutator(Corpus, Fragments).Next, (input, random) =>
        {
            var block = new HeaderBlock(input);
            using var builder = new HeaderBlockBuilder(new byte[random.Next(32)]);
            builder.StartStatus(200, "copy"u8);
            builder.AddRaw(block.Pairs);
            var copy = new HeaderBlock(builder.Finish());

            Assert.Equal(Pairs(block), Pairs(copy));
            Assert.Equal(200, copy.Status);
        });
    }

    /// <summary>The lines after the first, up to the blank line or the last whole line.</summary>
    private static string[] WholeLines(string text, out bool closed)
    {
        string[] pieces = text.Split("\r\n");
        string[] whole = [.. pieces.Skip(1).SkipLast(1)];
        int blank = Array.IndexOf(whole, "");
        closed = blank >= 0 && blank == whole.Length - 1 && pieces[^1].Length == 0;
        return blank >= 0 ? whole[..blank] : whole;
    }

    private static void CheckStatus(HeaderBlock block, string firstLine)
    {
        Match match = StatusLine().Match(firstLine);
        Assert.Equal(match.Success ? int.Parse(match.Groups[1].Value, null) : 0, block.Status);
        string description = match.Success ? match.Groups[2].Value.Trim(' ') : "";
        Assert.Equal(description, Encoding.Latin1.GetString(block.Description));
    }

    private static void CheckFields(HeaderBlock block, string[] lines)
    {
        (string, string)[] expected =
        [
            .. from line in lines
               let colon = line.IndexOf(':', StringComparison.Ordinal)
               where colon > 0
               select (line[..colon], line[(colon + 1)..].TrimStart(' ', '\t')),
        ];
        Assert.Equal(expected, Pairs(block));
        foreach ((string name, _) in expected)
        {
            Assert.True(block.TryGet(Encoding.Latin1.GetBytes(name), out ReadOnlySpan<byte> value));
            Assert.Equal(expected.First(p => p.Item1 == name).Item2, Encoding.Latin1.GetString(value));
        }
    }

    private static bool IsValid(string text, string[] lines, bool closed)
    {
        return closed
            && (text.StartsWith("NATS/1.0 ", StringComparison.Ordinal) || text.StartsWith("NATS/1.0\r\n", StringComparison.Ordinal))
            && lines.All(l => l.IndexOf(':', StringComparison.Ordinal) > 0);
    }

    private static List<(string Name, string Value)> Pairs(HeaderBlock block)
    {
        var pairs = new List<(string, string)>();
        foreach (HeaderField field in block)
            pairs.Add((Encoding.Latin1.GetString(field.Name), Encoding.Latin1.GetString(field.Value)));
        return pairs;
    }

    [GeneratedRegex(@"\ANATS/1\.0 *([1-9][0-9]{2})( .*)?\z", RegexOptions.Singleline)]
    private static partial Regex StatusLine();
}

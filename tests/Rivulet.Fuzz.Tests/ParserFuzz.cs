using Rivulet.Protocol;
using Rivulet.Protocol.Tests.Support;

namespace Rivulet.Fuzz.Tests;

/// <summary>Both parsers on spoiled input: whole, in pieces and byte by byte they agree with a slow parser.</summary>
public class ParserFuzz
{
    private const int EveryCutLengthMax = 40;

    private static readonly byte[][] Fragments = Bytes(
        "\r\n", "\n", "\r", " ", "\t", "  \t ", "0", "9", "999999999", "2147483648", "18446744073709551616", "-1", "+1",
        "PUB ", "HPUB ", "SUB ", "MSG ", "HMSG ", "PING\r\n", "pong\n", "+OK", "-ERR '", "CONNECT", "INFO", "aaaaaaaaaaaaaaaa");

    private static readonly byte[][] ClientCorpus = Bytes(
        "CONNECT {}\r\n", "connect{\"verbose\":false}\n", "PING\r\n", "ping x\n", "PONG\r\n", "SUB a.* q 1\r\n",
        "sub\ta 1\n", "UNSUB 1\r\n", "UNSUB 1 5\r\n", "PUB a 5\r\nhello\r\n", "PUB a 0\r\n\r\n", "PUB a r 12\r\nabcdefghijkl\r\n",
        "pub  a\tr  02 \nhi\r\n", "HPUB a 12 14\r\nNATS/1.0\r\n\r\nhi\r\n", "HPUB a r 12 12\r\nNATS/1.0\r\n\r\n\r\n",
        "HPUB a 0 1\r\nx\r\n", "+OK\r\n", "INFO {}\r\n", "PUB a 6\r\nPING\r\n\r\n", "PUB a 20\r\n01234567890123456789\r\n");

    private static readonly byte[][] ServerCorpus = Bytes(
        "INFO {\"a\":1} \r\n", "info{}\n", "PING\r\n", "PONG\r\n", "+OK\r\n", "-ERR 'Stale Connection'\r\n", "-ERR x\n",
        "MSG a 1 5\r\nhello\r\n", "MSG a 1 0\r\n\r\n", "msg\ta 1 r  02 \nhi\r\n", "HMSG a 1 12 14\r\nNATS/1.0\r\n\r\nhi\r\n",
        "HMSG a 1 r 16 16\r\nNATS/1.0 503\r\n\r\n\r\n", "MSG a 1 6\r\nPING\r\n\r\n");

    [Theory]
    [InlineData(FuzzLength.Short)]
    [InlineData(FuzzLength.Campaign, Explicit = true)]
    public void Client_operations_are_parsed_as_by_the_slow_parser(FuzzLength length)
    {
        var mutator = new Mutator(ClientCorpus, Fragments);
        FuzzLoop.Run(length, "client operations", mutator.Next, (input, random) =>
        {
            ParserLimits limits = RandomLimits(random);
            List<string> expected = SlowClientParser.Record(input, limits);
            Compare(input, random, expected, stopping => new ClientParserRun(limits, stopping));
            if (input.Length <= EveryCutLengthMax)
                Assert.Equal(expected, EveryCut.OfClientInput(input, limits));
        });
    }

    [Theory]
    [InlineData(FuzzLength.Short)]
    [InlineData(FuzzLength.Campaign, Explicit = true)]
    public void Server_operations_are_parsed_as_by_the_slow_parser(FuzzLength length)
    {
        var mutator = new Mutator(ServerCorpus, Fragments);
        FuzzLoop.Run(length, "server operations", mutator.Next, (input, random) =>
        {
            ParserLimits limits = RandomLimits(random);
            List<string> expected = SlowServerParser.Record(input, limits);
            Compare(input, random, expected, stopping => new ServerParserRun(limits, stopping));
            if (input.Length <= EveryCutLengthMax)
                Assert.Equal(expected, EveryCut.OfServerInput(input, limits));
        });
    }

    private static void Compare(byte[] input, Random random, List<string> expected, Func<bool, ParserRun> start)
    {
        ParserRun whole = start(false);
        whole.Feed(input);
        Assert.Equal(expected, whole.Record);

        ParserRun pieces = start(random.Next(2) == 0);
        for (int at = 0; at < input.Length;)
        {
            int length = Math.Min(1 + random.Next(24), input.Length - at);
            pieces.Feed(input.AsSpan(at, length));
            at += length;
        }

        Assert.Equal(expected, pieces.Record);

        ParserRun bytewise = start(false);
        foreach (byte next in input)
            bytewise.Feed([next]);
        Assert.Equal(expected, bytewise.Record);
    }

    private static ParserLimits RandomLimits(Random random)
    {
        var limits = ParserLimits.Default;
        limits.AwaitConnect = random.Next(10) == 0;
        limits.HeadersSupported = random.Next(10) != 0;
        if (random.Next(2) == 0)
            limits.MaxControlLine = random.Next(1, 30);
        if (random.Next(3) == 0)
            limits.MaxPayload = random.Next(-1, 20);
        return limits;
    }

    private static byte[][] Bytes(params string[] texts) => [.. texts.Select(Readable.Bytes)];
}

using Rivulet.Protocol.Tests.Support;

namespace Rivulet.Protocol.Tests.Parsing;

/// <summary>What the server makes of well-formed input. Every input runs through <see cref="EveryCut"/>.</summary>
public class ClientOperationParserTests
{
    private const string End = "NeedMoreData []";

    [Theory]
    [InlineData("PING\r\n", "PING")]
    [InlineData("ping\n", "PING")]
    [InlineData("PiNg and more\r\n", "PING")]
    [InlineData("PINGPONG\r\n", "PING")]
    [InlineData("PONG\r\n", "PONG")]
    [InlineData("pong x\n", "PONG")]
    [InlineData("CONNECT {}\r\n", "CONNECT json=[{}]")]
    [InlineData("CONNECT{}\r\n", "CONNECT json=[{}]")]
    [InlineData("connect \t {\"a\":1} \n", "CONNECT json=[{\"a\":1} ]")]
    [InlineData("CONNECT\r\n", "CONNECT json=[]")]
    [InlineData("SUB foo 1\r\n", "SUB subject=[foo] queue=[] sid=[1]")]
    [InlineData("sub foo q 1\r\n", "SUB subject=[foo] queue=[q] sid=[1]")]
    [InlineData("SUB  \t foo \t q \t 1 \t \r\n", "SUB subject=[foo] queue=[q] sid=[1]")]
    [InlineData("SUB\tfoo\t1\n", "SUB subject=[foo] queue=[] sid=[1]")]
    [InlineData("SUB foo..bar any-thing\r\n", "SUB subject=[foo..bar] queue=[] sid=[any-thing]")]
    [InlineData("SUB foo 1\r\r\n", "SUB subject=[foo] queue=[] sid=[1]")]
    [InlineData("UNSUB 1\r\n", "UNSUB sid=[1] max=0")]
    [InlineData("unsub 1 5\n", "UNSUB sid=[1] max=5")]
    [InlineData("UNSUB 1 0\r\n", "UNSUB sid=[1] max=0")]
    [InlineData("UNSUB 1 -5\r\n", "UNSUB sid=[1] max=0")]
    [InlineData("UNSUB 1 many\r\n", "UNSUB sid=[1] max=0")]
    [InlineData("UNSUB 1 999999999\r\n", "UNSUB sid=[1] max=999999999")]
    [InlineData("UNSUB 1 99999999999999999999999999\r\n", "UNSUB sid=[1] max=0")]
    [InlineData("PUB foo 5\r\nhello\r\n", "PUB subject=[foo] reply=[] digits=[5] payload=[hello]")]
    [InlineData("PUB foo 0\r\n\r\n", "PUB subject=[foo] reply=[] digits=[0] payload=[]")]
    [InlineData("pub foo bar 2\nhi\r\n", "PUB subject=[foo] reply=[bar] digits=[2] payload=[hi]")]
    [InlineData("PUB\tfoo\tbar\t2\nhi\r\n", "PUB subject=[foo] reply=[bar] digits=[2] payload=[hi]")]
    [InlineData("PUB   foo  bar \t 2  \r\nhi\r\n", "PUB subject=[foo] reply=[bar] digits=[2] payload=[hi]")]
    [InlineData("PUB foo 02\r\nhi\r\n", "PUB subject=[foo] reply=[] digits=[02] payload=[hi]")]
    [InlineData("PUB foo 000000002\r\nhi\r\n", "PUB subject=[foo] reply=[] digits=[000000002] payload=[hi]")]
    [InlineData("PUB foo 4\r\n\r\n\r\n\r\n", "PUB subject=[foo] reply=[] digits=[4] payload=[\\r\\n\\r\\n]")]
    [InlineData("PUB foo.*.> 1\r\nx\r\n", "PUB subject=[foo.*.>] reply=[] digits=[1] payload=[x]")]
    [InlineData("PUB f\0o 1\r\n\0\r\n", "PUB subject=[f\\x00o] reply=[] digits=[1] payload=[\\x00]")]
    [InlineData(
        "HPUB foo 12 14\r\nNATS/1.0\r\n\r\nhi\r\n",
        "PUB subject=[foo] reply=[] header-digits=[12] headers=[NATS/1.0\\r\\n\\r\\n] digits=[14] payload=[hi]")]
    [InlineData(
        "hpub foo bar 012 012\nNATS/1.0\r\n\r\n\r\n",
        "PUB subject=[foo] reply=[bar] header-digits=[012] headers=[NATS/1.0\\r\\n\\r\\n] digits=[012] payload=[]")]
    [InlineData(
        "HPUB foo 0 2\r\nhi\r\n", "PUB subject=[foo] reply=[] header-digits=[0] headers=[] digits=[2] payload=[hi]")]
    [InlineData(
        "HPUB \t foo \t bar  3 \t 5 \r\nxyzhi\r\n",
        "PUB subject=[foo] reply=[bar] header-digits=[3] headers=[xyz] digits=[5] payload=[hi]")]
    public void One_operation_is_read(string input, string expected)
    {
        Assert.Equal([expected, End], EveryCut.OfClientInput(Readable.Bytes(input), ParserLimits.Default));
    }

    [Theory]
    [InlineData("+OK\r\n")]
    [InlineData("+ok whatever\n")]
    [InlineData("+OKAY\r\n")]
    [InlineData("INFO {\"server_id\":\"x\"}\r\n")]
    [InlineData("info{}\n")]
    [InlineData("INFO\r\n")]
    [InlineData("INFOX\r\n")]
    public void What_only_servers_send_is_read_and_ignored(string input)
    {
        IReadOnlyList<string> record = EveryCut.OfClientInput(Readable.Bytes(input + "PING\r\n"), ParserLimits.Default);

        Assert.Equal(["PING", End], record);
    }

    [Fact]
    public void Operations_in_one_buffer_come_in_order()
    {
        byte[] input = Readable.Bytes(
            "CONNECT {}\r\nPING\r\nSUB a 1\r\nPUB a 1\r\nx\r\nHPUB a r 1 2\r\nhx\r\nUNSUB 1\r\nPONG\r\n");

        Assert.Equal(
            [
                "CONNECT json=[{}]",
                "PING",
                "SUB subject=[a] queue=[] sid=[1]",
                "PUB subject=[a] reply=[] digits=[1] payload=[x]",
                "PUB subject=[a] reply=[r] header-digits=[1] headers=[h] digits=[2] payload=[x]",
                "UNSUB sid=[1] max=0",
                "PONG",
                End,
            ],
            EveryCut.OfClientInput(input, ParserLimits.Default));
    }

    [Theory]
    [InlineData("P")]
    [InlineData("PU")]
    [InlineData("HPUB")]
    [InlineData("SUB foo")]
    [InlineData("PUB foo 5\r\nhel")]
    [InlineData("PUB foo 5\r\nhello")]
    [InlineData("PUB foo 5\r\nhello\r")]
    [InlineData("PING and a lot of text")]
    [InlineData("CONNECT {\"verbose\":")]
    public void The_incomplete_rest_stays(string rest)
    {
        Assert.Equal(
            ["PING", $"NeedMoreData [{Readable.Text(Readable.Bytes(rest))}]"],
            EveryCut.OfClientInput(Readable.Bytes("PING\r\n" + rest), ParserLimits.Default));
    }

    [Fact]
    public void A_publish_asks_for_all_its_bytes_once_its_size_is_known()
    {
        var run = new ClientParserRun(ParserLimits.Default, stopAfterEach: false);
        ParserLimits limits = ParserLimits.Default;
        byte[] input = Readable.Bytes("PING\r\nPUB foo 100000\r\nabc");

        ParseStatus status = ClientOperationParser.Parse(input, in limits, ref run, out int consumed, out int needed);

        Assert.Equal(ParseStatus.NeedMoreData, status);
        Assert.Equal("PING\r\n".Length, consumed);
        Assert.Equal("PUB foo 100000\r\n".Length + 100000 + 2, needed);
    }

    [Fact]
    public void Nothing_but_a_connect_is_accepted_where_credentials_are_owed()
    {
        var limits = ParserLimits.Default;
        limits.AwaitConnect = true;

        Assert.Equal(["violation AuthorizationViolation"], EveryCut.OfClientInput("PING\r\n"u8, limits));
        Assert.Equal(["violation AuthorizationViolation"], EveryCut.OfClientInput("xyz"u8, limits));
        Assert.Equal(
            ["CONNECT json=[{}]", "PING", End], EveryCut.OfClientInput("CONNECT {}\r\nPING\r\n"u8, limits));
    }

    [Fact]
    public void A_control_line_may_be_as_long_as_its_limit()
    {
        var limits = ParserLimits.Default;
        limits.MaxControlLine = 20;
        string subject = new('a', 18);

        foreach (string lineEnd in (string[])["\n", "\r\n"])
        {
            Assert.Equal(
                [$"SUB subject=[{subject}] queue=[] sid=[1]", End],
                EveryCut.OfClientInput(Readable.Bytes($"SUB \t  {subject} 1{lineEnd}"), limits));
            Assert.Equal(
                ["violation ControlLineTooLong"],
                EveryCut.OfClientInput(Readable.Bytes($"SUB {subject} 12{lineEnd}"), limits));
        }
    }

    [Fact]
    public void A_payload_may_be_as_long_as_its_limit()
    {
        var limits = ParserLimits.Default;
        limits.MaxPayload = 4;

        Assert.Equal(
            ["PUB subject=[a] reply=[] digits=[4] payload=[1234]", End],
            EveryCut.OfClientInput("PUB a 4\r\n1234\r\n"u8, limits));
        Assert.Equal(["violation PayloadTooLarge"], EveryCut.OfClientInput("PUB a 5\r\n12345\r\n"u8, limits));
        Assert.Equal(["violation PayloadTooLarge"], EveryCut.OfClientInput("HPUB a 2 5\r\n"u8, limits));
    }

    [Fact]
    public void A_negative_payload_limit_is_none()
    {
        var limits = ParserLimits.Default;
        limits.MaxPayload = -1;
        var run = new ClientParserRun(limits, stopAfterEach: false);

        ParseStatus status = ClientOperationParser.Parse(
            "PUB a 999999999\r\n"u8, in limits, ref run, out _, out int needed);

        Assert.Equal(ParseStatus.NeedMoreData, status);
        Assert.Equal("PUB a 999999999\r\n".Length + 999_999_999 + 2, needed);
    }
}

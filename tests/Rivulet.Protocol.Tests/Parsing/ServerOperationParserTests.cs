using Rivulet.Protocol.Tests.Support;

namespace Rivulet.Protocol.Tests.Parsing;

/// <summary>What the client makes of a server's bytes. Every input runs through <see cref="EveryCut"/>.</summary>
public class ServerOperationParserTests
{
    private const string End = "NeedMoreData []";

    [Theory]
    [InlineData("INFO {\"port\":4222} \r\n", "INFO json=[{\"port\":4222} ]")]
    [InlineData("info{}\n", "INFO json=[{}]")]
    [InlineData("PING\r\n", "PING")]
    [InlineData("PONG\r\n", "PONG")]
    [InlineData("pong\n", "PONG")]
    [InlineData("+OK\r\n", "+OK")]
    [InlineData("-ERR 'Stale Connection'\r\n", "-ERR text=[Stale Connection]")]
    [InlineData("-ERR 'it''s' \r\n", "-ERR text=[it''s]")]
    [InlineData("-ERR plain\r\n", "-ERR text=[plain]")]
    [InlineData("-ERR '\r\n", "-ERR text=[']")]
    [InlineData("-ERR\r\n", "-ERR text=[]")]
    [InlineData("MSG foo 1 5\r\nhello\r\n", "MSG subject=[foo] sid=[1] reply=[] headers=[] payload=[hello]")]
    [InlineData("msg\tfoo  1 bar\t0005\nhello\r\n", "MSG subject=[foo] sid=[1] reply=[bar] headers=[] payload=[hello]")]
    [InlineData("MSG foo 1 0\r\n\r\n", "MSG subject=[foo] sid=[1] reply=[] headers=[] payload=[]")]
    [InlineData(
        "HMSG foo 1 12 14\r\nNATS/1.0\r\n\r\nhi\r\n",
        "MSG subject=[foo] sid=[1] reply=[] headers=[NATS/1.0\\r\\n\\r\\n] payload=[hi]")]
    [InlineData(
        "HMSG foo 1 bar 16 16\r\nNATS/1.0 503\r\n\r\n\r\n",
        "MSG subject=[foo] sid=[1] reply=[bar] headers=[NATS/1.0 503\\r\\n\\r\\n] payload=[]")]
    public void One_operation_is_read(string input, string expected)
    {
        Assert.Equal([expected, End], EveryCut.OfServerInput(Readable.Bytes(input), ParserLimits.Default));
    }

    [Theory]
    [InlineData("\r\n", ProtocolViolation.UnknownOperation)]
    [InlineData("X", ProtocolViolation.UnknownOperation)]
    [InlineData("PUB foo 0\r\n\r\n", ProtocolViolation.UnknownOperation)]
    [InlineData("PX", ProtocolViolation.UnknownOperation)]
    [InlineData("MSG\r\n", ProtocolViolation.UnknownOperation)]
    [InlineData("MSGfoo", ProtocolViolation.UnknownOperation)]
    [InlineData("HMX", ProtocolViolation.UnknownOperation)]
    [InlineData("IX", ProtocolViolation.UnknownOperation)]
    [InlineData("+X", ProtocolViolation.UnknownOperation)]
    [InlineData("-X", ProtocolViolation.UnknownOperation)]
    [InlineData("MSG foo 1 5\r\nhelloX", ProtocolViolation.UnknownOperation)]
    [InlineData("MSG foo 1 5\r\nhello\rX", ProtocolViolation.UnknownOperation)]
    [InlineData("MSG foo\r\n", ProtocolViolation.InvalidArguments)]
    [InlineData("MSG foo 1\r\n", ProtocolViolation.InvalidArguments)]
    [InlineData("MSG foo 1 x\r\n", ProtocolViolation.InvalidArguments)]
    [InlineData("MSG foo 1 -1\r\n", ProtocolViolation.InvalidArguments)]
    [InlineData("MSG foo 1 r 5 5\r\n", ProtocolViolation.InvalidArguments)]
    [InlineData("MSG foo 1 9999999999\r\n", ProtocolViolation.InvalidArguments)]
    [InlineData("HMSG foo 1 5\r\n", ProtocolViolation.InvalidArguments)]
    [InlineData("HMSG foo 1 5 4\r\n", ProtocolViolation.InvalidArguments)]
    [InlineData("HMSG foo 1 x 4\r\n", ProtocolViolation.InvalidArguments)]
    [InlineData("HMSG foo 1 r 1 4 4\r\n", ProtocolViolation.InvalidArguments)]
    [InlineData("HMSG foo 1 r 1 4 4 4\r\n", ProtocolViolation.InvalidArguments)]
    [InlineData("MSG foo 1 1048577\r\n", ProtocolViolation.PayloadTooLarge)]
    public void Malformed_input_is_refused_as_soon_as_it_shows(string input, ProtocolViolation expected)
    {
        Assert.Equal([$"violation {expected}"], EveryCut.OfServerInput(Readable.Bytes(input), ParserLimits.Default));
    }

    [Fact]
    public void Operations_in_one_buffer_come_in_order()
    {
        Assert.Equal(
            [
                "INFO json=[{} ]",
                "+OK",
                "MSG subject=[a] sid=[9] reply=[] headers=[] payload=[x]",
                "-ERR text=[Invalid Subject]",
                "PING",
                "NeedMoreData [PO]",
            ],
            EveryCut.OfServerInput(
                "INFO {} \r\n+OK\r\nMSG a 9 1\r\nx\r\n-ERR 'Invalid Subject'\r\nPING\r\nPO"u8, ParserLimits.Default));
    }

    [Fact]
    public void The_line_limit_holds_for_every_operation()
    {
        var limits = ParserLimits.Default;
        limits.MaxControlLine = 16;

        Assert.Equal(["INFO json=[1234567890123456]", End], EveryCut.OfServerInput("INFO 1234567890123456\r\n"u8, limits));
        Assert.Equal(["violation ControlLineTooLong"], EveryCut.OfServerInput("INFO 12345678901234567"u8, limits));
    }
}

using Rivulet.Protocol.Tests.Support;

namespace Rivulet.Protocol.Tests.Parsing;

/// <summary>Every kind of malformed client input and what the server calls it. Each runs through <see cref="EveryCut"/>.</summary>
public class ClientViolationTests
{
    [Theory]
    [InlineData("\r\n")]
    [InlineData("\n")]
    [InlineData(" PING\r\n")]
    [InlineData("X")]
    [InlineData("\0")]
    [InlineData("\u00F0")]
    [InlineData("GET / HTTP/1.1\r\n")]
    [InlineData("PX")]
    [InlineData("P\r\n")]
    [InlineData("PUX")]
    [InlineData("PUB\r\n")]
    [InlineData("PUBX")]
    [InlineData("PUB\0")]
    [InlineData("PIX")]
    [InlineData("PINX")]
    [InlineData("POX")]
    [InlineData("PON\r\n")]
    [InlineData("HX")]
    [InlineData("HPX")]
    [InlineData("HPUB\r\n")]
    [InlineData("HPUBX")]
    [InlineData("SX")]
    [InlineData("SUX")]
    [InlineData("SUB\r\n")]
    [InlineData("SUBS")]
    [InlineData("UX")]
    [InlineData("UNSUBX")]
    [InlineData("UNSUB\n")]
    [InlineData("CX")]
    [InlineData("CONNECX")]
    [InlineData("IX")]
    [InlineData("INFX")]
    [InlineData("+X")]
    [InlineData("+OX")]
    [InlineData("-X")]
    [InlineData("-ERX")]
    [InlineData("-ERR\r\n")]
    [InlineData("-ERRX")]
    [InlineData("MSG foo 1 5\r\nhello\r\n")]
    [InlineData("HMSG foo 1 0 5\r\nhello\r\n")]
    [InlineData("RMSG $G foo 5\r\nhello\r\n")]
    [InlineData("RS+ $G foo\r\n")]
    [InlineData("LS+ foo\r\n")]
    [InlineData("A+ $G\r\n")]
    [InlineData("\u0050\u0015B")]
    [InlineData("\u0010UB foo 1")]
    [InlineData("\u000BOK\r\n")]
    [InlineData("\rPING")]
    public void An_unknown_name_is_refused_at_its_first_wrong_byte(string input)
    {
        Assert.Equal(
            ["violation UnknownOperation"], EveryCut.OfClientInput(Readable.Bytes(input), ParserLimits.Default));
    }

    [Theory]
    [InlineData("PUB foo 5\r\nhelloX")]
    [InlineData("PUB foo 5\r\nhello\n")]
    [InlineData("PUB foo 5\r\nhello\rX")]
    [InlineData("PUB foo 5\r\nhello\r\r")]
    [InlineData("PUB foo 2\r\nhello\r\n")]
    [InlineData("PUB foo 0\r\nX")]
    [InlineData("PUB foo 0\r\n\n")]
    [InlineData("HPUB foo 1 5\r\nhelloX")]
    [InlineData("HPUB foo 1 5\nhello\n")]
    public void A_payload_not_followed_by_its_line_end_is_refused(string input)
    {
        Assert.Equal(
            ["violation UnknownOperation"], EveryCut.OfClientInput(Readable.Bytes(input), ParserLimits.Default));
    }

    [Theory]
    [InlineData("PUB \r\n")]
    [InlineData("PUB \n")]
    [InlineData("PUB foo\r\n")]
    [InlineData("PUB foo \r\n")]
    [InlineData("PUB foo bar\r\n")]
    [InlineData("PUB foo bar baz 5\r\n")]
    [InlineData("PUB a b c d e f g 5\r\n")]
    [InlineData("PUB foo +5\r\n")]
    [InlineData("PUB foo -5\r\n")]
    [InlineData("PUB foo -1\r\n")]
    [InlineData("PUB foo 5x\r\n")]
    [InlineData("PUB foo 0x5\r\n")]
    [InlineData("PUB foo 1.0\r\n")]
    [InlineData("PUB foo 5\r\r\n")]
    [InlineData("PUB foo \u0665\r\n")]
    [InlineData("PUB foo 0000000005\r\n")]
    [InlineData("PUB foo 1000000000\r\n")]
    [InlineData("PUB foo 2147483648\r\n")]
    [InlineData("PUB foo 4294967301\r\n")]
    [InlineData("PUB foo 18446744073709551621\r\n")]
    [InlineData("PUB foo 99999999999999999999999999999999999999999999999999999999999999999999\r\n")]
    [InlineData("HPUB \r\n")]
    [InlineData("HPUB foo\r\n")]
    [InlineData("HPUB foo 5\r\n")]
    [InlineData("HPUB foo 5 x\r\n")]
    [InlineData("HPUB foo x 5\r\n")]
    [InlineData("HPUB foo 5 4\r\n")]
    [InlineData("HPUB foo bar 5 4\r\n")]
    [InlineData("HPUB foo -1 4\r\n")]
    [InlineData("HPUB foo 1 -4\r\n")]
    [InlineData("HPUB foo bar baz 1 4\r\n")]
    [InlineData("HPUB foo 1 9999999999999999999999\r\n")]
    [InlineData("HPUB foo 9999999999999999999999 1\r\n")]
    [InlineData("SUB \r\n")]
    [InlineData("SUB  \t \n")]
    [InlineData("SUB foo\r\n")]
    [InlineData("SUB foo q 1 more\r\n")]
    [InlineData("UNSUB \r\n")]
    [InlineData("UNSUB 1 2 3\r\n")]
    public void Arguments_that_make_no_sense_close_without_a_word(string input)
    {
        Assert.Equal(
            ["violation InvalidArguments"], EveryCut.OfClientInput(Readable.Bytes(input), ParserLimits.Default));
        Assert.True(ProtocolViolation.InvalidArguments.ErrorText().IsEmpty);
    }

    [Theory]
    [InlineData("-ERR 'it went wrong'\r\n")]
    [InlineData("-err x\n")]
    [InlineData("-ERR \r\n")]
    public void An_error_sent_by_the_client_ends_it(string input)
    {
        Assert.Equal(
            ["violation ReportedByClient"], EveryCut.OfClientInput(Readable.Bytes(input), ParserLimits.Default));
    }

    [Theory]
    [InlineData("PUB ", 1)]
    [InlineData("HPUB ", 1)]
    [InlineData("SUB ", 1)]
    [InlineData("UNSUB ", 1)]
    [InlineData("CONNECT ", 1)]
    [InlineData("INFO ", 1)]
    [InlineData("-ERR ", 1)]
    [InlineData("PING", 1)]
    [InlineData("+OK", 1)]
    [InlineData("PUB ", 300)]
    public void A_line_that_is_too_long_is_refused_before_it_ends(string name, int over)
    {
        var limits = ParserLimits.Default;
        limits.MaxControlLine = 64;

        string input = name + new string('a', limits.MaxControlLine + over);

        Assert.Equal(["violation ControlLineTooLong"], EveryCut.OfClientInput(Readable.Bytes(input), limits));
    }

    [Fact]
    public void Endless_blanks_before_the_arguments_are_refused()
    {
        var limits = ParserLimits.Default;
        limits.MaxControlLine = 64;

        Assert.Equal(
            ["violation ControlLineTooLong"],
            EveryCut.OfClientInput(Readable.Bytes("PUB" + new string(' ', 65)), limits));
        Assert.Equal(
            ["violation ControlLineTooLong"],
            EveryCut.OfClientInput(Readable.Bytes("PUB" + new string(' ', 65) + "foo 0\r\n\r\n"), limits));
    }

    [Fact]
    public void A_large_size_is_refused_before_the_payload_arrives()
    {
        Assert.Equal(
            ["violation PayloadTooLarge"],
            EveryCut.OfClientInput("PUB foo 1048577\r\n"u8, ParserLimits.Default));
        Assert.Equal(
            ["violation PayloadTooLarge"],
            EveryCut.OfClientInput("HPUB foo 999999999 999999999\r\n"u8, ParserLimits.Default));
    }

    [Fact]
    public void A_headers_publish_closes_without_a_word_where_headers_are_off()
    {
        var limits = ParserLimits.Default;
        limits.HeadersSupported = false;

        Assert.Equal(
            ["violation InvalidArguments"],
            EveryCut.OfClientInput("HPUB foo 12 14\r\nNATS/1.0\r\n\r\nhi\r\n"u8, limits));
        Assert.Equal(["violation InvalidArguments"], EveryCut.OfClientInput("HPUB foo 1 999999999\r\n"u8, limits));
    }

    [Fact]
    public void What_came_before_a_violation_is_still_done()
    {
        Assert.Equal(
            ["PING", "PUB subject=[a] reply=[] digits=[1] payload=[x]", "violation UnknownOperation"],
            EveryCut.OfClientInput("PING\r\nPUB a 1\r\nx\r\nbogus\r\nPING\r\n"u8, ParserLimits.Default));
    }
}

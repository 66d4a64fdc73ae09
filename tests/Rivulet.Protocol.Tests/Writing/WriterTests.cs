using Rivulet.Protocol.Tests.Support;

namespace Rivulet.Protocol.Tests.Writing;

public class WriterTests
{
    private delegate int Write(Span<byte> destination);

    [Fact]
    public void Server_operations_are_written_byte_for_byte()
    {
        byte[] headers = [.. "NATS/1.0\r\n\r\n"u8];
        Assert.Equal("MSG a.b 7 5\\r\\nhello\\r\\n", Server(3, 1, 0, 5, d =>
            ServerOperationWriter.WriteMessage(d, "a.b"u8, "7"u8, default, default, "hello"u8)));
        Assert.Equal("MSG a.b 7 r.1 0\\r\\n\\r\\n", Server(3, 1, 3, 0, d =>
            ServerOperationWriter.WriteMessage(d, "a.b"u8, "7"u8, "r.1"u8, default, default)));
        Assert.Equal("HMSG a 7 12 14\\r\\nNATS/1.0\\r\\n\\r\\nhi\\r\\n", Server(1, 1, 0, 14, d =>
            ServerOperationWriter.WriteMessage(d, "a"u8, "7"u8, default, headers, "hi"u8)));
        Assert.Equal("HMSG a 7 r 12 12\\r\\nNATS/1.0\\r\\n\\r\\n\\r\\n", Server(1, 1, 1, 12, d =>
            ServerOperationWriter.WriteMessage(d, "a"u8, "7"u8, "r"u8, headers, default)));
        Assert.Equal("INFO {} \\r\\n", Text(ServerOperationWriter.MaxInfoLength(2), d =>
            ServerOperationWriter.WriteInfo(d, "{}"u8)));
        Assert.Equal("-ERR 'Stale Connection'\\r\\n", Text(ServerOperationWriter.MaxErrorLength(16), d =>
            ServerOperationWriter.WriteError(d, "Stale Connection"u8)));
        Assert.Equal("PING\\r\\n", Readable.Text(ServerOperationWriter.Ping));
        Assert.Equal("PONG\\r\\n", Readable.Text(ServerOperationWriter.Pong));
        Assert.Equal("+OK\\r\\n", Readable.Text(ServerOperationWriter.Ok));
    }

    [Fact]
    public void Sizes_can_be_echoed_as_the_publisher_wrote_them()
    {
        Assert.Equal("MSG a 7 r 0005\\r\\n", Text(ServerOperationWriter.MaxMessageLineLength(1, 1, 1), d =>
            ServerOperationWriter.WriteMessageLine(d, "a"u8, "7"u8, "r"u8, "0005"u8)));
        Assert.Equal("HMSG a 7 0012 00014\\r\\n", Text(ServerOperationWriter.MaxMessageLineLength(1, 1, 0), d =>
            ServerOperationWriter.WriteHeaderMessageLine(d, "a"u8, "7"u8, default, "0012"u8, "00014"u8)));
    }

    [Fact]
    public void Client_operations_are_written_byte_for_byte()
    {
        byte[] headers = [.. "NATS/1.0\r\n\r\n"u8];
        Assert.Equal("CONNECT {}\\r\\n", Text(ClientOperationWriter.MaxConnectLength(2), d =>
            ClientOperationWriter.WriteConnect(d, "{}"u8)));
        Assert.Equal("PUB a 5\\r\\nhello\\r\\n", Text(ClientOperationWriter.MaxPublishLength(1, 0, 5), d =>
            ClientOperationWriter.WritePublish(d, "a"u8, default, default, "hello"u8)));
        Assert.Equal("PUB a r 0\\r\\n\\r\\n", Text(ClientOperationWriter.MaxPublishLength(1, 1, 0), d =>
            ClientOperationWriter.WritePublish(d, "a"u8, "r"u8, default, default)));
        Assert.Equal(
            "HPUB a r 12 14\\r\\nNATS/1.0\\r\\n\\r\\nhi\\r\\n",
            Text(ClientOperationWriter.MaxPublishLength(1, 1, 14), d =>
                ClientOperationWriter.WritePublish(d, "a"u8, "r"u8, headers, "hi"u8)));
        Assert.Equal("SUB a q 9223372036854775807\\r\\n", Text(ClientOperationWriter.MaxSubscribeLength(1, 1), d =>
            ClientOperationWriter.WriteSubscribe(d, "a"u8, "q"u8, long.MaxValue)));
        Assert.Equal("SUB a 1\\r\\n", Text(ClientOperationWriter.MaxSubscribeLength(1, 0), d =>
            ClientOperationWriter.WriteSubscribe(d, "a"u8, default, 1)));
        Assert.Equal("UNSUB 1\\r\\n", Text(ClientOperationWriter.MaxUnsubscribeLength, d =>
            ClientOperationWriter.WriteUnsubscribe(d, 1, 0)));
        Assert.Equal("UNSUB 1 2147483647\\r\\n", Text(ClientOperationWriter.MaxUnsubscribeLength, d =>
            ClientOperationWriter.WriteUnsubscribe(d, 1, int.MaxValue)));
        Assert.Equal("PING\\r\\n", Readable.Text(ClientOperationWriter.Ping));
        Assert.Equal("PONG\\r\\n", Readable.Text(ClientOperationWriter.Pong));
    }

    [Fact]
    public void What_the_server_writes_the_client_reads()
    {
        byte[] destination = new byte[ServerOperationWriter.MaxMessageLength(3, 2, 1, 14)];
        int length = ServerOperationWriter.WriteMessage(
            destination, "a.b"u8, "42"u8, "r"u8, "NATS/1.0\r\n\r\n"u8, "hi"u8);

        Assert.Equal(
            ["MSG subject=[a.b] sid=[42] reply=[r] headers=[NATS/1.0\\r\\n\\r\\n] payload=[hi]", "NeedMoreData []"],
            EveryCut.OfServerInput(destination.AsSpan(0, length), ParserLimits.Default));
    }

    [Fact]
    public void What_the_client_writes_the_server_reads()
    {
        byte[] destination = new byte[ClientOperationWriter.MaxPublishLength(3, 1, 14)];
        int length = ClientOperationWriter.WritePublish(
            destination, "a.b"u8, "r"u8, "NATS/1.0\r\n\r\n"u8, "hi"u8);

        Assert.Equal(
            [
                "PUB subject=[a.b] reply=[r] header-digits=[12] headers=[NATS/1.0\\r\\n\\r\\n] digits=[14] payload=[hi]",
                "NeedMoreData []",
            ],
            EveryCut.OfClientInput(destination.AsSpan(0, length), ParserLimits.Default));
    }

    [Fact]
    public void The_largest_numbers_fit_the_declared_lengths()
    {
        _ = Text(ServerOperationWriter.MaxMessageLineLength(1, 1, 1), d =>
            ServerOperationWriter.WriteHeaderMessageLine(d, "a"u8, "1"u8, "r"u8, 1_000_000_000, 1_147_483_647));
        _ = Text(ClientOperationWriter.MaxPublishLineLength(1, 1), d =>
            ClientOperationWriter.WriteHeaderPublishLine(d, "a"u8, "r"u8, 1_000_000_000, 1_147_483_647));
        _ = Text(ClientOperationWriter.MaxSubscribeLength(1, 1), d =>
            ClientOperationWriter.WriteSubscribe(d, "a"u8, "q"u8, long.MinValue));
        _ = Text(ClientOperationWriter.MaxUnsubscribeLength, d =>
            ClientOperationWriter.WriteUnsubscribe(d, long.MinValue, int.MaxValue));
    }

    [Fact]
    public void A_destination_that_is_too_small_throws()
    {
        Assert.ThrowsAny<ArgumentException>(() => ServerOperationWriter.WriteInfo(new byte[5], "{}"u8));
        Assert.ThrowsAny<ArgumentException>(() =>
            ServerOperationWriter.WriteMessageLine(new byte[7], "a"u8, "1"u8, default, 100));
    }

    private static string Server(int subject, int sid, int replyTo, int body, Write write)
    {
        return Text(ServerOperationWriter.MaxMessageLength(subject, sid, replyTo, body), write);
    }

    /// <summary>What is written to a destination of exactly the declared length.</summary>
    private static string Text(int maxLength, Write write)
    {
        byte[] destination = new byte[maxLength];
        return Readable.Text(destination.AsSpan(0, write(destination)));
    }
}

using System.Text;
using Rivulet.Benchmarks.Growth.Wire;

namespace Rivulet.Benchmarks.Tests;

/// <summary>What the growth curves' client reads of a server.</summary>
public class ServerMessageTests
{
    [Fact]
    public void A_message_is_read_with_its_parts()
    {
        int used = ServerMessage.Read("MSG $KV.b.k 2 $JS.ACK.x 5\r\nhello\r\nPING\r\n"u8, out ServerMessage message);
        Assert.Equal("MSG $KV.b.k 2 $JS.ACK.x 5\r\nhello\r\n".Length, used);
        Assert.Equal(ServerVerb.Message, message.Verb);
        Assert.Equal("$KV.b.k", Encoding.ASCII.GetString(message.Subject));
        Assert.Equal(2, message.Sid);
        Assert.Equal("$JS.ACK.x", Encoding.ASCII.GetString(message.ReplyTo));
        Assert.Equal("hello", Encoding.ASCII.GetString(message.Payload));
        Assert.True(message.Headers.IsEmpty);
    }

    [Fact]
    public void Headers_are_set_apart_from_the_payload()
    {
        int used = ServerMessage.Read("HMSG _R.0.7 1 17 19\r\nNATS/1.0\r\nA:b\r\n\r\nok\r\n"u8, out ServerMessage message);
        Assert.Equal(42, used);
        Assert.Equal("NATS/1.0\r\nA:b\r\n\r\n", Encoding.ASCII.GetString(message.Headers));
        Assert.Equal("ok", Encoding.ASCII.GetString(message.Payload));
        Assert.True(message.ReplyTo.IsEmpty);
    }

    [Fact]
    public void Nothing_is_read_before_all_of_it_is_there()
    {
        byte[] whole = "HMSG _R.0.7 1 17 19\r\nNATS/1.0\r\nA:b\r\n\r\nok\r\n"u8.ToArray();
        for (int length = 0; length < whole.Length; length++)
            Assert.Equal(0, ServerMessage.Read(whole.AsSpan(0, length), out _));
        Assert.Equal(whole.Length, ServerMessage.Read(whole, out _));
    }

    [Fact]
    public void Other_operations_are_told_apart()
    {
        Assert.Equal(6, ServerMessage.Read("PING\r\n"u8, out ServerMessage ping));
        Assert.Equal(ServerVerb.Ping, ping.Verb);
        ServerMessage.Read("-ERR 'Slow Consumer'\r\n"u8, out ServerMessage error);
        Assert.Equal(ServerVerb.Error, error.Verb);
        Assert.Equal("-ERR 'Slow Consumer'", Encoding.ASCII.GetString(error.Line));
        ServerMessage.Read("+OK\r\n"u8, out ServerMessage ok);
        Assert.Equal(ServerVerb.Other, ok.Verb);
    }

    [Theory]
    [InlineData("MSG a 1\r\n")]
    [InlineData("MSG a 1 x 5 6 7\r\n")]
    [InlineData("MSG a 1 five\r\n")]
    [InlineData("MSG a 1 2\r\nhello\r\n")]
    public void A_malformed_message_is_refused(string text) =>
        Assert.Throws<InvalidDataException>(() => ServerMessage.Read(Encoding.ASCII.GetBytes(text), out _));
}

using Rivulet.Server.Connections;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Core;

/// <summary>Receivers that do not keep up, and what they do to others: nothing.</summary>
public class SlowConsumerTests
{
    private static readonly string Message = $"PUB flood 65536\r\n{new string('x', 65536)}\r\n";

    [Fact]
    public async Task A_receiver_that_does_not_read_is_closed_when_too_much_waits_for_it()
    {
        await using var server = await EmbeddedServer.StartAsync(options => options with
        {
            MaxPayload = 100_000,
            MaxPending = 1_000_000,
            NoFastProducerStall = true,
        });
        await using var slow = await RawClient.ConnectAsync(server.Port, receiveBufferBytes: 4096);
        await slow.SendAsync("SUB flood 1\r\n");
        await slow.ReadUntilAsync("+OK\r\n");
        await using var publisher = await server.ConnectQuietAsync();
        await PublishUntilAsync(publisher, () => server.Server.SlowConsumers > 0);
        await Eventually.Holds(() => server.Server.ConnectionCount == 1);
        Assert.Contains(
            server.Log.Lines,
            line => line.EndsWith("Slow Consumer Detected: MaxPending of 1000000 Exceeded", StringComparison.Ordinal));
        Assert.Contains(
            server.Log.Lines,
            line => line.EndsWith("Client connection closed: Slow Consumer (Pending Bytes)", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Others_get_everything_while_one_does_not_read()
    {
        await using var server = await EmbeddedServer.StartAsync();
        await using var slow = await RawClient.ConnectAsync(server.Port, receiveBufferBytes: 4096);
        await slow.SendAsync("SUB flood 1\r\n");
        await slow.ReadUntilAsync("+OK\r\n");
        await using var quick = await server.ConnectQuietAsync();
        await quick.SendAsync("SUB flood 1\r\n");
        await quick.PingAsync();
        await using var publisher = await server.ConnectQuietAsync();
        string expected = $"MSG flood 1 65536\r\n{new string('x', 65536)}\r\n";
        for (int i = 0; i < 100; i++)
        {
            await publisher.SendAsync(Message);
            await quick.ExpectAsync(expected);
        }

        Assert.Equal(0, server.Server.SlowConsumers);
    }

    [Fact]
    public async Task A_receiver_that_reads_slowly_gets_everything_in_order()
    {
        await using var server = await EmbeddedServer.StartAsync();
        await using var slow = await RawClient.ConnectAsync(server.Port, receiveBufferBytes: 4096);
        await slow.SayConnectAsync();
        await slow.SendAsync("SUB n 1\r\n");
        await slow.PingAsync();
        await using var publisher = await server.ConnectQuietAsync();
        var expected = new System.Text.StringBuilder();
        for (int i = 0; i < 300; i++)
        {
            string payload = i.ToString("d4") + new string((char)('a' + i % 26), 9_996);
            await publisher.SendAsync($"PUB n 10000\r\n{payload}\r\n");
            expected.Append($"MSG n 1 10000\r\n{payload}\r\n");
        }

        await publisher.PingAsync();
        await slow.ExpectAsync(expected.ToString());
    }

    [Fact]
    public async Task A_receiver_that_takes_nothing_until_the_deadline_is_closed()
    {
        var time = new ManualTimeProvider();
        await using var server = await EmbeddedServer.StartAsync(options => options with { TimeProvider = time });
        await using var slow = await RawClient.ConnectAsync(server.Port, receiveBufferBytes: 4096);
        await slow.SendAsync("SUB flood 1\r\nPONG\r\n");
        await slow.ReadUntilAsync("+OK\r\n");
        await using var publisher = await server.ConnectQuietAsync();
        int timers = time.WaitingTimers;
        await PublishUntilAsync(publisher, () => time.WaitingTimers > timers);
        time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(2, server.Server.ConnectionCount);
        time.Advance(TimeSpan.FromSeconds(2));
        await Eventually.Holds(() => server.Server.ConnectionCount == 1);
        Assert.Equal(1, server.Server.SlowConsumers);
        Assert.Contains(
            server.Log.Lines,
            line => line.Contains("Slow Consumer Detected: WriteDeadline of 10s exceeded with", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_producer_is_held_back_while_its_receiver_lags()
    {
        await using var server = await EmbeddedServer.StartAsync(options => options with { MaxPending = 2_000_000 });
        await using var slow = await RawClient.ConnectAsync(server.Port, receiveBufferBytes: 4096);
        await slow.SendAsync("SUB flood 1\r\n");
        await slow.ReadUntilAsync("+OK\r\n");
        await using var publisher = await server.ConnectQuietAsync();
        var receiver = server.Server.Connections.Single(connection => connection.Id == 1);
        await PublishUntilAsync(publisher, () => receiver.IsLagging);
        var time = new ManualTimeProvider();
        var stall = ProducerStall.WaitAsync(receiver, time).AsTask();
        for (int step = 0; step < 5; step++)
        {
            await Eventually.Holds(() => time.WaitingTimers == 1);
            Assert.False(stall.IsCompleted);
            time.Advance(TimeSpan.FromMilliseconds(2));
        }

        await stall;
        for (int i = 0; i < 100 && receiver.IsLagging; i++)
            await slow.DrainAsync(TimeSpan.FromMilliseconds(100));
        Assert.False(receiver.IsLagging);
        Assert.True(ProducerStall.WaitAsync(receiver, time).AsTask().IsCompletedSuccessfully);
    }

    [Fact]
    public async Task A_client_that_publishes_to_itself_is_held_back_like_others()
    {
        await using var server = await EmbeddedServer.StartAsync(options => options with { MaxPending = 2_000_000 });
        await using var client = await RawClient.ConnectAsync(server.Port, receiveBufferBytes: 4096);
        await client.SayConnectAsync();
        await client.SendAsync("SUB flood 1\r\n");
        for (int i = 0; i < 1000 && server.Server.Stalls == 0; i++)
        {
            try
            {
                await client.SendAsync(Message);
            }
            catch (IOException)
            {
                // Closed as a slow consumer in the end; until then it was to be held back.
                break;
            }
        }

        Assert.NotEqual(0, server.Server.Stalls);
    }

    [Fact]
    public async Task A_client_that_waits_for_room_to_send_learns_that_it_was_closed()
    {
        await using var server = await EmbeddedServer.StartAsync(options => options with { MaxPending = 2_000_000 });
        await using var client = await RawClient.ConnectAsync(server.Port, receiveBufferBytes: 4096);
        await client.SayConnectAsync();
        await client.SendAsync("SUB flood 1\r\n");
        byte[] flood = new byte[1000 * Message.Length];
        for (int i = 0; i < 1000; i++)
            System.Text.Encoding.Latin1.GetBytes(Message, flood.AsSpan(i * Message.Length));
        client.Limit = TimeSpan.FromSeconds(30);
        await Assert.ThrowsAsync<IOException>(() => client.SendAsync(flood));
        Assert.Equal(1, server.Server.SlowConsumers);
    }

    private static async Task PublishUntilAsync(RawClient publisher, Func<bool> condition)
    {
        for (int i = 0; i < 1000 && !condition(); i++)
        {
            await publisher.SendAsync(Message);
            await publisher.PingAsync();
        }

        Assert.True(condition(), "the receiver's buffers never filled");
    }
}

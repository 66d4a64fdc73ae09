using System.Text;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Abuse;

/// <summary>Subscribers that never read, under all that a publisher can send.</summary>
[Collection(nameof(AbuseCollection))]
public sealed class SilentSubscriberTests
{
    private const int PayloadBytes = 1024;
    private const int Messages = 300_000;
    private const int Silent = 4;

    [Fact]
    public async Task Who_does_not_read_is_closed_and_others_get_everything()
    {
        await using var server = await AbusedServer.StartAsync("max_pending: 16MB");
        await using var publisher = await server.ConnectAsync();
        await using var reader = await server.ConnectAsync();
        long before = server.ResidentBytes();
        var silent = new List<RawClient>();
        for (int i = 0; i < Silent; i++)
        {
            var client = await RawClient.ConnectAsync(server.Port, receiveBufferBytes: 4096);
            await client.SayConnectAsync();
            await client.SendAsync("SUB flood 1\r\n");
            await client.PingAsync();
            silent.Add(client);
        }

        await reader.SendAsync("SUB flood 1\r\n");
        await reader.PingAsync();
        string payload = new('x', PayloadBytes);
        byte[] batch = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat($"PUB flood {PayloadBytes}\r\n{payload}\r\n", 500)));
        long frameBytes = $"MSG flood 1 {PayloadBytes}\r\n{payload}\r\n".Length;
        long start = TimeProvider.System.GetTimestamp();
        var reading = ReadAsync(reader, Messages * frameBytes);
        long most = before;
        for (int i = 0; i < Messages / 500; i++)
        {
            await publisher.SendAsync(batch);
            most = Math.Max(most, server.ResidentBytes());
        }

        await publisher.PingAsync();
        await reading;
        var took = TimeProvider.System.GetElapsedTime(start);
        await Eventually.Holds(() => server.Process.Log.Count(line => line.Contains("Slow Consumer Detected", StringComparison.Ordinal)) == Silent);
        foreach (var client in silent)
            await client.DisposeAsync();
        long after = await server.ResidentBelowAsync(before + (64 << 20));
        Console.WriteLine(
            $"abuse, {Silent} subscribers that never read: another one got {Messages} messages of {PayloadBytes} bytes in {took.TotalSeconds:0.0} s; {before >> 20} MB before, {most >> 20} MB at most, {after >> 20} MB after");
        Assert.InRange(most - before, 0, 300L << 20);
        Assert.InRange(after - before, 0, 64L << 20);
    }

    private static async Task ReadAsync(RawClient client, long bytes)
    {
        for (long read = 0; read < bytes;)
        {
            int count = (int)Math.Min(bytes - read, 64 * 1024);
            await client.ReadAsync(count);
            read += count;
        }
    }
}

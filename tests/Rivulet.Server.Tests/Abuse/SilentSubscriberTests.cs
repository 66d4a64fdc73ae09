using System.Text;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Abuse;

/// <summary>Subscribers that never read, under all that a publisher can send.</summary>
[Collection(nameof(AbuseCollection))]
public sealed class SilentSubscriberTests
{
    private const int PayloadBytes = 1024;
    private const int Messages = 80_000;
    private const int Silent = 4;
    private const int Rounds = 12;
    private static readonly byte[] Batch = Encoding.ASCII.GetBytes(
        string.Concat(Enumerable.Repeat($"PUB flood {PayloadBytes}\r\n{new string('x', PayloadBytes)}\r\n", 500)));

    [Fact]
    public async Task Who_does_not_read_is_closed_and_others_get_everything()
    {
        await using var server = await AbusedServer.StartAsync("max_pending: 16MB");
        await using var publisher = await server.ConnectAsync();
        await using var reader = await server.ConnectAsync();
        await reader.SendAsync("SUB flood 1\r\n");
        await reader.PingAsync();
        long before = server.ResidentBytes();
        var after = new List<long>();
        long most = before;
        long start = TimeProvider.System.GetTimestamp();
        for (int round = 1; round <= Rounds; round++)
        {
            most = Math.Max(most, await FloodAsync(server, publisher, reader));
            int closed = round * Silent;
            await Eventually.Holds(() => server.Process.Log.Count(line => line.Contains("Slow Consumer Detected", StringComparison.Ordinal)) == closed);
            after.Add(server.ResidentBytes());
        }

        var took = TimeProvider.System.GetElapsedTime(start);
        Console.WriteLine(
            $"abuse, {Silent} subscribers that never read, {Rounds} times: another one got {Rounds * Messages} messages of {PayloadBytes} bytes in {took.TotalSeconds:0.0} s; {before >> 20} MB before, {most >> 20} MB at most, {string.Join(", ", after.Select(bytes => bytes >> 20))} MB after each time");

        // What the first ones left is used by the next ones, of which there is more than half a gigabyte in all.
        Assert.InRange(most - before, 0, 400L << 20);
    }

    /// <summary>Publishes while some do not read and one does; the most memory that the server took.</summary>
    private static async Task<long> FloodAsync(AbusedServer server, RawClient publisher, RawClient reader)
    {
        var silent = new List<RawClient>();
        for (int i = 0; i < Silent; i++)
        {
            var client = await RawClient.ConnectAsync(server.Port, receiveBufferBytes: 4096);
            await client.SayConnectAsync();
            await client.SendAsync("SUB flood 1\r\n");
            await client.PingAsync();
            silent.Add(client);
        }

        long frameBytes = $"MSG flood 1 {PayloadBytes}\r\n".Length + PayloadBytes + 2;
        var reading = ReadAsync(reader, Messages * frameBytes);
        long most = 0;
        for (int i = 0; i < Messages / 500; i++)
        {
            await publisher.SendAsync(Batch);
            most = Math.Max(most, server.ResidentBytes());
        }

        await publisher.PingAsync();
        await reading;
        foreach (var client in silent)
            await client.DisposeAsync();
        return most;
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

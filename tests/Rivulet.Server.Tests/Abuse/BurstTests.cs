using System.Net.Sockets;
using System.Text;

namespace Rivulet.Server.Tests.Abuse;

/// <summary>Bursts that take a lot of memory and are over: what the server has of it afterwards.</summary>
/// <remarks>The short runs look for half a minute, the long ones for the two minutes in which all of it has to be back.</remarks>
[Collection(nameof(AbuseCollection))]
public sealed class BurstTests
{
    private const int PendingBytes = 64 * 1024;
    private const int LargeBytes = 64 << 20;

    // On a machine that has other things to do.
    private static readonly TimeSpan LargeLimit = TimeSpan.FromMinutes(1);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public Task What_a_thousand_connections_left_unfinished_is_given_back() => PendingAsync(1_000, TimeSpan.FromSeconds(40));

    [Fact(Explicit = true)]
    public Task What_ten_thousand_connections_left_unfinished_is_given_back() => PendingAsync(10_000, TimeSpan.FromMinutes(2));

    [Fact]
    public Task What_large_messages_took_is_given_back() => LargeAsync(8, TimeSpan.FromSeconds(40));

    [Fact(Explicit = true)]
    public Task What_a_flood_of_large_messages_took_is_given_back() => LargeAsync(100, TimeSpan.FromMinutes(2));

    [Fact]
    public async Task Who_sent_a_large_message_and_fell_silent_holds_no_memory_for_it()
    {
        const int Connections = 300;
        await using var server = await AbusedServer.StartAsync();
        await using var good = await server.ConnectAsync();
        await good.PingAsync();
        long before = server.ResidentBytes();
        byte[] message = [.. Encoding.ASCII.GetBytes("CONNECT {\"verbose\":false}\r\nPUB a 1048576\r\n"), .. new byte[1 << 20], .. "\r\nPING\r\n"u8];
        var sockets = new List<Socket>();
        for (int i = 0; i < Connections; i++)
        {
            var socket = await AbusedServer.DialAsync(server.Port);
            for (int sent = 0; sent < message.Length;)
                sent += await socket.SendAsync(message.AsMemory(sent), Cancel);
            sockets.Add(socket);
        }

        await good.PingAsync();
        long with = await server.ResidentBelowAsync(before + (Connections * 128L * 1024) + (48 << 20));
        Console.WriteLine($"abuse, {Connections} silent connections after a message of 1 MiB each: {(with - before) / Connections} bytes each");
        Assert.InRange(with - before, long.MinValue, (Connections * 128L * 1024) + (48 << 20));
        foreach (var socket in sockets)
            socket.Dispose();
    }

    private static async Task PendingAsync(int connections, TimeSpan patience)
    {
        await using var server = await AbusedServer.StartAsync();
        await using var good = await server.ConnectAsync();
        await good.PingAsync();
        long before = server.ResidentBytes();
        byte[] unfinished = [.. Encoding.ASCII.GetBytes($"CONNECT {{\"verbose\":false}}\r\nPUB a {PendingBytes + 1}\r\n"), .. new byte[PendingBytes]];
        var sockets = new List<Socket>(connections);
        for (int i = 0; i < connections; i++)
        {
            var socket = await AbusedServer.DialAsync(server.Port);
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
            for (int sent = 0; sent < unfinished.Length;)
                sent += await socket.SendAsync(unfinished.AsMemory(sent), Cancel);
            sockets.Add(socket);
        }

        await good.PingAsync();
        long with = server.ResidentBytes();
        foreach (var socket in sockets)
            socket.Dispose();
        await good.PingAsync();
        await WatchAsync(server, $"{connections} connections with {PendingBytes >> 10} KiB unfinished", before, with, patience);
    }

    private static async Task LargeAsync(int messages, TimeSpan patience)
    {
        await using var server = await AbusedServer.StartAsync($"max_payload: {LargeBytes}, max_pending: {4L * LargeBytes}");
        await using var good = await server.ConnectAsync();
        await good.PingAsync();
        long before = server.ResidentBytes();
        long with = before;
        await using (var reader = await server.ConnectAsync())
        await using (var writer = await server.ConnectAsync())
        {
            await reader.SendAsync("SUB large 1\r\n");
            await reader.PingAsync();
            byte[] message = [.. Encoding.ASCII.GetBytes($"PUB large {LargeBytes}\r\n"), .. new byte[LargeBytes], .. "\r\n"u8];
            int delivered = $"MSG large 1 {LargeBytes}\r\n".Length + LargeBytes + 2;
            (reader.Limit, writer.Limit) = (LargeLimit, LargeLimit);
            for (int i = 0; i < messages; i++)
            {
                var received = reader.SkipAsync(delivered);
                await writer.SendAsync(message);
                await writer.PingAsync();
                with = Math.Max(with, server.ResidentBytes());
                await received;
            }
        }

        await WatchAsync(server, $"{messages} messages of {LargeBytes >> 20} MiB", before, with, patience);
    }

    /// <summary>Looks at the memory for a while; most of what the burst took has to be back at the end.</summary>
    private static async Task WatchAsync(AbusedServer server, string what, long before, long with, TimeSpan patience)
    {
        long start = TimeProvider.System.GetTimestamp();
        long rightAfter = server.ResidentBytes();
        long afterHalfAMinute = 0;
        long now = rightAfter;
        long allowed = before + Math.Max(48L << 20, (with - before) / 8);
        var took = TimeSpan.Zero;
        while (took < patience && (now > allowed || (patience > TimeSpan.FromMinutes(1) && took < patience)))
        {
            await Task.Delay(500, Cancel);
            now = server.ResidentBytes();
            took = TimeProvider.System.GetElapsedTime(start);
            if (took >= TimeSpan.FromSeconds(30) && afterHalfAMinute == 0)
                afterHalfAMinute = now;
        }

        string half = afterHalfAMinute == 0 ? "" : $", {afterHalfAMinute >> 20} after 30 s";
        Console.WriteLine(
            $"abuse, {what}: {before >> 20} MB before, {with >> 20} with them, {rightAfter >> 20} right after{half}, {now >> 20} after {took.TotalSeconds:0} s");
        await using var late = await server.ConnectAsync();
        Assert.True(now <= allowed, $"{(now - before) >> 20} MB of {(with - before) >> 20} are still there after {took.TotalSeconds:0} s");
    }
}

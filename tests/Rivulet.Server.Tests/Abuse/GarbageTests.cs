using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Rivulet.TestKit.Measuring;

namespace Rivulet.Server.Tests.Abuse;

/// <summary>Random and spoiled protocol against a server that others use meanwhile.</summary>
/// <remarks><c>RIVULET_FUZZ_SEED</c> repeats a run's inputs; <c>RIVULET_GARBAGE_INPUTS</c> sets how many there are.</remarks>
[Collection(nameof(AbuseCollection))]
public sealed class GarbageTests
{
    private const int InputsPerConnection = 8;
    private const int HandledMicros = 100;
    private const int InputsOfShortRun = 20_000;
    private const int InputsOfCampaign = 1_000_000;
    private const int InputsPerServedCheck = 500;

    private static readonly string[] Good =
    [
        "CONNECT {\"verbose\":false,\"headers\":true,\"no_responders\":true,\"protocol\":1}\r\n", "PING\r\n", "PONG\r\n", "SUB a.b 1\r\n",
        "SUB a.* q 2\r\n", "UNSUB 1\r\n", "UNSUB 1 5\r\n", "PUB a.b 5\r\nhello\r\n", "PUB a.b r 0\r\n\r\n",
        "HPUB a.b 16 21\r\nNATS/1.0\r\nA: \r\n\r\nhello\r\n", "PUB $SYS.REQ.USER.INFO _INBOX.x 0\r\n\r\n", "INFO {}\r\n", "+OK\r\n", "-ERR 'x'\r\n",
    ];

    private static readonly string[] Parts =
    [
        " ", "\r\n", "\n", "\t", "999999999999999999999", "-1", "0", "1073741824", ">", "*", ".", "\0", "{", "}", "\"", "\xff\xfe", "PUB", "HPUB ", "SUB ", "MSG",
        "\x16\x03\x01", "GET / HTTP/1.1\r\n\r\n", "'", "$JS.API.", "_INBOX.",
    ];

    [Fact]
    public Task A_live_server_shrugs_at_garbage()
    {
        return RunAsync(InputsOfShortRun);
    }

    [Fact(Explicit = true)]
    public Task A_live_server_shrugs_at_a_million_inputs()
    {
        return RunAsync(InputsOfCampaign);
    }

    private static async Task RunAsync(int inputs)
    {
        inputs = int.TryParse(Environment.GetEnvironmentVariable("RIVULET_GARBAGE_INPUTS"), out int given) ? given : inputs;
        int seed = FirstSeed.Of("RIVULET_FUZZ_SEED");
        Console.WriteLine($"abuse, garbage: seed {seed}, {inputs} inputs");
        var random = new Random(seed);
        await using var server = await AbusedServer.StartAsync();
        await using var good = await server.ConnectAsync();
        await good.SendAsync("SUB served 1\r\n");
        await good.PingAsync();

        // What the first inputs make the process load stays, and is no leak.
        for (int i = 0; i < Math.Min(inputs / 10, 2000); i++)
            await AbuseAsync(server.Port, random);
        long before = server.ResidentBytes();
        int connections = 0;
        var slowest = TimeSpan.Zero;
        var clock = Stopwatch.StartNew();
        for (int sent = 0, check = 0; sent < inputs; connections++)
        {
            sent += await AbuseAsync(server.Port, random);
            if (sent / InputsPerServedCheck == check)
                continue;
            check = sent / InputsPerServedCheck;
            long start = TimeProvider.System.GetTimestamp();
            await good.SendAsync("PONG\r\nPUB served 2\r\nok\r\n");
            await good.ReadUntilAsync("MSG served 1 2\r\nok\r\n");
            var took = TimeProvider.System.GetElapsedTime(start);
            slowest = took > slowest ? took : slowest;
        }

        long after = await server.ResidentBelowAsync(before + (48 << 20));
        Console.WriteLine(
            $"abuse, garbage: {inputs} inputs over {connections} connections in {clock.Elapsed.TotalSeconds:0} s, {before >> 20} MB before, {after >> 20} MB after, slowest answer to another client {slowest.TotalMilliseconds:0} ms");
        Assert.DoesNotContain(server.Process.Log, line => line.Contains("serving the connection failed", StringComparison.Ordinal));
        Assert.InRange(after - before, long.MinValue, 48L << 20);
        Assert.True(slowest < TimeSpan.FromSeconds(2), $"another client waited for {slowest}");
    }

    /// <summary>Sends inputs over one connection until it ends, or there were enough; how many that were.</summary>
    private static async Task<int> AbuseAsync(int port, Random random)
    {
        using var socket = await AbusedServer.DialAsync(port);

        // No leftover of the connection keeps its port: there are not a million of those.
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        int inputs = 0;
        byte[] dropped = new byte[16 * 1024];
        try
        {
            while (inputs < InputsPerConnection)
            {
                socket.Send(Input(random));
                inputs++;

                // Time for the server to see the end of a connection that is to be ended.
                while (socket.Poll(HandledMicros, SelectMode.SelectRead))
                {
                    if (socket.Receive(dropped) == 0)
                        return inputs;
                }
            }
        }
        catch (SocketException)
        {
            // The server has had enough.
        }

        return Math.Max(inputs, 1);
    }

    private static byte[] Input(Random random)
    {
        if (random.Next(8) == 0)
        {
            byte[] noise = new byte[random.Next(1, 200)];
            random.NextBytes(noise);
            return noise;
        }

        var text = new StringBuilder(Good[random.Next(Good.Length)]);
        for (int i = random.Next(3); i > 0; i--)
        {
            int at = random.Next(text.Length + 1);
            switch (random.Next(4))
            {
                case 0:
                    text.Insert(at, Parts[random.Next(Parts.Length)]);
                    break;
                case 1:
                    text.Remove(at, Math.Min(random.Next(1, 6), text.Length - at));
                    break;
                case 2 when at < text.Length:
                    text[at] = (char)random.Next(256);
                    break;
                default:
                    text.Append(text);
                    break;
            }
        }

        return Encoding.Latin1.GetBytes(text.ToString());
    }
}

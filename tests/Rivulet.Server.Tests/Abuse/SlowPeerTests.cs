using System.Net.Sockets;
using System.Text;
using Rivulet.Server.Tests.Tls;
using Rivulet.TestKit.Processes;
using Rivulet.TestKit.Security;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Abuse;

/// <summary>Peers that begin something and never finish it. They cost themselves their connection, and nobody else anything.</summary>
[Collection(nameof(AbuseCollection))]
public sealed class SlowPeerTests
{
    private const int Peers = 200;
    private static readonly TimeSpan ServedWithin = TimeSpan.FromSeconds(2);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("CONNECT", "CONNECT {\"verbose\":false,\"name\":\"", "x")]
    [InlineData("PUB", "CONNECT {\"verbose\":false}\r\nPUB a 1000000\r\n", "x")]
    [InlineData("SUB", "CONNECT {\"verbose\":false}\r\nSUB ", "x")]
    public async Task Who_dribbles_is_closed_as_stale(string what, string beginning, string more)
    {
        await using var server = await AbusedServer.StartAsync("ping_interval: \"500ms\", ping_max: 2");
        long before = server.ResidentBytes();
        await using var good = await RawClient.ConnectAsync(server.Port);
        await using var answers = AnswerPings(good);
        var dribblers = await DialManyAsync(server.Port, beginning);
        int closed = 0;
        long start = TimeProvider.System.GetTimestamp();
        long memory = server.ResidentBytes();
        while (dribblers.Count > 0 && TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(20))
        {
            closed += dribblers.RemoveAll(socket => !TrySend(socket, more) || HasEnded(socket));
            memory = Math.Max(memory, server.ResidentBytes());
            await Task.Delay(20, Cancel);
        }

        var took = TimeProvider.System.GetElapsedTime(start);
        Console.WriteLine(
            $"abuse, dribbled {what}: {closed} of {Peers} closed within {took.TotalSeconds:0.0} s, {(memory - before) / Peers} bytes each at most, slowest answer to another client {answers.Slowest.TotalMilliseconds:0} ms");
        Assert.Equal(Peers, closed);
        Assert.True(answers.Slowest < ServedWithin, $"another client waited for {answers.Slowest}");
    }

    [Fact]
    public async Task Who_never_finishes_a_tls_handshake_is_closed()
    {
        using var folder = new TemporaryFolder("abuse");
        using var authority = new TestAuthority();
        using var certificate = authority.IssueServer();
        var (certificateFile, keyFile) = TestAuthority.Write(certificate, folder, "server");
        await using var server = await AbusedServer.StartAsync(
            $"tls {{ cert_file: \"{certificateFile}\", key_file: \"{keyFile}\", timeout: \"2s\" }}");
        var silent = await DialManyAsync(server.Port, "");
        var begun = await DialManyAsync(server.Port, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03");
        await ServedAsync(
            "TLS handshakes that never end",
            [.. silent, .. begun],
            async () =>
            {
                var (client, _, _) = await TlsFixture.ConnectAsync(server.Port, authority);
                await client.DisposeAsync();
            });
    }

    [Fact]
    public async Task Who_never_finishes_an_upgrade_is_closed()
    {
        int port = LoopbackPort.FindFree();
        await using var server = await AbusedServer.StartAsync($"websocket {{ listen: \"127.0.0.1:{port}\", no_tls: true, handshake_timeout: \"2s\" }}");
        var silent = await DialManyAsync(port, "");
        var begun = await DialManyAsync(port, "GET / HTTP/1.1\r\nHost: x\r\nUpgr");
        await ServedAsync(
            "WebSocket requests that never end",
            [.. silent, .. begun],
            async () =>
            {
                using var socket = new System.Net.WebSockets.ClientWebSocket();
                await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{port}"), Cancel);
                await socket.ReceiveAsync(new byte[1000], Cancel);
            });
    }

    /// <summary>Sees that others get in while the sockets wait, and that all of those are closed in the end.</summary>
    private static async Task ServedAsync(string what, List<Socket> sockets, Func<Task> connect)
    {
        await connect();
        var slowest = TimeSpan.Zero;
        int total = sockets.Count;
        long start = TimeProvider.System.GetTimestamp();
        while (sockets.Count > 0 && TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(20))
        {
            long connecting = TimeProvider.System.GetTimestamp();
            await connect();
            var took = TimeProvider.System.GetElapsedTime(connecting);
            slowest = took > slowest ? took : slowest;
            sockets.RemoveAll(HasEnded);
            await Task.Delay(20, Cancel);
        }

        var all = TimeProvider.System.GetElapsedTime(start);
        Console.WriteLine(
            $"abuse, {what}: {total - sockets.Count} of {total} closed within {all.TotalSeconds:0.0} s, slowest connect of another client {slowest.TotalMilliseconds:0} ms");
        Assert.Empty(sockets);
        Assert.True(slowest < ServedWithin, $"another client waited for {slowest}");
    }

    private static async Task<List<Socket>> DialManyAsync(int port, string beginning)
    {
        var sockets = new List<Socket>();
        for (int i = 0; i < Peers; i++)
        {
            var socket = await AbusedServer.DialAsync(port);
            Assert.True(beginning.Length == 0 || TrySend(socket, beginning));
            sockets.Add(socket);
        }

        return sockets;
    }

    private static bool TrySend(Socket socket, string text)
    {
        try
        {
            socket.Send(Encoding.Latin1.GetBytes(text));
            return true;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return false;
        }
    }

    // Reads what there is, without waiting, up to the end if that has come.
    private static bool HasEnded(Socket socket)
    {
        try
        {
            byte[] dropped = new byte[4096];
            while (socket.SafeHandle is { IsClosed: false } && socket.Poll(0, SelectMode.SelectRead))
            {
                if (socket.Receive(dropped) == 0)
                {
                    socket.Dispose();
                    return true;
                }
            }

            return socket.SafeHandle.IsClosed;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return true;
        }
    }

    private static Answers AnswerPings(RawClient client)
    {
        return new Answers(client);
    }

    /// <summary>A client that lives as clients do, and measures how long the server takes to answer it.</summary>
    private sealed class Answers : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _loop;

        public Answers(RawClient client)
        {
            _loop = RunAsync(client);
        }

        public TimeSpan Slowest { get; private set; }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _loop;
            _stop.Dispose();
        }

        private async Task RunAsync(RawClient client)
        {
            await client.SayConnectAsync();
            while (!_stop.IsCancellationRequested)
            {
                await client.SendAsync("PONG\r\n");
                var took = await AbusedServer.SlowestRoundTripAsync(client, 1);
                Slowest = took > Slowest ? took : Slowest;
                await Task.Delay(20);
            }
        }
    }
}

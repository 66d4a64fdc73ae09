using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Rivulet.TestKit.Processes;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Abuse;

/// <summary>A server program in a process of its own, whose memory can be looked at, and a client that must not notice the abuse.</summary>
internal sealed class AbusedServer : IAsyncDisposable
{
    private AbusedServer(ServerProcess process)
    {
        Process = process;
    }

    /// <summary>The process.</summary>
    public ServerProcess Process { get; }

    /// <summary>Its port.</summary>
    public int Port => Process.Port;

    /// <summary>Starts a server without JetStream.</summary>
    /// <param name="configuration">What its configuration file says; null for none.</param>
    public static async Task<AbusedServer> StartAsync(string? configuration = null)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the memory of another process is read from /proc, which is there on Linux only");
        return new AbusedServer(await ServerProcess.StartAsync(new ServerProcessOptions { JetStream = false, Configuration = configuration }));
    }

    /// <summary>Memory of the process that is in use, in bytes.</summary>
    public long ResidentBytes()
    {
        string path = string.Create(CultureInfo.InvariantCulture, $"/proc/{Process.ProcessId}/status");
        string line = File.ReadLines(path).First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }

    /// <summary>Waits until the memory is down to a size; the size that it came to.</summary>
    public async Task<long> ResidentBelowAsync(long bytes)
    {
        for (int i = 0; i < 200 && ResidentBytes() > bytes; i++)
            await Task.Delay(100, TestContext.Current.CancellationToken);
        return ResidentBytes();
    }

    /// <summary>A socket that is connected and has said and read nothing.</summary>
    public static async Task<Socket> DialAsync(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), TestContext.Current.CancellationToken);
        return socket;
    }

    /// <summary>Connects and says CONNECT.</summary>
    public async Task<RawClient> ConnectAsync()
    {
        var client = await RawClient.ConnectAsync(Port);
        return await client.SayConnectAsync();
    }

    /// <summary>How long the slowest of some round trips through the server takes, while others abuse it.</summary>
    /// <param name="client">A client that is served well or not.</param>
    /// <param name="count">How many round trips.</param>
    public static async Task<TimeSpan> SlowestRoundTripAsync(RawClient client, int count)
    {
        var slowest = TimeSpan.Zero;
        for (int i = 0; i < count; i++)
        {
            long start = TimeProvider.System.GetTimestamp();
            await client.PingAsync();
            var took = TimeProvider.System.GetElapsedTime(start);
            slowest = took > slowest ? took : slowest;
        }

        return slowest;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        return Process.DisposeAsync();
    }
}

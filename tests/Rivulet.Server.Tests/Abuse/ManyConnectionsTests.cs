using System.Diagnostics;
using System.Net.Sockets;
using Rivulet.Server.Tests.Tls;
using Rivulet.TestKit.Processes;
using Rivulet.TestKit.Security;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Abuse;

/// <summary>Many connections that do nothing: what each costs, and that the rest goes on.</summary>
[Collection(nameof(AbuseCollection))]
public sealed class ManyConnectionsTests
{
    private const int Connections = 10_000;
    private const int Waves = 6;
    private const int Announcers = 200;
    private const int SecureConnections = 1_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ten_thousand_idle_connections_cost_little_and_give_it_back()
    {
        SkipWithoutFiles(Connections);
        await using var server = await AbusedServer.StartAsync();
        await using var good = await server.ConnectAsync();
        await good.PingAsync();
        long before = server.ResidentBytes();
        long with = await HoldAsync(server, good);
        long again = with;
        for (int i = 1; i < Waves; i++)
            again = Math.Max(again, await HoldAsync(server, good));
        Console.WriteLine(
            $"abuse, {Connections} idle connections: {before >> 20} MB before, {with >> 20} MB with them, {(with - before) / Connections} bytes each, {again >> 20} MB at most in {Waves} waves of them");
        Assert.InRange((with - before) / Connections, 0, 32 * 1024);

        // What the first ones took is there for the next ones, or at least half of it is.
        Assert.InRange(again - before, 0, (with - before) * Waves / 2);
        await good.PingAsync();
    }

    [Fact]
    public async Task Idle_connections_with_tls_cost_little()
    {
        SkipWithoutFiles(SecureConnections);
        using var folder = new TemporaryFolder("abuse");
        using var authority = new TestAuthority();
        using var certificate = authority.IssueServer();
        var (certificateFile, keyFile) = TestAuthority.Write(certificate, folder, "server");
        await using var server = await AbusedServer.StartAsync($"tls {{ cert_file: \"{certificateFile}\", key_file: \"{keyFile}\" }}");
        var clients = new List<RawClient>();
        for (int i = 0; i < 20; i++)
            clients.Add((await TlsFixture.ConnectAsync(server.Port, authority)).Client);
        long before = server.ResidentBytes();
        for (int i = 0; i < SecureConnections; i++)
            clients.Add((await TlsFixture.ConnectAsync(server.Port, authority)).Client);
        await Task.Delay(500, Cancel);
        Console.WriteLine($"abuse, {SecureConnections} new connections with TLS: {(server.ResidentBytes() - before) / SecureConnections} bytes each");

        // As clients do that answer a ping now and then.
        foreach (var client in clients)
            await client.PingAsync();
        await Task.Delay(500, Cancel);
        long with = server.ResidentBytes();
        Console.WriteLine($"abuse, {SecureConnections} idle connections with TLS: {(with - before) / SecureConnections} bytes each");
        Assert.InRange((with - before) / SecureConnections, 0, 128 * 1024);
        foreach (var client in clients)
            await client.DisposeAsync();
    }

    [Fact]
    public async Task A_gibibyte_that_is_only_announced_takes_no_memory()
    {
        await using var server = await AbusedServer.StartAsync("max_payload: 1073741824, max_pending: 2147483648");
        await using var good = await server.ConnectAsync();
        var sockets = new List<Socket>();
        long before = server.ResidentBytes();
        byte[] announced = [.. "CONNECT {\"verbose\":false}\r\nPUB a 1073741824\r\n"u8, .. new byte[1000]];
        for (int i = 0; i < Announcers; i++)
        {
            var socket = await AbusedServer.DialAsync(server.Port);
            await socket.SendAsync(announced, Cancel);
            sockets.Add(socket);
        }

        var slowest = await AbusedServer.SlowestRoundTripAsync(good, 200);
        long with = server.ResidentBytes();
        Console.WriteLine(
            $"abuse, {Announcers} payloads of 1 GiB announced: {(with - before) / Announcers} bytes each, slowest of 200 answers to another client {slowest.TotalMilliseconds:0.0} ms");
        Assert.InRange((with - before) / Announcers, long.MinValue, 256 * 1024);
        foreach (var socket in sockets)
            socket.Dispose();
    }

    /// <summary>Connects many that say CONNECT and nothing more, and lets them go again; the memory that the server had meanwhile.</summary>
    private static async Task<long> HoldAsync(AbusedServer server, RawClient good)
    {
        var sockets = new List<Socket>(Connections);
        var clock = Stopwatch.StartNew();
        byte[] connect = "CONNECT {\"verbose\":false}\r\nPING\r\n"u8.ToArray();
        for (int i = 0; i < Connections; i++)
        {
            var socket = await AbusedServer.DialAsync(server.Port);
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
            await socket.SendAsync(connect, Cancel);
            sockets.Add(socket);
        }

        var slowest = await AbusedServer.SlowestRoundTripAsync(good, 200);
        await Task.Delay(1000, Cancel);
        long with = server.ResidentBytes();
        Console.WriteLine(
            $"abuse, {Connections} idle connections: made in {clock.Elapsed.TotalSeconds:0.0} s, slowest of 200 answers to another client {slowest.TotalMilliseconds:0.0} ms");
        foreach (var socket in sockets)
            socket.Dispose();
        await good.PingAsync();
        return with;
    }

    private static void SkipWithoutFiles(int connections)
    {
        if (OperatingSystem.IsWindows())
            return;
        string limits = File.Exists("/proc/self/limits") ? File.ReadAllText("/proc/self/limits") : "";
        string? line = limits.Split('\n').FirstOrDefault(line => line.StartsWith("Max open files", StringComparison.Ordinal));
        string soft = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3] ?? "unlimited";
        bool isEnough = soft == "unlimited" || long.Parse(soft, System.Globalization.CultureInfo.InvariantCulture) > connections + 1000;
        Assert.SkipUnless(isEnough, $"a process may have {soft} files open here, which is too few for {connections} connections");
    }
}

using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Rivulet.JetStream.Hosting;
using Rivulet.Server.Connections;
using Rivulet.Server.Transports;
using Rivulet.Server.Work;

namespace Rivulet.Server.Tests.Transports;

/// <summary>What every transport owes to the connection above it.</summary>
public abstract class TransportTests : IAsyncLifetime
{
    private IByteTransport _transport = null!;
    private Stream _peer = null!;

    private protected abstract Task<(IByteTransport Transport, Stream Peer)> ConnectAsync();

    public async ValueTask InitializeAsync()
    {
        (_transport, _peer) = await ConnectAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _transport.DisposeAsync();
        await _peer.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Bytes_arrive_in_both_directions()
    {
        await _peer.WriteAsync("ping"u8.ToArray(), Cancel);
        byte[] buffer = new byte[100];
        var received = await _transport.ReceiveAsync(buffer);
        Assert.Equal((TransportStatus.Completed, 4), (received.Status, received.Bytes));
        Assert.Equal("ping", Encoding.Latin1.GetString(buffer, 0, 4));
        Assert.Equal(4, _transport.TrySend("pong"u8.ToArray()).Bytes);
        Assert.Equal(4, (await _transport.SendAsync("more"u8.ToArray())).Bytes);
        Assert.Equal("pongmore", await ReadAsync(8));
    }

    [Fact]
    public async Task A_small_buffer_gets_the_bytes_piece_by_piece()
    {
        await _peer.WriteAsync("abcdefg"u8.ToArray(), Cancel);
        byte[] buffer = new byte[3];
        var text = new StringBuilder();
        while (text.Length < 7)
        {
            var received = await _transport.ReceiveAsync(buffer);
            text.Append(Encoding.Latin1.GetString(buffer, 0, received.Bytes));
        }

        Assert.Equal("abcdefg", text.ToString());
    }

    [Fact]
    public async Task A_peer_that_does_not_read_makes_sending_block_until_it_does()
    {
        byte[] block = new byte[64 * 1024];
        long taken = 0;
        TransportResult result;
        do
        {
            result = _transport.TrySend(block);
            taken += result.Bytes;
            Assert.True(taken < 1 << 30, "sending never blocked");
        }
        while (result.Status == TransportStatus.Completed);

        Assert.Equal(TransportStatus.WouldBlock, result.Status);
        var waiting = _transport.SendAsync(block).AsTask();
        Assert.False(waiting.IsCompleted);
        byte[] sink = new byte[64 * 1024];
        for (long read = 0; read < taken + block.Length;)
            read += await _peer.ReadAsync(sink, Cancel);
        Assert.Equal(block.Length, (await waiting).Bytes);
    }

    [Fact]
    public async Task The_peer_sees_the_end_of_the_output_and_can_still_send()
    {
        _transport.TrySend("bye"u8.ToArray());
        _transport.CloseOutput(ClosedReason.ServerShutdown);
        Assert.Equal("bye", await ReadAsync(3));
        Assert.Equal(0, await _peer.ReadAsync(new byte[1], Cancel));
        await _peer.WriteAsync("ok"u8.ToArray(), Cancel);
        Assert.Equal(2, (await _transport.ReceiveAsync(new byte[10])).Bytes);
    }

    [Fact]
    public async Task The_end_of_the_peer_is_the_end_of_the_stream()
    {
        await _peer.DisposeAsync();
        Assert.Equal(TransportStatus.Closed, (await _transport.ReceiveAsync(new byte[10])).Status);
    }

    [Fact]
    public async Task Aborting_wakes_a_receive()
    {
        var receiving = _transport.ReceiveAsync(new byte[10]).AsTask();
        Assert.False(receiving.IsCompleted);
        _transport.Abort();
        Assert.Equal(TransportStatus.Closed, (await receiving.WaitAsync(TimeSpan.FromSeconds(5), Cancel)).Status);
    }

    [Fact]
    public async Task Aborting_wakes_a_send()
    {
        while (_transport.TrySend(new byte[64 * 1024]).Status == TransportStatus.Completed)
        {
        }

        var sending = _transport.SendAsync(new byte[64 * 1024]).AsTask();
        _transport.Abort();
        var result = await sending.WaitAsync(TimeSpan.FromSeconds(5), Cancel);
        Assert.NotEqual(TransportStatus.Completed, result.Status);
    }

    [Fact]
    public async Task Aborting_before_a_receive_ends_it_at_once()
    {
        _transport.Abort();
        var receiving = _transport.ReceiveAsync(new byte[10]).AsTask();
        Assert.Equal(TransportStatus.Closed, (await receiving.WaitAsync(TimeSpan.FromSeconds(5), Cancel)).Status);
    }

    private protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private async Task<string> ReadAsync(int count)
    {
        byte[] buffer = new byte[count];
        await _peer.ReadExactlyAsync(buffer, Cancel);
        return Encoding.Latin1.GetString(buffer);
    }
}

/// <summary>Sockets.</summary>
public sealed class SocketTransportTests : TransportTests
{
    // Its threads stay for all tests.
    private static readonly WorkScheduler Loops = new("test receive", 2, NullLogger.Instance);

    private protected override async Task<(IByteTransport Transport, Stream Peer)> ConnectAsync()
    {
        var (transport, peer) = await ConnectPairAsync();
        return (transport, peer);
    }

    [Fact]
    public async Task What_a_peer_has_sent_stays_unread_after_an_abort_and_closing_resets_the_connection()
    {
        var (socket, peer) = await ConnectSocketsAsync();
        var transport = new SocketTransport(socket, SocketCompletions.Create(Loops));
        await using var stream = peer;
        await peer.WriteAsync("unread"u8.ToArray(), Cancel);
        await Eventually.Holds(() => socket.Available > 0);
        transport.Abort();
        Assert.Equal(TransportStatus.Closed, transport.TryReceive(new byte[10]).Status);
        Assert.Equal(TransportStatus.Closed, (await transport.ReceiveAsync(new byte[10])).Status);
        await transport.DisposeAsync();
        await Eventually.Holds(() => IsReset(peer));
    }

    [Fact]
    public async Task Closing_resets_the_connection_as_well_if_the_last_of_the_input_was_read_while_the_abort_came()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there a receive goes on on the thread pool, whatever the scheduler");
        var (socket, peer) = await ConnectSocketsAsync();
        var held = new HeldScheduler();
        var transport = new SocketTransport(socket, SocketCompletions.Create(held));
        await using var stream = peer;
        var receiving = transport.ReceiveAsync(new byte[10]).AsTask();
        await peer.WriteAsync("read"u8.ToArray(), Cancel);
        var completion = await held.Queued.WaitAsync(Cancel);
        transport.Abort();
        completion.Execute();
        Assert.Equal(4, (await receiving).Bytes);
        Assert.Equal(TransportStatus.Closed, (await transport.ReceiveAsync(new byte[10])).Status);
        await transport.DisposeAsync();
        await Eventually.Holds(() => IsReset(peer));
    }

    [Fact]
    public async Task A_silent_peer_gets_what_was_sent_before_an_abort_and_its_end()
    {
        var (transport, peer) = await ConnectPairAsync();
        await using var stream = peer;
        await peer.WriteAsync("hello"u8.ToArray(), Cancel);
        Assert.Equal(5, (await transport.ReceiveAsync(new byte[10])).Bytes);
        var receiving = transport.ReceiveAsync(new byte[10]).AsTask();
        transport.TrySend("last words"u8.ToArray());
        transport.CloseOutput(ClosedReason.ServerShutdown);
        transport.Abort();
        Assert.Equal(TransportStatus.Closed, (await receiving).Status);
        await transport.DisposeAsync();
        byte[] buffer = new byte[10];
        await peer.ReadExactlyAsync(buffer, Cancel);
        Assert.Equal("last words", Encoding.Latin1.GetString(buffer));
        Assert.Equal(0, await peer.ReadAsync(buffer, Cancel));
        Assert.False(IsReset(peer));
    }

    // A reader learns of the end alone, which came before the reset; whoever sends fails.
    private static bool IsReset(NetworkStream peer)
    {
        return (int)peer.Socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)! != 0;
    }

    /// <summary>A connected pair.</summary>
    internal static async Task<(SocketTransport Transport, NetworkStream Peer)> ConnectPairAsync()
    {
        var (socket, peer) = await ConnectSocketsAsync();
        return (new SocketTransport(socket, SocketCompletions.Create(Loops)), peer);
    }

    private static async Task<(Socket Socket, NetworkStream Peer)> ConnectSocketsAsync()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await peer.ConnectAsync(listener.LocalEndPoint!);
        return (await listener.AcceptAsync(), new NetworkStream(peer, ownsSocket: true));
    }

    /// <summary>Leaves what is queued to the test.</summary>
    private sealed class HeldScheduler : IWorkScheduler
    {
        private readonly TaskCompletionSource<IWorkItem> _queued = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<IWorkItem> Queued => _queued.Task;

        public void Queue(IWorkItem item)
        {
            Assert.True(_queued.TrySetResult(item));
        }
    }
}

/// <summary>Pipes inside the process.</summary>
public sealed class PipeTransportTests : TransportTests
{
    private protected override Task<(IByteTransport Transport, Stream Peer)> ConnectAsync()
    {
        var (client, server) = InProcessPipe.CreatePair();
        return Task.FromResult<(IByteTransport, Stream)>((new PipeTransport(server), new PipeStream(client)));
    }
}

/// <summary>A layer above a socket that was read too far.</summary>
public sealed class LayeredTransportTests : TransportTests
{
    private protected override Task<(IByteTransport Transport, Stream Peer)> ConnectAsync()
    {
        var (client, server) = InProcessPipe.CreatePair();
        return Task.FromResult<(IByteTransport, Stream)>(
            (new ReplayTransport(new PipeTransport(server), ReadOnlyMemory<byte>.Empty), new PipeStream(client)));
    }

    [Fact]
    public async Task Bytes_read_past_the_upgrade_come_first()
    {
        var (client, server) = InProcessPipe.CreatePair();
        await using var layer = new ReplayTransport(new PipeTransport(server), "first"u8.ToArray());
        await client.Output.WriteAsync("then"u8.ToArray(), TestContext.Current.CancellationToken);
        byte[] buffer = new byte[3];
        var text = new StringBuilder();
        while (text.Length < 9)
        {
            var received = await layer.ReceiveAsync(buffer);
            text.Append(Encoding.Latin1.GetString(buffer, 0, received.Bytes));
        }

        Assert.Equal("firstthen", text.ToString());
    }
}

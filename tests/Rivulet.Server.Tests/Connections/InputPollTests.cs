using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Rivulet.Server.Connections;
using Rivulet.Server.Transports;
using Rivulet.Server.Work;

namespace Rivulet.Server.Tests.Connections;

public sealed class InputPollTests : IAsyncDisposable
{
    private const ulong Ours = 7;
    private const ulong Other = 8;
    private static readonly WorkScheduler NoWork = new("none", 0, NullLogger.Instance);
    private readonly BusyConnection _busy = new(processors: 2);
    private readonly LookedAtTransport _transport = new();
    private readonly byte[] _buffer = new byte[16];

    public ValueTask DisposeAsync() => _transport.DisposeAsync();

    [Fact]
    public void What_comes_while_the_only_busy_connection_is_looked_at_is_taken()
    {
        InputPoll poll = Alone();
        _transport.EmptyLooks = 3;

        Assert.True(poll.TryReceive(_transport, _buffer, out TransportResult received));

        Assert.Equal(TransportStatus.Completed, received.Status);
        Assert.Equal(LookedAtTransport.Bytes, received.Bytes);
        Assert.Equal(4, _transport.Looks);
    }

    [Fact]
    public void The_end_of_the_input_is_found_too()
    {
        InputPoll poll = Alone();
        _transport.IsClosed = true;

        Assert.True(poll.TryReceive(_transport, _buffer, out TransportResult received));

        Assert.Equal(TransportStatus.Closed, received.Status);
    }

    [Fact]
    public void A_connection_beside_another_one_is_not_looked_at()
    {
        InputPoll poll = Poll(_busy);

        for (int i = 0; i < 100; i++)
        {
            Assert.False(poll.TryReceive(_transport, _buffer, out _));
            _busy.IsAlone(Other);
        }

        Assert.Equal(0, _transport.Looks);
    }

    [Fact]
    public void Nothing_is_looked_at_on_one_processor()
    {
        InputPoll poll = Poll(new BusyConnection(processors: 1));

        for (int i = 0; i < 100; i++)
            Assert.False(poll.TryReceive(_transport, _buffer, out _));

        Assert.Equal(0, _transport.Looks);
    }

    [Fact]
    public void A_transport_that_cannot_tell_is_not_asked()
    {
        InputPoll poll = Alone();
        _transport.CanLook = false;

        Assert.False(poll.TryReceive(_transport, _buffer, out _));

        Assert.Equal(0, _transport.Looks);
    }

    [Fact]
    public void Looking_in_vain_becomes_rare_and_is_taken_up_again_once_something_is_found()
    {
        InputPoll poll = Alone();
        _transport.EmptyLooks = int.MaxValue;
        int looked = 0;
        for (int i = 0; i < 10_000; i++)
        {
            int before = _transport.Looks;
            Assert.False(poll.TryReceive(_transport, _buffer, out _));
            looked += _transport.Looks > before ? 1 : 0;
        }

        // Ten to get there, and one in a thousand after that.
        Assert.InRange(looked, 10, 20);

        _transport.EmptyLooks = 0;
        int turns = 1;
        while (!poll.TryReceive(_transport, _buffer, out _))
            turns++;
        Assert.InRange(turns, 1, 1_024);
        Assert.True(poll.TryReceive(_transport, _buffer, out _));
    }

    private InputPoll Alone()
    {
        InputPoll poll = Poll(_busy);
        while (!_busy.IsAlone(Ours))
        {
        }

        return poll;
    }

    // A clock that stands still: the number of looks is limited as well.
    private static InputPoll Poll(BusyConnection busy) => new(busy, Ours, new StoppedClock(), NoWork);

    private sealed class StoppedClock : TimeProvider
    {
        public override long GetTimestamp() => 0;
    }

    private sealed class LookedAtTransport : IByteTransport
    {
        public const int Bytes = 5;

        public bool CanLook { get; set; } = true;

        public bool IsClosed { get; set; }

        public int EmptyLooks { get; set; }

        public int Looks { get; private set; }

        public IPEndPoint? RemoteEndPoint => null;

        public TransportResult TryReceive(Span<byte> buffer)
        {
            Looks++;
            if (IsClosed)
                return TransportResult.Closed;
            if (EmptyLooks == 0)
                return TransportResult.Completed(Bytes);
            EmptyLooks--;
            return TransportResult.WouldBlock;
        }

        public ValueTask<TransportResult> ReceiveAsync(Memory<byte> buffer) => throw new NotSupportedException();

        public TransportResult TrySend(ReadOnlySpan<byte> bytes) => throw new NotSupportedException();

        public ValueTask<TransportResult> SendAsync(ReadOnlyMemory<byte> bytes) => throw new NotSupportedException();

        public void CloseOutput()
        {
        }

        public void Abort()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

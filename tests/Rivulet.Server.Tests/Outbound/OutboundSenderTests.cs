using System.Text;
using Rivulet.Server.Outbound;
using Rivulet.Server.Transports;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Outbound;

/// <summary>Sending in place while it goes, and on the connection's own loop when it does not.</summary>
public sealed class OutboundSenderTests : IOutboundOwner, IDisposable
{
    private readonly ScriptedTransport _transport = new();
    private readonly OutboundQueue _queue = new(new OutboundChunkPool(), maxPendingBytes: 100_000_000);
    private readonly ManualTimeProvider _time = new();
    private readonly OutboundSender _sender;
    private int _drained;
    private int _ended;
    private int _deadlines;

    public OutboundSenderTests()
    {
        _sender = new OutboundSender(_transport, _queue, this, TimeSpan.FromSeconds(10), _time);
    }

    public void Dispose()
    {
        _sender.Dispose();
    }

    [Fact]
    public void A_flush_sends_everything_in_place_when_it_is_taken()
    {
        Queue("one");
        Queue("two");
        _sender.Flush();
        Assert.Equal("onetwo", _transport.Sent);
        Assert.Equal(0, _queue.PendingBytes);
    }

    [Fact]
    public async Task What_is_not_taken_is_left_to_the_connection_and_kept_in_order()
    {
        _transport.Room = 4;
        Queue("one-");
        Queue("two-");
        _sender.Flush();
        Assert.Equal("one-", _transport.Sent);
        Queue("three-");
        _sender.Flush();
        await Eventually.Holds(() => _transport.IsWaiting);
        Assert.Equal(10, _queue.PendingBytes);
        _transport.TakeWaiting();
        await Eventually.Holds(() => _transport.IsWaiting);
        _transport.TakeWaiting();
        await Eventually.Holds(() => _queue.PendingBytes == 0);
        Assert.Equal("one-two-three-", _transport.Sent);
        _transport.Room = 100;
        Queue("four");
        await Eventually.Holds(() =>
        {
            _sender.Flush();
            return _transport.Sent == "one-two-three-four";
        });
        Assert.False(_transport.SawTwoSendsAtOnce);
    }

    [Fact]
    public async Task A_thread_that_flushes_for_others_is_let_go_after_a_while()
    {
        int sends = 0;
        _transport.Sending = () =>
        {
            if (++sends < 100)
                Queue("x");
        };
        Queue("x");
        _sender.Flush();
        Assert.InRange(sends, 2, 10);
        await Eventually.Holds(() => _transport.IsWaiting);
        _transport.TakeWaiting();
        await Eventually.Holds(() => _queue.PendingBytes == 0);
    }

    [Fact]
    public async Task Many_threads_flushing_send_every_byte_once_and_one_at_a_time()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < 2000; i++)
            {
                Queue("0123456789");
                _sender.Flush();
                if (_transport.IsWaiting)
                    Thread.Yield();
            }
        })));
        await Eventually.Holds(() =>
        {
            if (_transport.IsWaiting)
                _transport.TakeWaiting();
            return _queue.PendingBytes == 0;
        });
        Assert.Equal(80_000, _transport.Sent.Length);
        Assert.False(_transport.SawTwoSendsAtOnce);
    }

    [Fact]
    public void A_failure_ends_the_sending_for_good()
    {
        _transport.Failure = TransportResult.Failed(new IOException("gone"));
        Queue("one");
        _sender.Flush();
        Assert.Equal(1, _ended);
        _transport.Failure = null;
        Queue("two");
        _sender.Flush();
        Assert.Equal("", _transport.Sent);
        Assert.Equal(1, _ended);
    }

    [Fact]
    public void The_owner_hears_once_that_a_completed_queue_has_drained()
    {
        Queue("last");
        _queue.Complete();
        Assert.Equal(0, _drained);
        _sender.Flush();
        _sender.Flush();
        Assert.Equal(1, _drained);
        Assert.Equal("last", _transport.Sent);
    }

    [Fact]
    public async Task The_owner_hears_of_the_drain_from_the_loop_too()
    {
        _transport.Room = 0;
        Queue("last");
        _queue.Complete();
        _sender.Flush();
        await Eventually.Holds(() => _transport.IsWaiting);
        Assert.Equal(0, _drained);
        _transport.TakeWaiting();
        await Eventually.Holds(() => _drained == 1);
    }

    [Fact]
    public async Task The_deadline_is_for_each_chunk_and_not_for_all()
    {
        _transport.Room = 0;
        Queue("one");
        _sender.Flush();
        await Eventually.Holds(() => _transport.IsWaiting && _time.WaitingTimers == 1);
        _time.Advance(TimeSpan.FromSeconds(9));
        Queue("two");
        _transport.TakeWaiting();
        await Eventually.Holds(() => _transport.IsWaiting && _time.WaitingTimers == 1);
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(0, _deadlines);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, _deadlines);
    }

    void IOutboundOwner.OnSendEnded(Exception? error)
    {
        _ended++;
    }

    void IOutboundOwner.OnWriteDeadline()
    {
        _deadlines++;
    }

    void IOutboundOwner.OnDrained()
    {
        _drained++;
    }

    private void Queue(string text)
    {
        _queue.Append(Encoding.Latin1.GetBytes(text));
    }
}

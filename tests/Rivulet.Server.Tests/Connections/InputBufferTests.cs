using System.Text;
using Rivulet.Server.Connections;

namespace Rivulet.Server.Tests.Connections;

/// <summary>One piece of memory that follows the load.</summary>
public sealed class InputBufferTests : IDisposable
{
    private readonly InputBuffer _buffer = new();

    public void Dispose()
    {
        _buffer.Dispose();
    }

    [Fact]
    public void What_is_not_consumed_stays_in_front_of_what_comes()
    {
        Receive("one two ");
        _buffer.Consume(4, 0);
        Receive("three");
        Assert.Equal("two three", Encoding.Latin1.GetString(_buffer.Unread));
    }

    [Fact]
    public void It_grows_when_receives_fill_it_and_shrinks_when_they_become_small()
    {
        int start = _buffer.CapacityBytes;
        for (int i = 0; i < 10; i++)
            ReceiveAll();
        int busy = _buffer.CapacityBytes;
        Assert.InRange(busy, 8 * start, 128 * 1024);
        for (int i = 0; i < 100; i++)
        {
            Receive("PING\r\n");
            _buffer.Discard();
        }

        Assert.Equal(start, _buffer.CapacityBytes);
    }

    [Fact]
    public void It_grows_with_what_arrives_and_not_with_what_is_announced()
    {
        Receive("PUB foo 1000000000\r\n");
        _buffer.Consume(0, neededBytes: 1_000_000_022);
        Receive("x");
        Assert.False(_buffer.IsWorthReading);
        Assert.InRange(_buffer.CapacityBytes, 1, 8 * 1024);
    }

    [Fact]
    public void A_large_operation_fits_in_one_piece()
    {
        var expected = new StringBuilder();
        for (int i = 0; expected.Length < 1_000_000; i++)
        {
            string piece = new((char)('a' + i % 26), 3000);
            Receive(piece);
            expected.Append(piece);
            _buffer.Consume(0, 1_000_000);
        }

        Assert.True(_buffer.IsWorthReading);
        Assert.Equal(expected.ToString(), Encoding.Latin1.GetString(_buffer.Unread));
    }

    [Fact]
    public void What_a_large_operation_took_is_given_back_once_it_is_consumed()
    {
        Assert.False(_buffer.IsOversized);
        for (int i = 0; i < 400; i++)
        {
            Receive(new string('x', 3000));
            _buffer.Consume(0, 1_200_000);
        }

        Assert.InRange(_buffer.CapacityBytes, 1_200_000, 3_000_000);
        Assert.False(_buffer.IsOversized);
        _buffer.Discard();
        Assert.True(_buffer.IsOversized);
        _buffer.ShrinkToUsual();
        Assert.InRange(_buffer.CapacityBytes, 1, 128 * 1024);
        Receive("PING\r\n");
        Assert.Equal("PING\r\n", Encoding.Latin1.GetString(_buffer.Unread));
    }

    [Fact]
    public void There_is_always_room_to_receive()
    {
        for (int i = 0; i < 20; i++)
        {
            var free = _buffer.Free();
            Assert.False(free.IsEmpty);
            _buffer.Filled(free.Length);
            _buffer.Consume(free.Length / 3, 0);
        }
    }

    private void Receive(string text)
    {
        for (byte[] bytes = Encoding.Latin1.GetBytes(text); bytes.Length > 0;)
        {
            var free = _buffer.Free();
            int count = Math.Min(free.Length, bytes.Length);
            bytes.AsSpan(0, count).CopyTo(free.Span);
            _buffer.Filled(count);
            bytes = bytes[count..];
        }
    }

    private void ReceiveAll()
    {
        _buffer.Filled(_buffer.Free().Length);
        _buffer.Discard();
    }
}

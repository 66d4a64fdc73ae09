using System.Text;
using Rivulet.Server.Security;
using Rivulet.Server.Security.Rights;
using Rivulet.TestKit.Measuring;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Security;

/// <summary>Reply subjects that may be published to because they were received.</summary>
public class ReplyPermitsTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void A_permit_is_good_as_often_as_the_rule_says()
    {
        var permits = new ReplyPermits(new ResponsePermission { Max = 2 }, _time);
        Assert.False(permits.TryUse("r"u8));
        permits.Note("r"u8);
        Assert.Equal([true, true, false, false], Enumerable.Range(0, 4).Select(_ => permits.TryUse("r"u8)));
        permits.Note("r"u8);
        Assert.True(permits.TryUse("r"u8));
        permits.Note("r"u8);
        Assert.Equal([true, true, false], Enumerable.Range(0, 3).Select(_ => permits.TryUse("r"u8)));
        Assert.Equal(0, permits.Count);
    }

    [Fact]
    public void A_permit_runs_out()
    {
        var permits = new ReplyPermits(new ResponsePermission { Max = -1, Expires = TimeSpan.FromSeconds(1) }, _time);
        permits.Note("r"u8);
        _time.Advance(TimeSpan.FromSeconds(0.9));
        Assert.True(permits.TryUse("r"u8));
        _time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.False(permits.TryUse("r"u8));
    }

    [Fact]
    public void Without_limits_a_permit_stays()
    {
        var permits = new ReplyPermits(new ResponsePermission { Max = -1, Expires = TimeSpan.FromSeconds(-1) }, _time);
        permits.Note("r"u8);
        _time.Advance(TimeSpan.FromDays(1));
        Assert.True(Enumerable.Range(0, 100).All(_ => permits.TryUse("r"u8)));
    }

    [Fact]
    public void What_ran_out_is_swept_away()
    {
        var permits = new ReplyPermits(new ResponsePermission { Expires = TimeSpan.FromSeconds(1) }, _time);
        for (int i = 0; i < 1000; i++)
            permits.Note(Encoding.ASCII.GetBytes($"r.{i}"));
        _time.Advance(TimeSpan.FromSeconds(2));
        permits.Note("last"u8);
        Assert.Equal(1, permits.Count);
    }

    [Fact]
    public void Answering_allocates_nothing_once_it_was_done_before()
    {
        var permits = new ReplyPermits(new ResponsePermission(), _time);
        byte[] reply = "_INBOX.abcdefghijklmnopqrstuv.00000000"u8.ToArray();
        Assert.Equal(0, ThreadAllocation.InSteadyState(10_000, 10_000, i =>
        {
            System.Buffers.Text.Utf8Formatter.TryFormat(i, reply.AsSpan(30), out _);
            permits.Note(reply);
            Assert.True(permits.TryUse(reply));
        }));
    }
}

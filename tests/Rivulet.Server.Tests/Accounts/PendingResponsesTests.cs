using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Rivulet.Server.Accounts;
using Rivulet.Server.Security;
using Rivulet.Server.Work;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Accounts;

/// <summary>Who waits for a response of another account, and for how long.</summary>
public sealed class PendingResponsesTests : IDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly WorkScheduler _work = new("test", 1, NullLogger.Instance);
    private readonly PendingResponses _pending;
    private readonly Account _requester;

    public PendingResponsesTests()
    {
        _pending = new PendingResponses(_time);
        _requester = new Account(new AccountSettings { Name = "B" }, _work, new Random(1), _time);
    }

    public void Dispose()
    {
        _pending.Dispose();
        _requester.Dispose();
        _work.Dispose();
    }

    [Fact]
    public void A_response_is_taken_once()
    {
        byte[] subject = Add(new ServiceExport { Subject = "s" });
        Assert.Equal("inbox.1", Take(subject));
        Assert.Null(Take(subject));
        Assert.Equal(0, _pending.Count);
    }

    [Theory]
    [InlineData(ServiceResponseType.Stream)]
    [InlineData(ServiceResponseType.Chunked)]
    public void A_response_of_many_messages_ends_with_the_last(ServiceResponseType type)
    {
        byte[] subject = Add(new ServiceExport { Subject = "s", ResponseType = type });
        Assert.Equal("inbox.1", Take(subject));
        Assert.Equal("inbox.1", Take(subject));
        Assert.Equal("inbox.1", Take(subject, isLast: true));
        Assert.Null(Take(subject));
    }

    [Fact]
    public void A_request_that_is_not_answered_is_forgotten_after_the_threshold()
    {
        byte[] brief = Add(new ServiceExport { Subject = "s", ResponseThreshold = TimeSpan.FromSeconds(1) });
        byte[] patient = Add(new ServiceExport { Subject = "t", ResponseThreshold = TimeSpan.FromSeconds(3) });
        _time.Advance(TimeSpan.FromSeconds(1.5));
        Assert.Equal(1, _pending.Count);
        Assert.Null(Take(brief));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("inbox.1", Take(patient));
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(0, _pending.Count);
    }

    [Fact]
    public void A_request_with_a_short_threshold_does_not_wait_for_one_with_a_long_one()
    {
        Add(new ServiceExport { Subject = "s", ResponseThreshold = TimeSpan.FromMinutes(2) });
        byte[] brief = Add(new ServiceExport { Subject = "t", ResponseThreshold = TimeSpan.FromSeconds(1) });
        _time.Advance(TimeSpan.FromSeconds(1.5));
        Assert.Null(Take(brief));
        Assert.Equal(1, _pending.Count);
    }

    [Fact]
    public void A_threshold_may_be_longer_than_timers_wait()
    {
        using var pending = new PendingResponses(TimeProvider.System);
        byte[] subject = new byte[PendingResponses.SubjectBytes];
        pending.Add(_requester, "inbox.1"u8, new ServiceExport { Subject = "s", ResponseThreshold = TimeSpan.FromDays(1000) }, null, subject);
        Assert.Equal(1, pending.Count);
    }

    /// <summary>Each look is at all that wait; if there was one for each of them, many would keep a processor and the lock busy.</summary>
    [Fact]
    public void Many_requests_that_are_not_answered_are_not_looked_at_one_by_one()
    {
        const int Requests = 5000;
        var time = new CountingTime(_time);
        using var pending = new PendingResponses(time);
        var service = new ServiceExport { Subject = "s", ResponseThreshold = TimeSpan.FromSeconds(2) };
        byte[] subject = new byte[PendingResponses.SubjectBytes];
        for (int i = 0; i < Requests; i++)
        {
            pending.Add(_requester, "inbox.1"u8, service, null, subject);
            _time.Advance(TimeSpan.FromMicroseconds(100));
        }

        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(0, pending.Count);
        Assert.InRange(time.Looks, 1, Requests / 5);
    }

    [Fact]
    public void Each_part_of_a_response_buys_time()
    {
        byte[] subject = Add(new ServiceExport
        {
            Subject = "s",
            ResponseType = ServiceResponseType.Stream,
            ResponseThreshold = TimeSpan.FromSeconds(2),
        });
        for (int i = 0; i < 5; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1.5));
            Assert.Equal("inbox.1", Take(subject));
        }

        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.Null(Take(subject));
    }

    [Fact]
    public void Subjects_are_not_alike_and_what_is_none_is_nobodys()
    {
        var service = new ServiceExport { Subject = "s" };
        var subjects = Enumerable.Range(0, 5000).Select(_ => Encoding.ASCII.GetString(Add(service))).ToList();
        Assert.Equal(5000, subjects.Distinct().Count());
        Assert.All(subjects, subject => Assert.Matches(@"\A_R_\.[0-9A-Za-z]{6}\.[0-9A-Za-z]{6}\z", subject));
        string prefix = subjects[0][..11];
        foreach (string wrong in (string[])[prefix, prefix + "!!!!!!", prefix + "1234567", "_R_.xxxxxx." + subjects[0][11..], ""])
            Assert.Null(Take(Encoding.ASCII.GetBytes(wrong)));
        Assert.Equal(5000, _pending.Count);
    }

    [Fact]
    public void A_long_reply_subject_is_told_to_be_long_and_kept()
    {
        byte[] subject = new byte[PendingResponses.SubjectBytes];
        byte[] reply = Encoding.ASCII.GetBytes(new string('r', 300));
        _pending.Add(_requester, reply, new ServiceExport { Subject = "s" }, null, subject);
        Assert.Same(_requester, _pending.TryTake(subject, false, new byte[10], out int length, out _, out _));
        Assert.Equal(300, length);
        byte[] room = new byte[300];
        Assert.Same(_requester, _pending.TryTake(subject, false, room, out _, out _, out _));
        Assert.Equal(reply, room);
    }

    /// <summary>A clock that counts what its timers do.</summary>
    private sealed class CountingTime(ManualTimeProvider inner) : TimeProvider
    {
        public int Looks { get; private set; }

        public override long TimestampFrequency => inner.TimestampFrequency;

        public override long GetTimestamp()
        {
            return inner.GetTimestamp();
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            return inner.CreateTimer(Counted, state, dueTime, period);

            void Counted(object? of)
            {
                Looks++;
                callback(of);
            }
        }
    }

    private byte[] Add(ServiceExport service)
    {
        byte[] subject = new byte[PendingResponses.SubjectBytes];
        _pending.Add(_requester, "inbox.1"u8, service, null, subject);
        return subject;
    }

    private string? Take(byte[] subject, bool isLast = false)
    {
        byte[] room = new byte[100];
        return _pending.TryTake(subject, isLast, room, out int length, out _, out _) is null ? null : Encoding.ASCII.GetString(room, 0, length);
    }
}

using System.Globalization;
using System.Text;
using Rivulet.Protocol;

namespace Rivulet.Storage.Tests.Model;

/// <summary>
/// Drives a stream and its model by the same random operations, and compares what writers and readers see. The stream's
/// committed state is compared with the model as it was at the last commit.
/// </summary>
internal sealed class ModelRun(StoreHarness harness, int seed)
{
    private static readonly string[] Tokens = ["a", "b", "ab", "a-b"];
    private static readonly string[] Filters = ["", ">", "a", "a.b", "a.*", "*.b", "a.>", "*.*.a", "a-b.*", "*", "ab.>", "zz"];

    private readonly Random _random = new(seed);
    private StreamLog _stream = null!;
    private StreamModel _tail = null!;
    private StreamModel _committed = null!;

    public async Task RunAsync(int operations)
    {
        StreamLimits limits = RandomLimits();
        _stream = harness.CreateStream("M" + seed, limits);
        _tail = new StreamModel(limits, _stream.AccountedSizeBytes);
        _committed = _tail.Copy();
        for (int i = 0; i < operations; i++)
        {
            try
            {
                await StepAsync();
                CheckTail();
                if (_random.Next(8) == 0)
                    CheckCommitted();
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                throw new Xunit.Sdk.XunitException($"seed {seed}, operation {i}: {e.Message}", e);
            }
        }
    }

    private async Task StepAsync()
    {
        switch (_random.Next(40))
        {
            case < 20:
                Append();
                break;
            case < 24:
                AppendBatch();
                break;
            case < 28:
                ulong sequence = (ulong)_random.NextInt64((long)_tail.Last + 2);
                Assert.Equal(_tail.Remove(sequence), _stream.Remove(sequence, _random.Next(2) == 0).Removed);
                break;
            case < 31:
                Purge();
                break;
            case < 32:
                _tail.Limits = RandomLimits();
                _tail.ApplyLimits();
                _stream.Configure("c"u8, _tail.Limits);
                break;
            case < 33:
                ulong next = _tail.Last + (ulong)_random.Next(_random.Next(2) == 0 ? 3 : 10_000);
                _tail.Last = Math.Max(_tail.Last, next == 0 ? 0 : next - 1);
                _stream.SkipTo(next);
                break;
            case < 35:
                Expire();
                break;
            case < 39:
                Commit();
                break;
            default:
                if (!harness.IsLasting)
                    break;
                Commit();
                await harness.ReopenAsync();
                _stream = harness.FindStream("M" + seed);
                break;
        }
    }

    private void Append()
    {
        (string subject, string headers, string payload, long expires, RollupScope rollup) = RandomMessage();
        harness.Time.Advance(TimeSpan.FromMicroseconds(_random.Next(2)));
        AppendResult result = _stream.Put(subject, payload, headers, expires, rollup: rollup);
        Assert.Equal(_tail.Append(subject, headers, payload, result.TimestampNanos, expires, rollup), result.Status);
        if (result.Status == AppendStatus.Stored)
            Assert.Equal(_tail.Last, result.Sequence);
    }

    private void AppendBatch()
    {
        (string Subject, string Headers, string Payload, long Expires, RollupScope Rollup)[] messages =
            [.. Enumerable.Range(0, 1 + _random.Next(_random.Next(10) == 0 ? 150 : 6)).Select(_ => RandomMessage())];
        BatchResult result = _stream.AppendBatch(
            [.. messages.Select(m => Batches.Message(m.Subject, m.Payload, m.Headers, m.Expires, m.Rollup))]);
        StreamModel before = _tail.Copy();
        AppendStatus status = AppendStatus.Stored;
        int index = -1;
        for (int i = 0; i < messages.Length && status == AppendStatus.Stored; i++)
        {
            (string subject, string headers, string payload, long expires, RollupScope rollup) = messages[i];
            status = _tail.Append(subject, headers, payload, result.LastTimestampNanos, expires, rollup);
            index = status == AppendStatus.Stored ? -1 : i;
        }
        Assert.Equal((status, index), (result.Status, result.RefusedIndex));
        if (status != AppendStatus.Stored)
            _tail = before;
        else
            Assert.Equal((before.Last + 1, _tail.Last), (result.FirstSequence, result.LastSequence));
    }

    private (string Subject, string Headers, string Payload, long Expires, RollupScope Rollup) RandomMessage()
    {
        string subject = string.Join('.', Enumerable.Range(0, 1 + _random.Next(3)).Select(_ => Tokens[_random.Next(4)]));
        string headers = _random.Next(3) == 0 ? new string('h', 1 + _random.Next(20)) : "";
        string payload = new('p', _random.Next(_random.Next(10) == 0 ? 400 : 40));
        long now = harness.Time.NowNanos;
        long expires = _random.Next(4) switch { 0 => now + _random.Next(5_000), 1 => long.MaxValue, _ => 0 };
        RollupScope rollup = _random.Next(12) switch { 0 => RollupScope.Subject, 1 => RollupScope.All, _ => RollupScope.None };
        return (subject, headers, payload, expires, rollup);
    }

    private void Purge()
    {
        string filter = Filters[_random.Next(Filters.Length)];
        ulong before = _random.Next(2) == 0 ? 0 : (ulong)_random.NextInt64((long)_tail.Last + 3);
        ulong keep = before == 0 && _random.Next(3) == 0 ? (ulong)_random.Next(5) : 0;
        Assert.Equal((ulong)_tail.Purge(filter, before, keep), _stream.PurgeOf(filter, before, keep).Count);
    }

    private void Expire()
    {
        long now = harness.Time.NowNanos + _random.Next(6_000);
        List<StreamModel.Message> due = _tail.Expire(now);
        ExpireResult result = _stream.Expire(now, int.MaxValue);
        Assert.Equal(due.Select(m => m.Sequence), result.Messages.Select(m => m.Sequence).Order());
        Assert.All(due.GroupBy(m => m.Subject), group => Assert.Equal(
            _tail.Messages.Exists(m => m.Subject == group.Key) ? 0 : 1,
            result.Messages.Count(m => m.WasLastOfSubject && Encoding.UTF8.GetString(m.Subject.Span) == group.Key)));
    }

    private void Commit()
    {
        harness.Commit();
        _committed = _tail.Copy();
        CheckCommitted();
    }

    private void CheckTail()
    {
        StreamCounters tail = _stream.Tail;
        Assert.Equal(((ulong)_tail.Messages.Count, (ulong)_tail.Bytes), (tail.Messages, tail.Bytes));
        Assert.Equal((First(_tail), _tail.Last), (tail.FirstSequence, tail.LastSequence));
        string filter = Filters[_random.Next(Filters.Length)];
        Assert.Equal(_tail.Matching(filter).LastOrDefault()?.Sequence ?? 0, _stream.TailLastOf(filter));
    }

    private void CheckCommitted()
    {
        StreamState state = _stream.State;
        List<StreamModel.Message> messages = _committed.Messages;
        Assert.Equal((ulong)messages.Count, state.Messages);
        Assert.Equal((ulong)_committed.Bytes, state.Bytes);
        Assert.Equal((First(_committed), _committed.Last), (state.FirstSequence, state.LastSequence));
        Assert.Equal(messages.FirstOrDefault()?.Timestamp ?? 0, state.FirstTimestampNanos);
        Assert.Equal((ulong)messages.DistinctBy(m => m.Subject).Count(), state.Subjects);
        Assert.Empty(state.Lost);
        Assert.Equal(messages.Select(Describe), _stream.Everything());
        Assert.Equal(
            messages.GroupBy(m => m.Subject).OrderBy(g => g.Key, StringComparer.Ordinal)
                .Select(g => $"{g.Key}:{g.Count()}:{g.First().Sequence}-{g.Last().Sequence}"),
            _stream.SubjectList());
        CheckFilter(Filters[_random.Next(Filters.Length)], (ulong)_random.NextInt64((long)_committed.Last + 2));
    }

    private void CheckFilter(string filter, ulong sequence)
    {
        FilterSet set = filter.Length == 0 ? FilterSet.All : FilterSet.From([filter]);
        List<StreamModel.Message> matching = [.. _committed.Matching(filter)];
        Assert.Equal(matching.Find(m => m.Sequence >= sequence)?.Sequence ?? 0, _stream.FindNext(sequence, set));
        Assert.Equal(
            matching.FindLast(m => m.Sequence <= sequence)?.Sequence ?? 0,
            _stream.FindLast(Encoding.UTF8.GetBytes(filter), sequence));
        Assert.Equal(
            ((ulong)matching.Count(m => m.Sequence >= sequence), _committed.Last),
            _stream.CountPending(sequence, set, lastPerSubject: false));
        Assert.Equal(
            (ulong)matching.GroupBy(m => m.Subject).Count(g => g.Last().Sequence >= sequence),
            _stream.CountPending(sequence, set, lastPerSubject: true).Count);
        var lasts = new List<ulong>();
        _stream.LastPerSubject(set, sequence, int.MaxValue, lasts);
        Assert.Equal(
            matching.Where(m => m.Sequence <= sequence).GroupBy(m => m.Subject).Select(g => g.Last().Sequence).Order(), lasts);
        Assert.Equal(
            matching.GroupBy(m => m.Subject).Select(g => g.Key).Order(StringComparer.Ordinal),
            (filter.Length == 0 ? _stream.SubjectList() : _stream.SubjectList(filter)).Select(s => s.Split(':')[0]));
    }

    private StreamLimits RandomLimits() => new()
    {
        MaxMessages = _random.Next(3) == 0 ? 1 + _random.Next(30) : -1,
        MaxBytes = _random.Next(4) == 0 ? 200 + _random.Next(2_000) : -1,
        MaxMessagesPerSubject = _random.Next(2) == 0 ? 1 + _random.Next(4) : -1,
        MaxAgeNanos = _random.Next(3) == 0 ? 1_000 + _random.Next(50_000) : 0,
        DiscardNew = _random.Next(3) == 0,
        DiscardNewPerSubject = _random.Next(3) == 0,
        Compress = _random.Next(2) == 0,
    };

    private static ulong First(StreamModel model) =>
        model.Messages.Count > 0 ? model.Messages[0].Sequence : model.Last == 0 ? 0 : model.Last + 1;

    private static string Describe(StreamModel.Message message) => string.Create(
        CultureInfo.InvariantCulture,
        $"{message.Sequence}:{message.Subject}{(message.Headers.Length > 0 ? $"[{message.Headers}]" : "")}={message.Payload}");
}

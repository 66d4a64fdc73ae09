using Rivulet.Protocol;

namespace Rivulet.Storage.Tests.Suites;

public abstract class BatchSuite<THarness> : StoreSuite<THarness>
    where THarness : StoreHarness, new()
{
    [Fact]
    public void A_batch_has_consecutive_sequences_and_one_position()
    {
        StreamLog stream = Harness.CreateStream();
        stream.Put("before");
        BatchResult result = stream.PutBatch("a=1", "b=2", "a=3");
        Assert.Equal((AppendStatus.Stored, -1, 2UL, 4UL), (result.Status, result.RefusedIndex, result.FirstSequence, result.LastSequence));
        Assert.Equal(Store.Appended, result.Position);
        Assert.Equal((4UL, 4UL), (stream.Tail.Messages, stream.Tail.LastSequence));
        Commit();
        Assert.Equal(["1:before=", "2:a=1", "3:b=2", "4:a=3"], stream.Everything());
        Assert.Equal(5UL, stream.Put("after").Sequence);
    }

    [Fact]
    public void Nothing_of_a_batch_is_visible_before_its_commit()
    {
        StreamLog stream = Harness.CreateStream(limits: new StreamLimits { MaxMessagesPerSubject = 1 });
        stream.Put("a", "old");
        Commit();
        using (Harness.HoldCommits())
        {
            stream.PutBatch("a=1", "b=2", "a=3");
            Assert.Equal(["1:a=old"], stream.Everything());
            Assert.Equal(4UL, stream.TailLastOf("a"));
        }
        Commit();
        Assert.Equal(["3:b=2", "4:a=3"], stream.Everything());
    }

    [Fact]
    public void Observers_hear_of_a_batch_in_one_call()
    {
        StreamLog stream = Harness.CreateStream();
        var ear = new CountingEar();
        stream.Observer = ear;
        stream.AppendBatch(Batches.Many(500, 20));
        Commit();
        Assert.Equal([500], ear.Counts);
    }

    [Fact]
    public void Readers_see_a_batch_whole_or_not_at_all()
    {
        const int size = 300;
        StreamLog stream = Harness.CreateStream(limits: new StreamLimits { MaxMessages = size });
        stream.AppendBatch(Batches.Many(size, 10));
        Commit();
        using var stop = new CancellationTokenSource();
        var torn = new List<string>();
        var reader = new Thread(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                StreamState state = stream.State;
                if (state.Messages != size || state.LastSequence % size != 0 || state.FirstSequence % size != 1)
                    torn.Add($"{state.FirstSequence}-{state.LastSequence}, {state.Messages} messages");
            }
        });
        reader.Start();
        for (int i = 0; i < 60; i++)
        {
            stream.AppendBatch(Batches.Many(size, 10));
            if (i % 3 == 0)
                Commit();
        }
        Commit();
        stop.Cancel();
        reader.Join();
        Assert.Empty(torn);
    }

    [Fact]
    public void Older_messages_make_room_for_a_batch_with_its_commit()
    {
        StreamLog stream = Harness.CreateStream(limits: new StreamLimits { MaxMessages = 3 });
        stream.Put("a", "old");
        stream.Put("b", "old");
        Commit();
        stream.PutBatch("c=1", "c=2");
        Commit();
        Assert.Equal(["2:b=old", "3:c=1", "4:c=2"], stream.Everything());
    }

    [Fact]
    public void Of_a_batch_beyond_the_limits_the_newest_stay()
    {
        StreamLog stream = Harness.CreateStream(limits: new StreamLimits { MaxMessages = 2 });
        stream.Put("a", "old");
        stream.PutBatch("a=1", "b=2", "c=3", "d=4");
        Commit();
        Assert.Equal(["4:c=3", "5:d=4"], stream.Everything());
    }

    [Fact]
    public void Messages_of_a_batch_push_one_another_out_of_a_subject()
    {
        StreamLog stream = Harness.CreateStream(limits: new StreamLimits { MaxMessagesPerSubject = 2 });
        stream.PutBatch("a=1", "a=2", "b=3", "a=4");
        Commit();
        Assert.Equal(["2:a=2", "3:b=3", "4:a=4"], stream.Everything());
        Assert.Equal(["a:2:2-4", "b:1:3-3"], stream.SubjectList());
    }

    [Fact]
    public void Rollups_within_a_batch_remove_what_is_ahead_of_them()
    {
        StreamLog stream = Harness.CreateStream();
        stream.Put("a", "old");
        stream.Put("b", "old");
        Commit();
        stream.AppendBatch(
        [
            Batches.Message("a=1"), Batches.Message("a", "2", rollup: RollupScope.Subject), Batches.Message("c=3"),
        ]);
        Commit();
        Assert.Equal(["2:b=old", "4:a=2", "5:c=3"], stream.Everything());
        stream.AppendBatch(
        [
            Batches.Message("x=1"), Batches.Message("y", "2", rollup: RollupScope.All), Batches.Message("x=3"),
        ]);
        Commit();
        Assert.Equal(["7:y=2", "8:x=3"], stream.Everything());
    }

    [Theory]
    [InlineData(2, AppendStatus.MaximumMessagesExceeded)]
    [InlineData(3, AppendStatus.Stored)]
    public void A_batch_is_refused_whole_when_one_message_would_be(long room, AppendStatus expected)
    {
        StreamLog stream = Harness.CreateStream(limits: new StreamLimits { MaxMessages = 1 + room, DiscardNew = true });
        LogPosition before = stream.Put("before").Position;
        BatchResult result = stream.PutBatch("a=1", "b=2", "c=3");
        Assert.Equal(expected, result.Status);
        Assert.Equal(expected == AppendStatus.Stored ? -1 : 2, result.RefusedIndex);
        if (expected == AppendStatus.Stored)
            return;
        Assert.Equal((0UL, 0UL, before), (result.FirstSequence, result.LastSequence, result.Position));
        Assert.Equal((1UL, 1UL), (stream.Tail.Messages, stream.Tail.LastSequence));
        Commit();
        Assert.Equal(["1:before="], stream.Everything());
    }

    [Fact]
    public void The_byte_limit_counts_what_a_batch_brings_and_pushes_out()
    {
        StreamLog stream = Harness.CreateStream();
        long size = stream.AccountedSizeBytes(1, 0, 4);
        stream.Configure("c"u8, new StreamLimits { MaxBytes = size * 3, MaxMessagesPerSubject = 2, DiscardNew = true });
        stream.Put("a", "1111");
        Assert.Equal((AppendStatus.MaximumBytesExceeded, 2), Outcome(stream.PutBatch("a=2222", "b=1111", "c=1111")));
        Assert.Equal((AppendStatus.Stored, -1), Outcome(stream.PutBatch("a=2222", "b=1111", "a=3333", "a=4444")));
        Commit();
        Assert.Equal(["3:b=1111", "4:a=3333", "5:a=4444"], stream.Everything());
    }

    [Fact]
    public void A_full_subject_refuses_the_batch_unless_it_is_rolled_up_within()
    {
        var limits = new StreamLimits { MaxMessagesPerSubject = 2, DiscardNew = true, DiscardNewPerSubject = true };
        StreamLog stream = Harness.CreateStream(limits: limits);
        stream.Put("a", "1");
        Assert.Equal((AppendStatus.MaximumMessagesPerSubjectExceeded, 3), Outcome(stream.PutBatch("a=2", "b=1", "b=2", "a=3")));
        Assert.Equal((AppendStatus.Stored, -1), Outcome(stream.AppendBatch(
        [
            Batches.Message("a=2"), Batches.Message("a", "3", rollup: RollupScope.Subject), Batches.Message("a=4"),
        ])));
        Assert.Equal((AppendStatus.MaximumMessagesPerSubjectExceeded, 2), Outcome(stream.AppendBatch(
        [
            Batches.Message("b", "1", rollup: RollupScope.All), Batches.Message("b=2"), Batches.Message("b=3"),
        ])));
        Commit();
        Assert.Equal(["3:a=3", "4:a=4"], stream.Everything());
    }

    [Fact]
    public void What_cannot_be_a_message_makes_no_batch()
    {
        StreamLog stream = Harness.CreateStream();
        Assert.Throws<ArgumentException>(() => stream.AppendBatch([]));
        Assert.Throws<ArgumentException>(() => stream.PutBatch("a=1", "=2"));
        Assert.Equal(0UL, stream.Tail.LastSequence);
        stream.Delete();
        Assert.Throws<InvalidOperationException>(() => stream.PutBatch("a=1"));
    }

    [Fact]
    public async Task A_batch_larger_than_a_segment_is_one()
    {
        StreamLog stream = Harness.CreateStream();
        var ear = new CountingEar();
        stream.Observer = ear;
        BatchResult result = stream.AppendBatch(Batches.Many(300, 1_000));
        stream.Put("after");
        Commit();
        Assert.Equal(301, ear.Counts.Sum());
        Assert.Contains(ear.Counts, count => count >= 300);
        Assert.Equal((300UL, 301UL), (result.LastSequence, stream.State.Messages));
        if (!Harness.IsLasting)
            return;
        await Harness.ReopenAsync();
        Assert.Equal((301UL, 0), (Harness.FindStream().State.Messages, Harness.FindStream().State.Lost.Count));
        Assert.Equal("k299=" + new string('x', 1_000), Harness.FindStream().GetLast("k299"));
    }

    [Fact]
    public async Task Removing_messages_of_a_batch_leaves_the_others()
    {
        StreamLog stream = Harness.CreateStream();
        stream.PutBatch("a=1", "b=2", "c=3", "d=4");
        Commit();
        stream.Remove(1, erase: true);
        stream.Remove(4, erase: true);
        stream.PurgeOf("b");
        Commit();
        Assert.Equal(["3:c=3"], stream.Everything());
        if (!Harness.IsLasting)
            return;
        await Harness.ReopenAsync();
        Assert.Equal(["3:c=3"], Harness.FindStream().Everything());
        Assert.Equal(5UL, Harness.FindStream().Put("e").Sequence);
    }

    [Fact]
    public void Messages_of_a_batch_expire_each_in_its_time()
    {
        StreamLog stream = Harness.CreateStream(limits: new StreamLimits { MaxAgeNanos = 1_000 });
        long now = Harness.Time.NowNanos;
        BatchResult result = stream.AppendBatch(
        [
            Batches.Message("a=1"), Batches.Message("b", "2", expiresAtNanos: now + 10),
            Batches.Message("c", "3", expiresAtNanos: long.MaxValue),
        ]);
        Assert.Equal(now, result.LastTimestampNanos);
        Assert.Equal([2UL], stream.Expire(now + 10, 10).Messages.Select(m => m.Sequence));
        Assert.Equal([1UL], stream.Expire(now + 2_000, 10).Messages.Select(m => m.Sequence));
        Commit();
        Assert.Equal(["3:c=3"], stream.Everything());
    }

    [Fact]
    public async Task Batches_of_many_streams_do_not_mix()
    {
        StreamLog[] streams = [.. Enumerable.Range(0, 4).Select(i => Harness.CreateStream("S" + i))];
        Thread[] writers = [.. streams.Select(stream => new Thread(() =>
        {
            for (int i = 0; i < 50; i++)
            {
                stream.AppendBatch(Batches.Many(20, 30));
                stream.Put("single");
                Store.DeliverCommits();
            }
        }))];
        foreach (Thread writer in writers)
            writer.Start();
        foreach (Thread writer in writers)
            writer.Join();
        Commit();
        Assert.All(streams, stream => Assert.Equal(50UL * 21, stream.State.Messages));
        if (!Harness.IsLasting)
            return;
        await Harness.ReopenAsync();
        Assert.All(Store.Streams, stream => Assert.Equal(50UL * 21, stream.State.Messages));
    }

    [Fact]
    public void A_batch_of_one_is_a_message()
    {
        StreamLog stream = Harness.CreateStream();
        Assert.Equal(1UL, stream.PutBatch("a=1").LastSequence);
        Commit();
        Assert.Equal(["1:a=1"], stream.Everything());
        Assert.Equal((1UL, 1UL), stream.CountPending(1, FilterSet.All, lastPerSubject: false));
    }

    private static (AppendStatus Status, int Index) Outcome(BatchResult result) => (result.Status, result.RefusedIndex);

    private sealed class CountingEar : IStreamObserver
    {
        private readonly List<int> _counts = [];

        public List<int> Counts
        {
            get
            {
                lock (_counts)
                    return [.. _counts];
            }
        }

        public void OnCommitted(in StreamCommit commit)
        {
            if (commit.Count == 0)
                return;
            lock (_counts)
                _counts.Add(commit.Count);
        }

        public void OnFailed(Exception cause) => throw cause;
    }
}

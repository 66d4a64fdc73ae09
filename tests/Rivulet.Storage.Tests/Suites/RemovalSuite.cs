namespace Rivulet.Storage.Tests.Suites;

public abstract class RemovalSuite<THarness> : StoreSuite<THarness>
    where THarness : StoreHarness, new()
{
    private StreamLog Letters(StreamLimits? limits = null)
    {
        StreamLog stream = Harness.CreateStream(limits: limits);
        foreach (string subject in new[] { "a.1", "b.1", "a.2", "b.2", "a.1", "b.1" })
            stream.Put(subject, "x");
        return stream;
    }

    private static ulong[] Sequences(StreamLog stream) =>
        [.. stream.Everything().Select(line => ulong.Parse(line.Split(':')[0], System.Globalization.CultureInfo.InvariantCulture))];

    [Fact]
    public void What_expires_is_still_read_before_its_removal_is_appended()
    {
        StreamLog stream = Harness.CreateStream(limits: new StreamLimits { MaxAgeNanos = 1_000 });
        stream.Put("a", "x");
        Commit();
        LogPosition appended = Harness.Store.Appended;
        var seen = new List<ulong>();

        stream.Expire(Harness.Time.NowNanos + 1_000_000, 10, expired =>
        {
            Assert.Equal(appended, Harness.Store.Appended);
            Commit();
            Assert.Equal("a=x", stream.GetLast("a"));
            seen.AddRange(expired.Select(message => message.Sequence));
        });

        Assert.Equal([1UL], seen);
        Assert.True(Harness.Store.Appended > appended);
    }

    [Fact]
    public void A_removed_message_is_gone_and_its_sequence_stays_used()
    {
        StreamLog stream = Letters();
        Assert.True(stream.Remove(6, erase: false).Removed);
        Assert.True(stream.Remove(3, erase: true).Removed);
        Assert.False(stream.Remove(3, erase: true).Removed);
        Assert.False(stream.Remove(7, erase: false).Removed);
        Commit();
        Assert.Equal([1, 2, 4, 5], Sequences(stream));
        Assert.Equal((6UL, 2UL), (stream.State.LastSequence, stream.State.Deleted));
        Assert.Equal(7UL, stream.Put("c").Sequence);
    }

    [Fact]
    public void Removing_the_newest_message_of_a_subject_brings_the_one_before_to_the_end()
    {
        StreamLog stream = Letters();
        Commit();
        stream.Remove(5, erase: false);
        Assert.Equal(1UL, stream.TailLastOf("a.1"));
        Commit();
        Assert.Equal(["a.1:1:1-1"], stream.SubjectList("a.1"));
        stream.Put("a.1", "y");
        Commit();
        Assert.Equal(["a.1:2:1-7"], stream.SubjectList("a.1"));
    }

    [Fact]
    public void A_message_can_be_removed_before_it_is_committed()
    {
        StreamLog stream = Letters();
        stream.Remove(1, erase: false);
        stream.Remove(6, erase: false);
        Assert.Equal((4UL, 2UL), (stream.Tail.Messages, stream.Tail.FirstSequence));
        Commit();
        Assert.Equal([2, 3, 4, 5], Sequences(stream));
    }

    [Fact]
    public void A_purge_empties_the_stream_and_keeps_its_sequence()
    {
        StreamLog stream = Letters();
        Commit();
        stream.Put("uncommitted");
        Assert.Equal(7UL, stream.PurgeOf().Count);
        stream.Put("c", "new");
        Commit();
        StreamState state = stream.State;
        Assert.Equal((1UL, 8UL, 8UL, 1UL), (state.Messages, state.FirstSequence, state.LastSequence, state.Subjects));
        Assert.Equal(["8:c=new"], stream.Everything());
    }

    [Fact]
    public void After_a_purge_the_first_sequence_is_the_next_one()
    {
        StreamLog stream = Letters();
        stream.PurgeOf();
        Assert.Equal(7UL, stream.Tail.FirstSequence);
        Commit();
        StreamState state = stream.State;
        Assert.Equal((0UL, 0UL, 7UL, 6UL), (state.Messages, state.Bytes, state.FirstSequence, state.LastSequence));
        Assert.Equal((0L, 0UL), (state.FirstTimestampNanos, state.Deleted));
        Assert.NotEqual(0, state.LastTimestampNanos);
        Assert.Equal(0UL, stream.PurgeOf().Count);
    }

    [Theory]
    [InlineData("", 4, 0, 3, new ulong[] { 4, 5, 6 })]
    [InlineData("", 0, 2, 4, new ulong[] { 5, 6 })]
    [InlineData("", 0, 100, 0, new ulong[] { 1, 2, 3, 4, 5, 6 })]
    [InlineData("", 100, 0, 6, new ulong[] { })]
    [InlineData(">", 0, 0, 6, new ulong[] { })]
    [InlineData("a.1", 0, 0, 2, new ulong[] { 2, 3, 4, 6 })]
    [InlineData("a.*", 0, 0, 3, new ulong[] { 2, 4, 6 })]
    [InlineData("*.1", 0, 0, 4, new ulong[] { 3, 4 })]
    [InlineData("a.>", 3, 0, 1, new ulong[] { 2, 3, 4, 5, 6 })]
    [InlineData("a.1", 0, 1, 1, new ulong[] { 2, 3, 4, 5, 6 })]
    [InlineData("*.1", 0, 3, 1, new ulong[] { 2, 3, 4, 5, 6 })]
    [InlineData("nothing", 0, 0, 0, new ulong[] { 1, 2, 3, 4, 5, 6 })]
    public void A_purge_takes_what_it_says(string filter, ulong before, ulong keep, ulong count, ulong[] left)
    {
        StreamLog stream = Letters();
        Commit();
        Assert.Equal(count, stream.PurgeOf(filter, before, keep).Count);
        Assert.Equal((ulong)left.Length, stream.Tail.Messages);
        Commit();
        Assert.Equal(left, Sequences(stream));
    }

    [Theory]
    [InlineData("", 4, 0, new ulong[] { 4, 5, 6 })]
    [InlineData("a.*", 0, 0, new ulong[] { 2, 4, 6 })]
    [InlineData("a.*", 0, 1, new ulong[] { 2, 4, 5, 6 })]
    public void A_purge_takes_uncommitted_messages_too(string filter, ulong before, ulong keep, ulong[] left)
    {
        StreamLog stream = Letters();
        stream.PurgeOf(filter, before, keep);
        Commit();
        Assert.Equal(left, Sequences(stream));
    }

    [Fact]
    public void A_purge_takes_a_bound_or_a_number_to_keep()
    {
        StreamLog stream = Letters();
        Assert.Throws<ArgumentException>(() => stream.PurgeOf(before: 2, keep: 1));
    }

    [Fact]
    public void A_rollup_of_a_subject_removes_its_older_messages_only()
    {
        StreamLog stream = Letters();
        Commit();
        stream.Put("a.1", "rolled", rollup: RollupScope.Subject);
        Commit();
        Assert.Equal([2, 3, 4, 6, 7], Sequences(stream));
        Assert.Equal("a.1=rolled", stream.GetLast("a.1"));
    }

    [Fact]
    public void A_rollup_of_everything_leaves_one_message()
    {
        StreamLog stream = Letters();
        Commit();
        stream.Put("tail");
        stream.Put("z", "rolled", rollup: RollupScope.All);
        stream.Put("z", "later");
        Assert.Equal(2UL, stream.Tail.Messages);
        Commit();
        Assert.Equal(["8:z=rolled", "9:z=later"], stream.Everything());
        Assert.Equal(["z:2:8-9"], stream.SubjectList());
    }

    [Fact]
    public void Operations_on_an_uncommitted_tail_follow_each_other()
    {
        StreamLog stream = Letters();
        Commit();
        stream.PurgeOf();
        stream.Put("a.1", "1");
        stream.Put("a.1", "2", rollup: RollupScope.Subject);
        stream.PurgeOf();
        stream.Put("b", "3");
        stream.Put("c", "4", rollup: RollupScope.All);
        stream.Put("b", "5");
        stream.Remove(10, erase: false);
        Assert.Equal((1UL, 11UL, 11UL), (stream.Tail.Messages, stream.Tail.FirstSequence, stream.Tail.LastSequence));
        Commit();
        Assert.Equal(["11:b=5"], stream.Everything());
    }

    [Fact]
    public void Deleted_sequences_are_listed()
    {
        StreamLog stream = Letters();
        stream.Remove(2, erase: false);
        stream.Remove(3, erase: false);
        stream.Remove(6, erase: false);
        Commit();
        var deleted = new List<ulong>();
        Assert.Equal(3, stream.DeletedSequences(0, 100, deleted));
        Assert.Equal([2, 3, 6], deleted);
        deleted.Clear();
        stream.DeletedSequences(3, 1, deleted);
        Assert.Equal([3], deleted);
    }

    [Fact]
    public void Messages_expire_by_age_in_order()
    {
        StreamLog stream = Harness.CreateStream(limits: new StreamLimits { MaxAgeNanos = 10_000_000_000 });
        stream.Put("a", "1");
        Harness.Time.Advance(TimeSpan.FromSeconds(4));
        stream.Put("a", "2");
        long start = stream.Expire(Harness.Time.NowNanos, 100).NextDeadlineNanos;
        Assert.Equal(Harness.Time.NowNanos + 6_000_000_000, start);
        Harness.Time.Advance(TimeSpan.FromSeconds(6));
        ExpireResult result = stream.Expire(Harness.Time.NowNanos, 100);
        ExpiredMessage expired = Assert.Single(result.Messages);
        Assert.Equal((1UL, false), (expired.Sequence, expired.WasLastOfSubject));
        Harness.Time.Advance(TimeSpan.FromSeconds(4));
        result = stream.Expire(result.NextDeadlineNanos, 100);
        Assert.True(Assert.Single(result.Messages).WasLastOfSubject);
        Assert.Equal(long.MaxValue, result.NextDeadlineNanos);
        Commit();
        Assert.Equal(0UL, stream.State.Messages);
    }

    [Fact]
    public void A_message_expires_on_its_own_or_never()
    {
        StreamLog stream = Harness.CreateStream(limits: new StreamLimits { MaxAgeNanos = 10_000_000_000 });
        long now = Harness.Time.NowNanos;
        stream.Put("never", expiresAtNanos: long.MaxValue);
        stream.Put("soon", expiresAtNanos: now + 1_000_000_000);
        stream.Put("late", expiresAtNanos: now + 20_000_000_000);
        stream.Put("age");
        Assert.Equal(now + 1_000_000_000, stream.Expire(now, 100).NextDeadlineNanos);
        Assert.Equal([2UL], stream.Expire(now + 1_000_000_000, 100).Messages.Select(m => m.Sequence));
        Assert.Equal([3UL, 4UL], stream.Expire(now + 10_000_000_000, 100).Messages.Select(m => m.Sequence));
        Assert.Equal(long.MaxValue, stream.Expire(long.MaxValue - 1, 100).NextDeadlineNanos);
        Commit();
        Assert.Equal(["1:never="], stream.Everything());
    }

    [Fact]
    public void Expiry_goes_in_portions()
    {
        StreamLog stream = Harness.CreateStream(limits: new StreamLimits { MaxAgeNanos = 1_000_000_000 });
        for (int i = 0; i < 10; i++)
            stream.Put("a");
        long later = Harness.Time.NowNanos + 2_000_000_000;
        ExpireResult first = stream.Expire(later, 4);
        Assert.Equal(4, first.Messages.Count);
        Assert.True(first.NextDeadlineNanos <= later);
        Assert.Equal(6, stream.Expire(later, 100).Messages.Count);
    }

    [Fact]
    public void An_expiry_of_a_message_that_went_otherwise_is_forgotten()
    {
        StreamLog stream = Harness.CreateStream(limits: new StreamLimits { MaxMessagesPerSubject = 1 });
        long now = Harness.Time.NowNanos;
        for (int i = 0; i < 5_000; i++)
            stream.Put("a", expiresAtNanos: now + 1_000 + i);
        Assert.Equal(now + 1_000 + 4_999, stream.Expire(now, 100).NextDeadlineNanos);
        Assert.Single(stream.Expire(now + 10_000, 100).Messages);
    }
}

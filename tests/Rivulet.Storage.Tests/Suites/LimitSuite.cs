namespace Rivulet.Storage.Tests.Suites;

public abstract class LimitSuite<THarness> : StoreSuite<THarness>
    where THarness : StoreHarness, new()
{
    [Fact]
    public void Discard_old_drops_the_oldest_messages()
    {
        StreamLog stream = Harness.CreateStream(limits: new StreamLimits { MaxMessages = 3 });
        for (int i = 1; i <= 10; i++)
            stream.Put("s" + i, i.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Commit();
        Assert.Equal(["8:s8=8", "9:s9=9", "10:s10=10"], stream.Everything());
        Assert.Equal(8UL, stream.State.FirstSequence);
    }

    [Fact]
    public void Discard_old_keeps_the_byte_limit()
    {
        StreamLog stream = Harness.CreateStream();
        long size = stream.AccountedSizeBytes(1, 0, 10);
        stream.Configure("c"u8, new StreamLimits { MaxBytes = size * 2 });
        for (int i = 0; i < 5; i++)
            stream.Put("a", "0123456789");
        Commit();
        Assert.Equal((2UL, (ulong)size * 2), (stream.State.Messages, stream.State.Bytes));
    }

    [Fact]
    public void A_message_larger_than_the_stream_is_stored_and_dropped()
    {
        StreamLog stream = Harness.CreateStream(limits: new StreamLimits { MaxBytes = 60 });
        stream.Put("a", "1");
        AppendResult result = stream.Put("a", new string('x', 100));
        Assert.Equal((AppendStatus.Stored, 2UL), (result.Status, result.Sequence));
        Commit();
        StreamState state = stream.State;
        Assert.Equal((0UL, 0UL, 3UL, 2UL), (state.Messages, state.Bytes, state.FirstSequence, state.LastSequence));
        stream.Put("a", "2");
        Commit();
        Assert.Equal(["3:a=2"], stream.Everything());
    }

    [Fact]
    public void Discard_new_refuses_when_full()
    {
        StreamLog stream = Harness.CreateStream(limits: new StreamLimits { MaxMessages = 2, DiscardNew = true });
        stream.Put("a");
        stream.Put("b");
        AppendResult refused = stream.Put("c");
        Assert.Equal((AppendStatus.MaximumMessagesExceeded, 0UL), (refused.Status, refused.Sequence));
        Commit();
        Assert.Equal(2UL, stream.State.LastSequence);
        stream.Remove(1, erase: false);
        Assert.Equal(3UL, stream.Put("c").Sequence);
    }

    [Fact]
    public void A_refusal_can_be_waited_for_like_what_it_was_decided_by()
    {
        StreamLog stream = Harness.CreateStream(limits: new StreamLimits { MaxMessages = 1, DiscardNew = true });
        LogPosition stored = stream.Put("a").Position;
        Assert.Equal(stored, stream.Put("b").Position);
    }

    [Fact]
    public void Discard_new_refuses_what_exceeds_the_byte_limit()
    {
        StreamLog stream = Harness.CreateStream();
        long size = stream.AccountedSizeBytes(1, 0, 4);
        stream.Configure("c"u8, new StreamLimits { MaxBytes = size * 2, DiscardNew = true });
        Assert.Equal(AppendStatus.Stored, stream.Put("a", "1234").Status);
        Assert.Equal(AppendStatus.MaximumBytesExceeded, stream.Put("a", "12345").Status);
        Assert.Equal(AppendStatus.Stored, stream.Put("a", "4321").Status);
    }

    [Fact]
    public void Discard_new_lets_a_full_subject_replace_its_oldest()
    {
        var limits = new StreamLimits { MaxMessages = 2, MaxMessagesPerSubject = 1, DiscardNew = true };
        StreamLog stream = Harness.CreateStream(limits: limits);
        stream.Put("a", "1");
        stream.Put("b", "1");
        Assert.Equal(AppendStatus.MaximumMessagesExceeded, stream.Put("c").Status);
        Assert.Equal(AppendStatus.Stored, stream.Put("a", "2").Status);
        Commit();
        Assert.Equal(["2:b=1", "3:a=2"], stream.Everything());
    }

    [Fact]
    public void Discard_new_by_bytes_lets_a_replacement_in_only_when_it_is_no_larger()
    {
        StreamLog stream = Harness.CreateStream();
        long size = stream.AccountedSizeBytes(1, 0, 4);
        stream.Configure(
            "c"u8, new StreamLimits { MaxBytes = size, MaxMessagesPerSubject = 1, DiscardNew = true });
        stream.Put("a", "1234");
        Assert.Equal(AppendStatus.MaximumBytesExceeded, stream.Put("a", "12345").Status);
        Assert.Equal(AppendStatus.Stored, stream.Put("a", "4321").Status);
    }

    [Fact]
    public void Discard_new_per_subject_refuses_a_full_subject_unless_rolled_up()
    {
        var limits = new StreamLimits { MaxMessagesPerSubject = 1, DiscardNew = true, DiscardNewPerSubject = true };
        StreamLog stream = Harness.CreateStream(limits: limits);
        stream.Put("a", "1");
        Assert.Equal(AppendStatus.MaximumMessagesPerSubjectExceeded, stream.Put("a", "2").Status);
        Assert.Equal(AppendStatus.Stored, stream.Put("a", "3", rollup: RollupScope.Subject).Status);
        Commit();
        Assert.Equal(["2:a=3"], stream.Everything());
    }

    [Fact]
    public void A_subject_keeps_its_newest_messages()
    {
        StreamLog stream = Harness.CreateStream(limits: new StreamLimits { MaxMessagesPerSubject = 2 });
        for (int i = 1; i <= 4; i++)
        {
            stream.Put("a", "a" + i);
            stream.Put("b", "b" + i);
        }
        Commit();
        Assert.Equal(["5:a=a3", "6:b=b3", "7:a=a4", "8:b=b4"], stream.Everything());
        Assert.Equal(["a:2:5-7", "b:2:6-8"], stream.SubjectList());
    }

    [Fact]
    public void The_limits_hold_over_committed_messages_and_tail_together()
    {
        StreamLog stream = Harness.CreateStream(limits: new StreamLimits { MaxMessagesPerSubject = 3 });
        stream.Put("a", "1");
        stream.Put("a", "2");
        Commit();
        for (int i = 3; i <= 7; i++)
            stream.Put("a", i.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(3UL, stream.Tail.Messages);
        Commit();
        Assert.Equal(["5:a=5", "6:a=6", "7:a=7"], stream.Everything());
    }

    [Fact]
    public void Lower_limits_apply_at_once()
    {
        StreamLog stream = Harness.CreateStream();
        for (int i = 1; i <= 6; i++)
            stream.Put("a", i.ToString(System.Globalization.CultureInfo.InvariantCulture));
        stream.Put("b", "7");
        Commit();
        stream.Configure("c"u8, new StreamLimits { MaxMessagesPerSubject = 2 });
        Commit();
        Assert.Equal(["5:a=5", "6:a=6", "7:b=7"], stream.Everything());
        stream.Configure("c"u8, new StreamLimits { MaxMessages = 1 });
        Commit();
        Assert.Equal(["7:b=7"], stream.Everything());
    }

    [Fact]
    public void A_stream_that_discards_new_messages_keeps_what_it_has_when_limits_are_lowered()
    {
        StreamLog stream = Harness.CreateStream();
        stream.Put("a");
        stream.Put("b");
        stream.Configure("c"u8, new StreamLimits { MaxMessages = 1, DiscardNew = true });
        Commit();
        Assert.Equal(2UL, stream.State.Messages);
    }

    [Fact]
    public void Configuration_and_limits_are_those_last_given()
    {
        StreamLog stream = Harness.CreateStream();
        stream.Configure("other"u8, new StreamLimits { MaxMessages = 9 });
        Assert.Equal("other"u8, stream.Configuration.Span);
        Assert.Equal(9, stream.Limits.MaxMessages);
    }
}

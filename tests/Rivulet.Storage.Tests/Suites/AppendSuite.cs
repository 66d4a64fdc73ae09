namespace Rivulet.Storage.Tests.Suites;

public abstract class AppendSuite<THarness> : StoreSuite<THarness>
    where THarness : StoreHarness, new()
{
    [Fact]
    public void Sequences_start_at_one_and_have_no_gaps()
    {
        StreamLog stream = Harness.CreateStream();
        Assert.Equal([1, 2, 3], Enumerable.Range(0, 3).Select(_ => (int)stream.Put("a").Sequence));
    }

    [Fact]
    public void A_new_stream_is_empty()
    {
        StreamState state = Harness.CreateStream().State;
        Assert.Equal((0UL, 0UL, 0UL, 0UL), (state.Messages, state.Bytes, state.FirstSequence, state.LastSequence));
        Assert.Equal((0L, 0L), (state.FirstTimestampNanos, state.LastTimestampNanos));
    }

    [Fact]
    public void A_message_is_read_back_whole()
    {
        StreamLog stream = Harness.CreateStream();
        AppendResult result = stream.Put("orders.new", "payload", "NATS/1.0\r\nA: b\r\n\r\n");
        Commit();
        using var message = new StoredMessage();
        Assert.Equal(ReadStatus.Found, stream.Read(1, message));
        Assert.Equal("orders.new"u8, message.Subject);
        Assert.Equal("NATS/1.0\r\nA: b\r\n\r\n"u8, message.Headers);
        Assert.Equal("payload"u8, message.Payload);
        Assert.Equal(1UL, message.Sequence);
        Assert.Equal(result.TimestampNanos, message.TimestampNanos);
        Assert.Equal(Harness.Time.NowNanos, message.TimestampNanos);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(5_000)]
    [InlineData(300_000)]
    public void Payloads_of_any_size_are_read_back(int size)
    {
        StreamLog stream = Harness.CreateStream();
        byte[] payload = new byte[size];
        new Random(size).NextBytes(payload);
        stream.Put("before", "x");
        stream.Append(new NewMessage { Subject = "big"u8, Payload = payload });
        stream.Put("after", "y");
        Commit();
        using var message = new StoredMessage();
        Assert.Equal(ReadStatus.Found, stream.Read(2, message));
        Assert.True(message.Payload.SequenceEqual(payload));
        Assert.Equal("after=y", stream.Get(3));
    }

    [Fact]
    public void Timestamps_never_go_back_when_the_clock_does()
    {
        StreamLog stream = Harness.CreateStream();
        long later = Harness.Time.NowNanos + 5_000_000_000;
        stream.Put("a", timestampNanos: later);
        Assert.Equal(later, stream.Put("b").TimestampNanos);
    }

    [Fact]
    public void A_given_timestamp_is_kept()
    {
        StreamLog stream = Harness.CreateStream();
        Assert.Equal(42, stream.Put("a", timestampNanos: 42).TimestampNanos);
        Commit();
        Assert.Equal(42, stream.State.FirstTimestampNanos);
    }

    [Fact]
    public void Size_accounting_is_that_of_the_reference_server()
    {
        StreamLog stream = Harness.CreateStream();
        stream.Put("abc", "12345");
        Commit();
        ulong plain = stream.State.Bytes;
        Assert.Equal((ulong)(3 + 5 + Harness.AccountedOverheadBytes), plain);
        stream.Put("abc", "12345", "HEADERS");
        Commit();
        long headerOverhead = Harness.IsLasting ? 4 : 0;
        Assert.Equal((ulong)(3 + 5 + 7 + Harness.AccountedOverheadBytes + headerOverhead), stream.State.Bytes - plain);
        Assert.Equal(3 + 5 + 7 + Harness.AccountedOverheadBytes + headerOverhead, stream.AccountedSizeBytes(3, 7, 5));
    }

    [Fact]
    public void Positions_grow_with_every_append_to_the_store()
    {
        StreamLog a = Harness.CreateStream("A");
        StreamLog b = Harness.CreateStream("B");
        LogPosition first = a.Put("x").Position;
        LogPosition second = b.Put("x").Position;
        LogPosition third = a.Put("x").Position;
        Assert.True(first < second && second < third && third <= Store.Appended);
    }

    [Fact]
    public void A_skipped_sequence_leaves_a_gap()
    {
        StreamLog stream = Harness.CreateStream();
        stream.SkipTo(10);
        Assert.Equal(10UL, stream.Put("a").Sequence);
        stream.Put("b");
        stream.SkipTo(1_000_000_000_000);
        Assert.Equal(1_000_000_000_000UL, stream.Put("c", "far").Sequence);
        stream.SkipTo(5);
        Commit();
        StreamState state = stream.State;
        Assert.Equal((10UL, 1_000_000_000_000UL, 3UL), (state.FirstSequence, state.LastSequence, state.Messages));
        Assert.Equal("c=far", stream.Get(1_000_000_000_000));
        Assert.Equal("c=far", stream.GetNext(12));
    }

    [Fact]
    public void A_stream_that_skipped_before_its_first_message_is_empty_at_that_place()
    {
        StreamLog stream = Harness.CreateStream();
        stream.SkipTo(100);
        Commit();
        Assert.Equal((100UL, 99UL), (stream.State.FirstSequence, stream.State.LastSequence));
    }

    [Fact]
    public void A_name_cannot_be_taken_twice()
    {
        Harness.CreateStream("S");
        Assert.Throws<ArgumentException>(() => Harness.CreateStream("S"));
    }

    [Fact]
    public void Streams_do_not_see_each_other()
    {
        StreamLog a = Harness.CreateStream("A");
        StreamLog b = Harness.CreateStream("B");
        a.Put("x", "1");
        b.Put("x", "2");
        Commit();
        Assert.Equal(["1:x=1"], a.Everything());
        Assert.Equal(["1:x=2"], b.Everything());
    }

    [Fact]
    public void Nothing_can_be_appended_to_a_deleted_stream()
    {
        StreamLog stream = Harness.CreateStream();
        stream.Put("a");
        stream.Delete();
        Assert.Throws<InvalidOperationException>(() => stream.Put("a"));
    }

    [Fact]
    public void A_deleted_stream_is_gone_and_its_name_is_free()
    {
        StreamLog stream = Harness.CreateStream();
        stream.Put("a", "old");
        Commit();
        stream.Delete();
        StreamLog successor = Store.CreateStream(stream.Identity, "new config"u8, new StreamLimits());
        successor.Put("b", "new");
        Commit();
        Assert.Same(successor, Assert.Single(Store.Streams));
        Assert.Equal(["1:b=new"], successor.Everything());
        Assert.Empty(stream.Everything());
    }
}

using Rivulet.TestKit.Simulation;

namespace Rivulet.Storage.Tests.Recovery;

/// <summary>What rewriting segments keeps, and what it gives back. The campaign cuts the power in between.</summary>
public sealed class CompactionTests
{
    [Fact]
    public void The_space_of_overwritten_messages_is_given_back_and_nothing_else_changes()
    {
        using var store = new DiskStore(new SimulatedFileSystem(), segmentBytes: 4 << 10);
        StreamLog stream = store.CreateStream("S", new StreamLimits { MaxMessagesPerSubject = 1 });
        for (int i = 0; i < 400; i++)
        {
            stream.Put("k" + (i % 7), "value " + i);
            store.Commit();
        }
        string[] before = [.. stream.Everything()];
        StreamState state = stream.State;
        int files = store.Disk.Files.Count;
        int rewritten = 0;
        while (store.Store.RunCompaction())
            rewritten++;

        Assert.True(rewritten > 0, "nothing was rewritten");
        Assert.True(store.Disk.Files.Count < files / 2, $"{store.Disk.Files.Count} of {files} files are left");
        Assert.Equal(before, stream.Everything());
        using var reopened = new DiskStore(store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1)));
        Assert.Equal(before, reopened["S"].Everything());
        Assert.Equal(state.LastSequence, reopened["S"].State.LastSequence);
        Assert.Equal(state.LastTimestampNanos, reopened["S"].State.LastTimestampNanos);
        Assert.Equal(state.FirstSequence, reopened["S"].State.FirstSequence);
        Assert.Empty(reopened["S"].State.Lost);
    }

    [Fact]
    public void A_stream_whose_messages_are_all_gone_goes_on_behind_its_last_one()
    {
        using var store = new DiskStore(new SimulatedFileSystem(), segmentBytes: 4 << 10);
        StreamLog stream = store.CreateStream("S");
        for (int i = 0; i < 100; i++)
            stream.Put("k", "value " + i);
        store.Commit();
        stream.PurgeOf("", 0, 0);
        store.CreateStream("T").Put("x", new string('x', 6_000));
        store.Commit();
        StreamState state = stream.State;
        while (store.Store.RunCompaction())
        {
        }
        using var reopened = new DiskStore(store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1)));
        Assert.Equal(100UL, reopened["S"].State.LastSequence);
        Assert.Equal(state.LastTimestampNanos, reopened["S"].State.LastTimestampNanos);
        Assert.Equal(101UL, reopened["S"].Put("k").Sequence);
    }

    /// <summary>A stream that keeps what is of interest says so of each message that is of none.</summary>
    [Fact]
    public void Skips_are_given_back_but_for_the_last_and_what_a_message_needs()
    {
        using var store = new DiskStore(new SimulatedFileSystem(), segmentBytes: 4 << 10);
        StreamLog stream = store.CreateStream("S");
        for (int i = 0; i < 2_000; i++)
        {
            if (i % 500 == 250)
                stream.Put("wanted", "value " + i);
            else
                stream.SkipTo(stream.Tail.LastSequence + 2);
            store.Commit();
        }

        string[] before = [.. stream.Everything()];
        StreamState state = stream.State;
        Assert.Equal(4, before.Length);
        int files = store.Disk.Files.Count;
        int rewritten = 0;
        while (store.Store.RunCompaction())
            rewritten++;

        Assert.True(rewritten > 0, "nothing was rewritten");
        Assert.True(store.Disk.Files.Count < files / 4, $"{store.Disk.Files.Count} of {files} files are left");
        using var reopened = new DiskStore(store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1)));
        Assert.Equal(before, reopened["S"].Everything());
        Assert.Equal((state.FirstSequence, state.LastSequence), (reopened["S"].State.FirstSequence, reopened["S"].State.LastSequence));
        Assert.Equal(state.LastTimestampNanos, reopened["S"].State.LastTimestampNanos);
        Assert.Equal(state.LastSequence + 1, reopened["S"].Put("k").Sequence);
        Assert.Empty(reopened["S"].State.Lost);
    }

    [Fact]
    public void A_stream_of_skips_alone_keeps_its_last_sequence_and_takes_no_more_than_that()
    {
        using var store = new DiskStore(new SimulatedFileSystem(), segmentBytes: 4 << 10);
        StreamLog stream = store.CreateStream("S");
        for (int i = 0; i < 1_000; i++)
        {
            stream.SkipTo(stream.Tail.LastSequence + 2);
            store.Commit();
        }

        int files = store.Disk.Files.Count;
        while (store.Store.RunCompaction())
        {
        }

        Assert.True(store.Disk.Files.Count < files / 2, $"{store.Disk.Files.Count} of {files} files are left");
        using var reopened = new DiskStore(store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1)));
        Assert.Equal(stream.State.LastSequence, reopened["S"].State.LastSequence);
    }

    [Fact]
    public void A_batch_over_several_segments_is_whole_after_they_were_rewritten()
    {
        using var store = new DiskStore(new SimulatedFileSystem(), segmentBytes: 4 << 10);
        StreamLog stream = store.CreateStream("S");
        stream.Put("gone", new string('g', 3_000));
        store.Commit();
        BatchMessage[] batch = [.. Enumerable.Range(0, 12).Select(i => new BatchMessage
        {
            Subject = System.Text.Encoding.UTF8.GetBytes("b" + i),
            Payload = new byte[1_000],
        })];
        Assert.Equal(AppendStatus.Stored, stream.AppendBatch(batch).Status);
        store.Commit();
        stream.PurgeOf("gone", 0, 0);
        stream.PurgeOf("b3", 0, 0);
        for (int i = 0; i < 20; i++)
        {
            stream.Put("after", new string('a', 500));
            store.Commit();
        }
        string[] before = [.. stream.Everything()];
        Assert.True(store.Store.RunCompaction(), "nothing was rewritten");
        Assert.Equal(before, stream.Everything());
        using var reopened = new DiskStore(store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1)));
        Assert.Equal(before, reopened["S"].Everything());
    }

    /// <summary>A segment is not rewritten without those that share a batch with it; others are.</summary>
    [Fact]
    public void A_damaged_segment_that_ends_within_a_batch_holds_up_no_others()
    {
        using var store = new DiskStore(new SimulatedFileSystem(), segmentBytes: 4 << 10);
        StreamLog stream = store.CreateStream("S");
        string payload = new('p', 1_000);
        BatchMessage[] batch = [.. Enumerable.Repeat(new BatchMessage { Subject = "b"u8.ToArray(), Payload = System.Text.Encoding.UTF8.GetBytes(payload) }, 4)];
        Assert.Equal(AppendStatus.Stored, stream.AppendBatch(batch).Status);
        for (int i = 0; i < 6; i++)
            stream.Put("a", payload);
        store.Commit();
        SimulatedFileSystem disk = store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1));
        disk.Overwrite(DiskStore.Segment(1), new byte[100], 2_000);
        using var damaged = new DiskStore(disk, segmentBytes: 4 << 10);
        Assert.Equal([1UL], damaged["S"].State.Lost);

        // All of the second segment, half of the third one.
        foreach (ulong sequence in new ulong[] { 3, 4, 5 })
            damaged["S"].Remove(sequence, erase: false);
        damaged.Commit();
        Assert.True(damaged.Store.RunCompaction());
        Assert.Contains(DiskStore.Segment(2), disk.Files);
        Assert.DoesNotContain(DiskStore.Segment(3), disk.Files);
    }

    [Fact]
    public void A_message_that_was_removed_stays_removed_whatever_was_rewritten_first()
    {
        using var store = new DiskStore(new SimulatedFileSystem(), segmentBytes: 4 << 10);
        StreamLog stream = store.CreateStream("S", new StreamLimits { MaxMessagesPerSubject = 1 });
        for (int i = 0; i < 300; i++)
        {
            stream.Put("k" + (i % 50 == 0 ? "old" + (i / 100) : i % 3), new string('v', 60));
            store.Commit();
            if (i % 20 == 0)
                store.Store.RunCompaction();
        }
        string[] expected = [.. stream.Everything()];
        for (int i = 0; i < 5; i++)
        {
            using var reopened = new DiskStore(store.Disk.ImageAfterPowerCut(UnsyncedSurvival.Random, new Random(i)));
            Assert.Equal(expected, reopened["S"].Everything());
        }
    }
}

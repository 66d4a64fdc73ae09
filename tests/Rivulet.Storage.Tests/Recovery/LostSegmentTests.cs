using System.Text;
using Rivulet.Storage.Files;
using Rivulet.Storage.Log;
using Rivulet.Storage.Records;
using Rivulet.TestKit.Simulation;

namespace Rivulet.Storage.Tests.Recovery;

/// <summary>Each segment says enough of its streams that what was in a lost one before it is missed.</summary>
public sealed class LostSegmentTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(40)]
    [InlineData(1030)]
    public void A_stream_outlives_the_segment_that_its_creation_is_in(int lengthBytes)
    {
        using DiskStore store = ThreeMessagesPerSegment();
        SimulatedFileSystem disk = Cut(store, 1, lengthBytes);
        for (int again = 0; again < 2; again++)
        {
            using var reopened = new DiskStore(disk);
            StreamLog stream = reopened["S"];
            Assert.Equal("c", Encoding.UTF8.GetString(stream.Configuration.Span));
            Assert.Equal([4UL, 5, 6, 7, 8, 9], Sequences(stream));
            Assert.Equal([1UL, 2, 3], stream.State.Lost);
        }
    }

    [Fact]
    public void What_was_lost_before_a_skip_is_told_from_what_was_skipped()
    {
        using DiskStore store = ThreeMessagesPerSegment();
        FillSegment(store);
        store["S"].SkipTo(50);
        store["S"].Put("a");
        store.Commit();
        using var reopened = new DiskStore(Cut(store, 3, 1030));
        Assert.Equal([1UL, 2, 3, 4, 5, 6, 50], Sequences(reopened["S"]));
        Assert.Equal([7UL, 8, 9], reopened["S"].State.Lost);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Messages_are_missed_when_only_other_records_of_their_stream_follow(bool configures)
    {
        using DiskStore store = ThreeMessagesPerSegment();
        FillSegment(store);
        if (configures)
            store["S"].Configure("new"u8, new StreamLimits());
        else
            store["S"].SetAttachment("consumer", "state"u8);
        store.Commit();
        using var reopened = new DiskStore(Cut(store, 3, 1030));
        StreamLog stream = reopened["S"];
        Assert.Equal([1UL, 2, 3, 4, 5, 6], Sequences(stream));
        Assert.Equal([7UL, 8, 9], stream.State.Lost);
        Assert.Equal(configures ? "new" : "c", Encoding.UTF8.GetString(stream.Configuration.Span));
        Assert.Equal(10UL, stream.Put("a").Sequence);
    }

    [Fact]
    public void What_a_stream_is_stands_in_two_segments_and_no_more()
    {
        using DiskStore store = ThreeMessagesPerSegment();
        Assert.Equal([2, 1, 0], Descriptions(store.Disk, store["S"]));
    }

    [Fact]
    public void What_a_stream_is_stands_in_two_segments_again_after_compaction_made_one_of_them()
    {
        using DiskStore store = FirstTwoSegmentsRewritten();
        string rewritten = store.Disk.Files.Single(path => path.EndsWith(".1.log", StringComparison.Ordinal));
        SimulatedFileSystem disk = store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1));
        disk.Truncate(rewritten, 0);
        using var reopened = new DiskStore(disk);
        Assert.Equal([7UL, 8, 9], Sequences(reopened["S"]));
        Assert.Equal([3UL, 6], reopened["S"].State.Lost);
    }

    /// <summary>Neither becomes one file with what lies on the other side of the gap, nor forgets what showed in it.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_is_lost_stays_listed_when_the_segments_around_it_are_rewritten(bool isAttachmentFirst)
    {
        using DiskStore store = ThreeMessagesPerSegment();
        FillSegment(store);
        if (isAttachmentFirst)
            store["S"].SetAttachment("consumer", "state"u8);
        for (int i = 0; i < 3; i++)
            store["S"].Put("a", new string('z', 4_500));
        FillSegment(store, "MORE");
        SimulatedFileSystem disk = store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1));
        disk.Delete(DiskStore.Segment(3));
        using (var damaged = new DiskStore(disk))
        {
            Assert.Equal([7UL, 8, 9], damaged["S"].State.Lost);
            foreach (ulong sequence in new ulong[] { 1, 5, 6, 10, 11 })
                damaged["S"].Remove(sequence, erase: false);
            damaged["S"].Put("a", new string('z', 4_500));
            FillSegment(damaged, "MOST");
            RewriteAll(damaged);
            Assert.Equal([7UL, 8, 9], damaged["S"].State.Lost);
        }
        Assert.Contains(disk.Files, path => path.EndsWith(".1.log", StringComparison.Ordinal));
        Assert.DoesNotContain(disk.Files, path => StandsFor(disk, path, 3));
        using var reopened = new DiskStore(disk);
        Assert.Equal([2UL, 3, 4, 12, 13], Sequences(reopened["S"]));
        Assert.Equal([7UL, 8, 9], reopened["S"].State.Lost);
        reopened["S"].PurgeOf(before: 10);
        reopened.Commit();
        Assert.Empty(reopened["S"].State.Lost);
    }

    [Fact]
    public void What_is_left_of_a_broken_batch_stays_listed_when_its_segment_is_rewritten()
    {
        using DiskStore store = ThreeMessagesPerSegment();
        BatchMessage[] batch = [.. Enumerable.Range(0, 4).Select(_ => new BatchMessage { Subject = "b"u8.ToArray(), Payload = new byte[4_500] })];
        FillSegment(store);
        Assert.Equal(AppendStatus.Stored, store["S"].AppendBatch(batch).Status);
        FillSegment(store, "MORE");
        store.Commit();
        SimulatedFileSystem disk = store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1));
        disk.Delete(DiskStore.Segment(4));
        using (var damaged = new DiskStore(disk))
        {
            Assert.Equal([10UL, 11, 12, 13], damaged["S"].State.Lost);
            damaged["S"].Remove(8, erase: false);
            damaged["S"].Put("a", new string('z', 4_500));
            FillSegment(damaged, "MOST");
            RewriteAll(damaged);
        }
        Assert.DoesNotContain(DiskStore.Segment(5), disk.Files);
        using var reopened = new DiskStore(disk);
        Assert.Equal([10UL, 11, 12, 13], reopened["S"].State.Lost);
    }

    /// <summary>A segment that was cleaned up to a place takes any fact before it for one that it was cleaned by.</summary>
    [Fact]
    public void The_log_goes_on_behind_what_segments_were_cleaned_by_when_that_is_lost()
    {
        using DiskStore store = FirstTwoSegmentsRewritten();
        SimulatedFileSystem disk = store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1));
        long cleanedUpTo = Headers(disk).Max(header => header.CleanedUpTo);
        disk.Delete(DiskStore.Segment(4));
        Assert.True(Headers(disk)[^1] is { Generation: 0 } last && last.FirstPosition < cleanedUpTo, "the last one is a usual one, and lies before");
        using (var damaged = new DiskStore(disk))
        {
            damaged["S"].Remove(3, erase: false);
            damaged.Commit();
            Assert.True(Headers(disk)[^1].FirstPosition >= cleanedUpTo, "appended behind");
            RewriteAll(damaged);
        }
        using var reopened = new DiskStore(disk);
        Assert.Equal([6UL, 7, 8, 9], Sequences(reopened["S"]));
        Assert.True(reopened["S"].Put("a").Sequence > 9, "no sequence is used twice");
    }

    private static List<SegmentHeader> Headers(SimulatedFileSystem disk)
    {
        var headers = new List<SegmentHeader>();
        foreach (string path in disk.Files)
        {
            if (SegmentHeader.Read(disk.ReadAll(path), out SegmentHeader header) == SegmentHeaderStatus.Valid)
                headers.Add(header);
        }
        return headers;
    }

    private static bool StandsFor(SimulatedFileSystem disk, string path, int number) =>
        SegmentHeader.Read(disk.ReadAll(path), out SegmentHeader header) == SegmentHeaderStatus.Valid &&
        header.Number <= number && number <= header.LastNumber;

    private static void RewriteAll(DiskStore store)
    {
        for (int i = 0; i < 10 && store.Store.RunCompaction(); i++)
            store.Commit();
    }

    private static List<ulong> Sequences(StreamLog stream) => [.. stream.Everything()
        .Select(line => ulong.Parse(line.Split(':')[0], System.Globalization.CultureInfo.InvariantCulture))];

    /// <summary>How many records of each segment say what a stream is.</summary>
    private static List<int> Descriptions(SimulatedFileSystem disk, StreamLog stream)
    {
        var counts = new List<int>();
        foreach (string path in disk.Files)
        {
            if (SegmentHeader.Read(disk.ReadAll(path), out SegmentHeader header) != SegmentHeaderStatus.Valid)
                continue;
            using IFile file = disk.Open(path, FileOpenMode.OpenExisting);
            using var scanner = new SegmentScanner(file, header);
            int count = 0;
            while (scanner.MoveNext() == ScanResult.Record)
                count += scanner.Header.Kind.IsDescription && StreamBody.TryRead(RecordBody.Of(scanner.Record, scanner.Header.HeaderBytes))!.Identity == stream.Identity ? 1 : 0;
            counts.Add(count);
        }
        return counts;
    }

    /// <summary>Nine messages of a stream in three segments.</summary>
    private static DiskStore ThreeMessagesPerSegment()
    {
        var store = new DiskStore(new SimulatedFileSystem());
        StreamLog stream = store.CreateStream("S");
        for (int i = 0; i < 9; i++)
        {
            stream.Put("a", new string('x', 4_500));
            store.Commit();
        }
        return store;
    }

    /// <summary>The same, of which four are removed: what is left of the first two segments is one now.</summary>
    private static DiskStore FirstTwoSegmentsRewritten()
    {
        DiskStore store = ThreeMessagesPerSegment();
        FillSegment(store);
        foreach (ulong sequence in new ulong[] { 1, 2, 4, 5 })
            store["S"].Remove(sequence, erase: false);
        store.Commit();
        Assert.True(store.Store.RunCompaction());
        store.Commit();
        return store;
    }

    /// <summary>Another stream makes the log go on in the next segment.</summary>
    private static void FillSegment(DiskStore store, string name = "OTHER")
    {
        store.CreateStream(name).Put("b", new string('y', 4_500));
        store.Commit();
    }

    private static SimulatedFileSystem Cut(DiskStore store, int segment, int lengthBytes)
    {
        SimulatedFileSystem disk = store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1));
        disk.Truncate(DiskStore.Segment(segment), lengthBytes);
        return disk;
    }
}

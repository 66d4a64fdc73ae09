using Rivulet.Storage.Files;
using Rivulet.Storage.Log;
using Rivulet.Storage.Records;
using Rivulet.TestKit.Simulation;

namespace Rivulet.Storage.Tests.Recovery;

public sealed class EraseTests
{
    [Fact]
    public void An_erased_message_is_overwritten_on_the_disk()
    {
        using var store = new DiskStore(new SimulatedFileSystem(), SyncPolicy.Interval(TimeSpan.FromHours(1)));
        StreamLog stream = store.CreateStream("S", new StreamLimits { MaxMessagesPerSubject = 1 });
        stream.Put("a", "old");
        stream.Put("a", "SECRET-VALUE", "SECRET-HEADER");
        stream.Put("b", "KEPT-VALUE");
        store.Commit();
        Assert.Contains("SECRET-VALUE", Text(store.Disk), StringComparison.Ordinal);
        stream.Remove(2, erase: true);
        store.Commit();
        SimulatedFileSystem disk = store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1));
        Assert.DoesNotContain("SECRET", Text(disk), StringComparison.Ordinal);
        Assert.Contains("KEPT-VALUE", Text(disk), StringComparison.Ordinal);
        using var reopened = new DiskStore(disk);

        // What the erased record removed stays removed, and nothing looks damaged.
        Assert.Equal(["3:b=KEPT-VALUE"], reopened["S"].Everything());
        Assert.Empty(reopened["S"].State.Lost);
        Assert.DoesNotContain(reopened.Logger.Lines, line => line.StartsWith("Warning", StringComparison.Ordinal));
    }

    /// <summary>The message is looked up, then removed and overwritten, and only then read.</summary>
    [Fact]
    public void A_reader_that_comes_too_late_gets_no_zeros()
    {
        using var store = new DiskStore(new SimulatedFileSystem());
        StreamLog stream = store.CreateStream("S");
        stream.Put("a", "SECRET-VALUE");
        stream.Put("b", "\0\0\0");
        store.Commit();
        store.Disk.BeforeRead = _ =>
        {
            store.Disk.BeforeRead = null;
            stream.Remove(1, erase: true);
            store.Commit();
        };
        Assert.Equal("NotFound", stream.Get(1));
        Assert.Null(store.Disk.BeforeRead);
        Assert.DoesNotContain("SECRET", Text(store.Disk), StringComparison.Ordinal);

        // A value of zeros is one like any other.
        Assert.Equal("b=\0\0\0", stream.Get(2));
        Assert.Empty(stream.State.Lost);
    }

    [Fact]
    public void A_message_that_is_only_removed_is_left_where_it_is()
    {
        using var store = new DiskStore(new SimulatedFileSystem());
        StreamLog stream = store.CreateStream("S");
        stream.Put("a", "VALUE");
        stream.Remove(1, erase: false);
        store.Commit();
        Assert.Contains("VALUE", Text(store.Disk), StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_crash_left_undone_is_erased_after_it()
    {
        using var store = new DiskStore(new SimulatedFileSystem());
        StreamLog stream = store.CreateStream("S");
        stream.Put("a", "SECRET-VALUE");
        store.Commit();

        // The removal is written and synced by the next round; the power goes before anything else is.
        SimulatedFileSystem? cut = null;
        stream.Observer = new Ear(() => cut = store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1)));
        stream.Remove(1, erase: true);
        store.Commit();
        Assert.Contains("SECRET-VALUE", Text(cut!), StringComparison.Ordinal);
        using (var reopened = new DiskStore(cut!))
        {
            Assert.Empty(reopened["S"].Everything());
            reopened["S"].Put("b", "next");
            reopened.Commit();
        }
        Assert.DoesNotContain("SECRET", Text(cut!), StringComparison.Ordinal);
    }

    /// <summary>Neither is what the erased message had pushed out back, nor is anything lost that was committed with it.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_erasure_that_is_cut_short_is_no_damage(bool inOneRound)
    {
        for (int seed = 0; seed < 40; seed++)
        {
            var random = new Random(seed);
            using var store = new DiskStore(new SimulatedFileSystem());
            StreamLog stream = store.CreateStream("S", new StreamLimits { MaxMessagesPerSubject = 1 });
            stream.Put("a", "old");
            stream.Put("a", new string('x', 3_000));
            stream.Put("b", "kept");
            if (!inOneRound)
                store.Commit();
            stream.Remove(2, erase: true);
            stream.Put("c", "kept");
            stream.Put("a", "new");
            stream.Remove(5, erase: false);

            // The power goes when the zeros are written and not synced.
            SimulatedFileSystem? cut = null;
            store.Disk.BeforeSync = _ =>
            {
                if (!Text(store.Disk).Contains("xxx", StringComparison.Ordinal))
                    cut = store.Disk.ImageAfterPowerCut(UnsyncedSurvival.Random, random);
            };
            store.Commit();
            Assert.NotNull(cut);
            using var reopened = new DiskStore(cut);
            Assert.Equal(["3:b=kept", "4:c=kept"], reopened["S"].Everything());
            Assert.Equal(5UL, reopened["S"].State.LastSequence);
            Assert.Empty(reopened["S"].State.Lost);
            Assert.DoesNotContain(reopened.Logger.Lines, line => line.StartsWith("Warning", StringComparison.Ordinal));
        }
    }

    /// <summary>
    /// The removal is said again before the message is overwritten, here in the next segment, which then says what the
    /// stream is like any other that has something of it.
    /// </summary>
    [Fact]
    public void What_is_said_again_outlives_the_segment_that_the_stream_is_in()
    {
        using DiskStore store = ErasedAtTheEndOfASegment();
        SimulatedFileSystem disk = store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1));
        disk.Truncate(DiskStore.Segment(1), 0);
        using var reopened = new DiskStore(disk);
        Assert.Equal(1UL, reopened["S"].State.LastSequence);
        Assert.Empty(reopened["S"].Everything());
    }

    [Fact]
    public void Nothing_is_left_of_a_deleted_stream_whose_removals_were_said_again()
    {
        using DiskStore store = ErasedAtTheEndOfASegment();
        store["S"].Delete();
        for (int i = 0; i < 4; i++)
        {
            store["T"].Put("t", new string('z', 3_000));
            store.Commit();
        }
        while (store.Store.RunCompaction())
            store.Commit();
        Assert.DoesNotContain(1U, StreamIds(store.Disk));
        Assert.Contains(2U, StreamIds(store.Disk));
    }

    /// <summary>A message of S was erased when there was room for its removal in the first segment, and no more.</summary>
    private static DiskStore ErasedAtTheEndOfASegment()
    {
        var store = new DiskStore(new SimulatedFileSystem(), segmentBytes: 4 << 10);
        StreamLog stream = store.CreateStream("S");
        StreamLog other = store.CreateStream("T");
        const string Secret = "SECRET-VALUE";
        byte[] segment = store.Disk.ReadAll(DiskStore.Segment(1));
        int used = RecordLayout.Align(segment.AsSpan().LastIndexOfAnyExcept((byte)0) + 1);
        int removalBytes = RecordLayout.HeaderBytes + RemoveBody.BytesFor(1) + RecordLayout.TrailerBytes;
        int roomBytes = segment.Length - used - RecordLayout.Align(removalBytes) -
            RecordLayout.Align(new RecordShape(1, IsCompact: true).MessageBytes(1 + Secret.Length, hasHeaders: false));

        // In one round, which nothing proves to be on the disk.
        stream.Put("a", Secret);
        other.Put("t", new string('x', roomBytes - RecordLayout.MessageBytesMin));
        stream.Remove(1, erase: true);
        store.Commit();
        Assert.DoesNotContain("SECRET", Text(store.Disk), StringComparison.Ordinal);
        Assert.Contains(1U, StreamIds(store.Disk, DiskStore.Segment(2)));
        return store;
    }

    private static List<uint> StreamIds(SimulatedFileSystem disk) => [.. disk.Files.SelectMany(path => StreamIds(disk, path))];

    /// <summary>The streams that the records of a segment belong to.</summary>
    private static List<uint> StreamIds(SimulatedFileSystem disk, string path)
    {
        var found = new List<uint>();
        if (SegmentHeader.Read(disk.ReadAll(path), out SegmentHeader header) != SegmentHeaderStatus.Valid)
            return found;
        using IFile file = disk.Open(path, FileOpenMode.ReadExisting);
        using var scanner = new SegmentScanner(file, header);
        while (scanner.MoveNext() == ScanResult.Record)
            found.Add(scanner.Header.StreamId);
        return found;
    }

    private static string Text(SimulatedFileSystem disk) =>
        System.Text.Encoding.ASCII.GetString(disk.ReadAll(DiskStore.Segment(1)));

    private sealed class Ear(Action onCommit) : IStreamObserver
    {
        public void OnCommitted(in StreamCommit commit) => onCommit();

        public void OnFailed(Exception cause) => throw cause;
    }
}

using Rivulet.Protocol;
using Rivulet.Storage.Files;
using Rivulet.Storage.Log;
using Rivulet.Storage.Records;
using Rivulet.Storage.Snapshots;
using Rivulet.Storage.Tests.Recovery;
using Rivulet.TestKit.Simulation;

namespace Rivulet.Storage.Tests.Snapshots;

/// <summary>
/// A snapshot of a segment spares reading it, and nothing depends on it. The campaign compares every kind of record with
/// and without.
/// </summary>
public sealed class SnapshotTests
{
    private const string Extension = ".snapshot";

    [Fact]
    public void A_start_reads_no_segment_that_has_a_snapshot()
    {
        SimulatedFileSystem disk = Build(out string[] expected);
        string[] whole = [.. Snapshots(disk)];
        Assert.True(whole.Length >= 3, $"{whole.Length} snapshots");

        // What a message holds is the segment's alone, so damage there shows whether anybody looked.
        string path = whole[1].Replace(Extension, ".log", StringComparison.Ordinal);
        string line = expected.First(each => OffsetOf(disk, path, each.Split('=')[1]) > 0);
        disk.FlipBit(path, OffsetOf(disk, path, line.Split('=')[1]) * 8);
        using var store = new DiskStore(disk);
        Assert.Empty(store["S"].State.Lost);
        ulong sequence = ulong.Parse(line.Split(':')[0], System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal("Damaged", store["S"].Get(sequence));
        Assert.Equal([sequence], store["S"].State.Lost);

        // The next start finds it before anybody reads it.
        store.Store.RunSnapshot();
        using var reopened = new DiskStore(store.Disk.ImageAfterPowerCut(UnsyncedSurvival.All, new Random(1)));
        Assert.Equal([sequence], reopened["S"].State.Lost);
    }

    [Theory]
    [InlineData("flipped")]
    [InlineData("cut")]
    [InlineData("longer")]
    [InlineData("swapped")]
    [InlineData("empty")]
    [InlineData("of another version")]
    [InlineData("malformed at the end")]
    [InlineData("malformed in the middle")]
    public void A_snapshot_that_is_not_whole_is_not_used_and_deleted(string damage)
    {
        SimulatedFileSystem disk = Build(out string[] expected);
        string path = Snapshots(disk)[1];
        byte[] bytes = disk.ReadAll(path);
        switch (damage)
        {
            case "flipped":
                disk.FlipBit(path, (bytes.Length * 8) - 5);
                break;
            case "cut":
                disk.Truncate(path, bytes.Length - 1);
                break;
            case "longer":
                disk.Overwrite(path, [0], bytes.Length);
                break;
            case "swapped":
                disk.Truncate(path, 0);
                disk.Overwrite(path, disk.ReadAll(Snapshots(disk)[2]), 0);
                break;
            case "empty":
                disk.Truncate(path, 0);
                break;
            case "malformed at the end":
                Forge(disk, path, (content, header) => header with { Records = header.Records + 1 });
                break;
            case "malformed in the middle":
                Forge(disk, path, (content, header) =>
                {
                    content.AsSpan(content.Length / 2).Fill(0xFF);
                    return header with { ContentChecksum = Crc32C.Compute(content) };
                });
                break;
            default:
                disk.Overwrite(path, [9], 8);
                break;
        }
        using var store = new DiskStore(disk);
        Assert.Equal(expected, store["S"].Everything());
        Assert.Contains(store.Logger.Lines, line => line.Contains($"The snapshot {path} is not used", StringComparison.Ordinal));
        Assert.DoesNotContain(path, disk.Files);
        while (store.Store.RunSnapshot())
        {
        }
        Assert.Contains(path, disk.Files);
    }

    /// <summary>
    /// The end of a segment reads as zeros, from the start of a record on: sectors are lost, or a disk did not write what it
    /// said it had. That looks like the end of the log, and is none.
    /// </summary>
    [Theory]
    [InlineData("before the start, with snapshots")]
    [InlineData("before the start, without")]
    [InlineData("while the store runs")]
    public void A_segment_whose_end_reads_as_zeros_stays_and_every_read_of_it_returns(string when)
    {
        SimulatedFileSystem disk = Build(out string[] expected);
        string path = Snapshots(disk)[1].Replace(Extension, ".log", StringComparison.Ordinal);
        if (when.EndsWith("without", StringComparison.Ordinal))
        {
            foreach (string snapshot in Snapshots(disk))
                disk.Delete(snapshot);
        }
        bool isRunning = when.StartsWith("while", StringComparison.Ordinal);
        if (!isRunning)
            EraseEnd(disk, path);
        using var store = new DiskStore(disk);
        if (isRunning)
            EraseEnd(store.Disk, path);
        for (int i = 0; i < 50 && store.Store.RunCompaction(); i++)
            store.Commit();
        Assert.Contains(path, store.Disk.Files);

        int served = 0;
        foreach (string line in expected)
        {
            ulong sequence = ulong.Parse(line.Split(':')[0], System.Globalization.CultureInfo.InvariantCulture);
            string? read = null;
            var reader = new Thread(() => read = store["S"].Get(sequence)) { IsBackground = true };
            reader.Start();
            Assert.True(reader.Join(TimeSpan.FromSeconds(10)), $"{sequence} never returns");
            Assert.True(line.EndsWith(read!, StringComparison.Ordinal) || read is "Damaged" or "NotFound", $"{sequence} is {read}");
            served += line.EndsWith(read!, StringComparison.Ordinal) ? 1 : 0;
        }
        Assert.NotEmpty(store["S"].State.Lost);
        Assert.Equal(expected.Length - store["S"].State.Lost.Count, served);
    }

    [Fact]
    public void An_older_log_under_a_newer_snapshot_is_what_counts()
    {
        using var store = new DiskStore(new SimulatedFileSystem());
        StreamLog stream = store.CreateStream("S", new StreamLimits { MaxMessagesPerSubject = 1 });
        stream.Put("a", "1");
        store.Commit();
        byte[] older = store.Disk.ReadAll(DiskStore.Segment(1));
        stream.Put("a", "2");
        stream.Put("b", "3");
        store.Commit();
        Assert.True(store.Store.RunSnapshot());
        SimulatedFileSystem disk = Image(store.Disk);
        disk.Overwrite(DiskStore.Segment(1), older, 0);
        using var reopened = new DiskStore(disk);
        Assert.Equal("a=1", reopened["S"].Get(1));
        Assert.Equal(1UL, reopened["S"].State.Messages);
        Assert.Contains(reopened.Logger.Lines, line => line.Contains("the log does not reach as far", StringComparison.Ordinal));
    }

    // The last records of a segment, some of them, become zeros.
    private static void EraseEnd(SimulatedFileSystem disk, string path)
    {
        Assert.Equal(SegmentHeaderStatus.Valid, SegmentHeader.Read(disk.ReadAll(path), out SegmentHeader header));
        var starts = new List<int>();
        using (IFile file = disk.Open(path, FileOpenMode.OpenExisting))
        using (var scanner = new SegmentScanner(file, header))
        {
            while (scanner.MoveNext() == ScanResult.Record)
                starts.Add(scanner.OffsetBytes);
        }
        disk.Overwrite(path, new byte[disk.ReadAll(path).Length - starts[^6]], starts[^6]);
    }

    [Fact]
    public void Snapshots_without_their_segment_are_deleted_at_the_start()
    {
        SimulatedFileSystem disk = Build(out string[] expected);
        string orphan = $"{DiskStore.Directory}/0000000001.7{Extension}";
        using (var file = disk.Open(orphan, Files.FileOpenMode.CreateNew))
            file.Write(disk.ReadAll(Snapshots(disk)[0]), 0);
        using var store = new DiskStore(disk);
        Assert.DoesNotContain(orphan, disk.Files);
        Assert.Equal(expected, store["S"].Everything());
    }

    [Fact]
    public void A_segment_that_is_rewritten_takes_its_snapshot_with_it()
    {
        using var store = new DiskStore(Build(out _));
        string[] before = [.. Snapshots(store.Disk)];
        string[] expected = [.. store["S"].Everything()];
        while (store.Store.RunCompaction())
        {
        }
        Assert.All(Snapshots(store.Disk), path =>
            Assert.Contains(path.Replace(Extension, ".log", StringComparison.Ordinal), store.Disk.Files));
        Assert.NotEqual(before, Snapshots(store.Disk));
        while (store.Store.RunSnapshot())
        {
        }
        using var reopened = new DiskStore(Image(store.Disk));
        Assert.Equal(expected, reopened["S"].Everything());
    }

    [Fact]
    public void What_was_appended_behind_a_snapshot_of_the_last_segment_is_read_from_it()
    {
        using var store = new DiskStore(new SimulatedFileSystem());
        StreamLog stream = store.CreateStream("S");
        stream.Put("a", "1");
        store.Commit();
        Assert.True(store.Store.RunSnapshot());
        stream.Put("b", "2");
        store.Commit();
        SimulatedFileSystem disk = Image(store.Disk);
        Assert.Single(Snapshots(disk));
        using var reopened = new DiskStore(disk);
        Assert.Equal(["1:a=1", "2:b=2"], reopened["S"].Everything());

        // It grows with its segment.
        Assert.True(reopened.Store.RunSnapshot());
        Assert.False(reopened.Store.RunSnapshot());
    }

    [Fact]
    public void Only_what_is_synced_is_in_a_snapshot()
    {
        using var store = new DiskStore(new SimulatedFileSystem(), SyncPolicy.Interval(TimeSpan.FromMinutes(2)));
        StreamLog stream = store.CreateStream("S");

        // The first one is synced with the reservation of its sequence.
        stream.Put("a", "1");
        store.Commit();
        while (store.Store.RunSnapshot())
        {
        }
        stream.Put("b", "2");
        store.Commit();
        Assert.False(store.Store.RunSnapshot());
        SimulatedFileSystem disk = store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1));
        using var reopened = new DiskStore(disk);
        Assert.Equal(["1:a=1"], reopened["S"].Everything());
    }

    [Fact]
    public void A_damaged_segment_gets_none()
    {
        SimulatedFileSystem disk = Build(out _);
        string path = Snapshots(disk)[1];
        disk.Delete(path);
        string segment = path.Replace(Extension, ".log", StringComparison.Ordinal);
        disk.FlipBit(segment, OffsetOf(disk, segment, "value ") * 8);
        using var store = new DiskStore(disk);
        while (store.Store.RunSnapshot())
        {
        }
        Assert.DoesNotContain(path, disk.Files);
    }

    [Theory]
    [InlineData("write")]
    [InlineData("sync")]
    [InlineData("no room")]
    public void A_snapshot_that_cannot_be_written_is_told_and_harms_nothing(string fault)
    {
        using var store = new DiskStore(new SimulatedFileSystem());
        StreamLog stream = store.CreateStream("S");
        stream.Put("a", "1");
        store.Commit();
        if (fault == "write")
            store.Disk.FailWriteAfter(0);
        else if (fault == "sync")
            store.Disk.FailSyncAfter(0);
        else
            store.Disk.CapacityBytes = store.Disk.AllocatedBytes;
        Assert.True(store.Store.RunSnapshot());
        store.Disk.ForgetFaults();
        Assert.Contains(store.Logger.Lines, line => line.Contains("The snapshot of 0000000001.log cannot be written or deleted", StringComparison.Ordinal));
        Assert.Empty(Snapshots(store.Disk));
        stream.Put("b", "2");
        store.Commit();
        Assert.Null(store.Store.Failure);
        Assert.Equal(["1:a=1", "2:b=2"], stream.Everything());
    }

    [Fact]
    public void A_disk_that_is_full_gets_the_space_of_the_snapshots()
    {
        using var store = new DiskStore(new SimulatedFileSystem(), segmentBytes: 4 << 10);
        StreamLog stream = store.CreateStream("S");
        for (int i = 0; i < 40; i++)
            stream.Put("k" + i, new string('v', 200));
        store.Commit();
        while (store.Store.RunSnapshot())
        {
        }
        Assert.NotEmpty(Snapshots(store.Disk));
        store.Disk.CapacityBytes = store.Disk.AllocatedBytes;
        for (int i = 0; i < 40; i++)
            stream.Put("l" + i, new string('v', 200));
        store.Commit();
        Assert.NotNull(store.Store.OutOfSpace);
        Assert.False(store.Store.RunSnapshot());
        Assert.Empty(Snapshots(store.Disk));

        // Nor does it take it again.
        store.Disk.CapacityBytes = long.MaxValue;
        store.Time.Advance(TimeSpan.FromSeconds(2));
        store.Commit();
        Assert.Null(store.Store.OutOfSpace);
        Assert.False(store.Store.RunSnapshot());
    }

    [Fact]
    public async Task A_close_writes_those_that_are_worth_it()
    {
        var disk = new SimulatedFileSystem();
        using (var store = new DiskStore(disk, segmentBytes: 1 << 20))
        {
            StreamLog stream = store.CreateStream("S");
            for (int i = 0; i < 6_000; i++)
                stream.Put("k" + i, "value");
            store.Commit();
            await DiskStore.CloseAsync(store);
        }
        Assert.NotEmpty(Snapshots(disk));
        using var reopened = new DiskStore(Image(disk), segmentBytes: 1 << 20);
        Assert.Equal(6_000UL, reopened["S"].State.Messages);
    }

    private static string[] Snapshots(SimulatedFileSystem disk) =>
        [.. disk.Files.Where(path => path.EndsWith(Extension, StringComparison.Ordinal))];

    private static long OffsetOf(SimulatedFileSystem disk, string path, string text) =>
        disk.ReadAll(path).AsSpan().LastIndexOf(System.Text.Encoding.UTF8.GetBytes(text));

    private static SimulatedFileSystem Image(SimulatedFileSystem disk) =>
        disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1));

    /// <summary>Several segments, all of which have a snapshot.</summary>
    private static SimulatedFileSystem Build(out string[] everything)
    {
        using var store = new DiskStore(new SimulatedFileSystem(), segmentBytes: 4 << 10);
        StreamLog stream = store.CreateStream("S", new StreamLimits { MaxMessagesPerSubject = 2 });
        for (int i = 0; i < 180; i++)
        {
            stream.Put("k" + (i % 31), "value " + i);
            if (i % 10 == 0)
                stream.Remove((ulong)i / 2, erase: false);
            store.Commit();
        }
        while (store.Store.RunSnapshot())
        {
        }
        everything = [.. stream.Everything()];
        return Image(store.Disk);
    }

    // Replaces a snapshot by one that is whole, and that nobody writes.
    private static void Forge(SimulatedFileSystem disk, string path, Func<byte[], SnapshotHeader, SnapshotHeader> change)
    {
        byte[] bytes = disk.ReadAll(path);
        Assert.True(SnapshotHeader.TryRead(bytes, out SnapshotHeader header));
        byte[] content = bytes[SnapshotHeader.Bytes..];
        change(content, header).Write(bytes);
        content.CopyTo(bytes, SnapshotHeader.Bytes);
        disk.Overwrite(path, bytes, 0);
    }
}

using Microsoft.Extensions.Logging.Abstractions;
using Rivulet.Storage.Checking;
using Rivulet.Storage.Files;
using Rivulet.Storage.Records;
using Rivulet.TestKit.Simulation;

namespace Rivulet.Storage.Tests.Recovery;

public sealed class UnusableDirectoryTests
{
    [Fact]
    public async Task A_directory_in_use_is_refused_with_the_path()
    {
        string directory = Directory.CreateTempSubdirectory("rivulet-lock-").FullName;
        var options = new FileStoreOptions { Directory = Path.Combine(directory, "js"), SegmentBytes = 64 << 10 };
        FileMessageStore first = await OpenAsync(options);
        StoreUnusableException refused = await Assert.ThrowsAsync<StoreUnusableException>(() => OpenAsync(options));
        Assert.Equal(Path.Combine(directory, "js", "lock"), refused.Path);
        Assert.Contains(refused.Path, refused.Message, StringComparison.Ordinal);
        await first.DisposeAsync();
        await (await OpenAsync(options)).DisposeAsync();
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task A_directory_with_foreign_files_is_refused_and_left_alone()
    {
        string directory = Directory.CreateTempSubdirectory("rivulet-foreign-").FullName;
        await File.WriteAllTextAsync(Path.Combine(directory, "notes.txt"), "mine", TestContext.Current.CancellationToken);
        StoreUnusableException refused = await Assert.ThrowsAsync<StoreUnusableException>(
            () => OpenAsync(new FileStoreOptions { Directory = directory }));
        Assert.Equal(Path.Combine(directory, "notes.txt"), refused.Path);
        Assert.Equal("notes.txt", Path.GetFileName(Assert.Single(Directory.GetFileSystemEntries(directory))));
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public void A_segment_of_a_later_version_is_refused_and_left_alone()
    {
        SimulatedFileSystem disk = SmallStore();
        byte[] area = disk.ReadAll(DiskStore.Segment(1))[..SegmentHeader.AreaBytes];
        area[8] = (byte)(SegmentHeader.FormatVersion + 1);
        area.AsSpan(12, 4).Clear();
        BitConverter.TryWriteBytes(area.AsSpan(12), Protocol.Crc32C.Compute(area.AsSpan(0, 64)));
        disk.Overwrite(DiskStore.Segment(1), area[..SegmentHeader.CopyBytes], 0);
        disk.Overwrite(DiskStore.Segment(1), area[..SegmentHeader.CopyBytes], SegmentHeader.SecondCopyOffset);
        byte[] before = disk.ReadAll(DiskStore.Segment(1));
        StoreUnusableException refused = Assert.Throws<StoreUnusableException>(() => new DiskStore(disk));
        Assert.Contains("later version", refused.Message, StringComparison.Ordinal);
        Assert.Equal(DiskStore.Segment(1), refused.Path);
        Assert.Equal(before, disk.ReadAll(DiskStore.Segment(1)));
    }

    [Fact]
    public void A_file_that_is_no_segment_is_refused()
    {
        SimulatedFileSystem disk = SmallStore();
        disk.Overwrite(DiskStore.Segment(1), [.. Enumerable.Repeat((byte)'#', 4096)], 0);
        Assert.Contains(
            "not a segment", Assert.Throws<StoreUnusableException>(() => new DiskStore(disk)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_segment_with_both_headers_damaged_is_refused_and_not_forgotten()
    {
        SimulatedFileSystem disk = SmallStore();
        disk.FlipBit(DiskStore.Segment(1), 200);
        using (new DiskStore(disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1))))
        {
            // One copy is enough.
        }
        disk.FlipBit(DiskStore.Segment(1), (SegmentHeader.SecondCopyOffset * 8) + 300);
        Assert.Contains(
            "damaged", Assert.Throws<StoreUnusableException>(() => new DiskStore(disk)).Message, StringComparison.Ordinal);
        Assert.Contains(DiskStore.Segment(1), disk.Files);
    }

    /// <summary>What it was made of goes only when its header is on the disk: without one it is damaged, and not unfinished.</summary>
    [Fact]
    public void A_rewritten_segment_without_a_header_is_refused_and_not_forgotten()
    {
        (SimulatedFileSystem disk, string path) = EndingInARewrittenSegment();
        disk.Overwrite(path, new byte[SegmentHeader.AreaBytes], 0);
        Assert.Contains(
            "damaged", Assert.Throws<StoreUnusableException>(() => new DiskStore(disk)).Message, StringComparison.Ordinal);
        Assert.Contains(path, disk.Files);
        using OfflineStore offline = OfflineStore.Open(DiskStore.Directory, disk, new ManualTimeProvider());
        StoreFinding finding = Assert.Single(
            offline.Check(null, TestContext.Current.CancellationToken).Findings, finding => finding.File == Path.GetFileName(path));
        Assert.Equal(FindingKind.UnusableSegment, finding.Kind);
    }

    [Fact]
    public void A_rewritten_segment_that_is_cut_off_is_told_and_not_forgotten()
    {
        (SimulatedFileSystem disk, string path) = EndingInARewrittenSegment();
        disk.Truncate(path, 0);
        using (var store = new DiskStore(disk))
            Assert.Contains(store.Logger.Lines, line => line.Contains("is cut off before its first record", StringComparison.Ordinal));
        Assert.Contains(path, disk.Files);
        using OfflineStore offline = OfflineStore.Open(DiskStore.Directory, disk, new ManualTimeProvider());
        Assert.Contains(
            offline.Check(null, TestContext.Current.CancellationToken).Findings,
            finding => finding.File == Path.GetFileName(path) && finding.Kind == FindingKind.CutOff);
    }

    /// <summary>A store in which nothing follows a segment that was rewritten.</summary>
    private static (SimulatedFileSystem Disk, string Path) EndingInARewrittenSegment()
    {
        using var store = new DiskStore(new SimulatedFileSystem(), segmentBytes: 4 << 10);
        StreamLog stream = store.CreateStream("S", new StreamLimits { MaxMessagesPerSubject = 1 });
        for (int i = 0; i < 20; i++)
        {
            stream.Put("k" + (i % 3), new string('v', 600));
            store.Commit();
        }
        Assert.True(store.Store.RunCompaction());
        SimulatedFileSystem disk = store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1));
        string rewritten = disk.Files.Single(path => path.EndsWith(".1.log", StringComparison.Ordinal));
        foreach (string path in disk.Files.Where(path => string.CompareOrdinal(path, rewritten) > 0 && path.EndsWith(".log", StringComparison.Ordinal)).ToArray())
            disk.Delete(path);
        return (disk, rewritten);
    }

    [Fact]
    public void A_segment_of_another_store_is_refused()
    {
        SimulatedFileSystem disk = SmallStore();
        byte[] other = SmallStore(seed: 9).ReadAll(DiskStore.Segment(1));
        var header = new SegmentHeader(2, 1, 1, 16 << 10, 0, 12345);
        header.Write(other);
        disk.Overwrite(DiskStore.Segment(2), other, 0);
        Assert.Contains(
            "another store", Assert.Throws<StoreUnusableException>(() => new DiskStore(disk)).Message, StringComparison.Ordinal);
    }

    private static SimulatedFileSystem SmallStore(int seed = 1)
    {
        using var store = new DiskStore(new SimulatedFileSystem(), seed: seed);
        store.CreateStream("S").Put("a", "1");
        store.Commit();
        return store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1));
    }

    private static Task<FileMessageStore> OpenAsync(FileStoreOptions options) => FileMessageStore.OpenAsync(
        options, PhysicalFileSystem.Instance, TimeProvider.System, new Random(1), NullLogger.Instance);
}

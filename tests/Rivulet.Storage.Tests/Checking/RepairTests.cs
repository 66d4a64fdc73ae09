using System.Text;
using Rivulet.Storage.Checking;
using Rivulet.Storage.Files;
using Rivulet.Storage.Tests.Recovery;
using Rivulet.TestKit.Simulation;

namespace Rivulet.Storage.Tests.Checking;

/// <summary>A repaired store holds all that is readable, says what is lost, and is as healthy as a new one.</summary>
public sealed class RepairTests
{
    private const string Target = "/repaired";

    [Fact]
    public async Task Everything_readable_is_there_as_it_was_and_what_is_lost_is_listed()
    {
        var store = new DiskStore(new SimulatedFileSystem());
        StreamLog stream = store.CreateStream("S", new StreamLimits { MaxMessagesPerSubject = 3, Compress = true });
        store.Time.Advance(TimeSpan.FromHours(5));
        stream.SkipTo(100);
        stream.Put("a", "first", "NATS/1.0\r\nX: 1\r\n\r\n", expiresAtNanos: long.MaxValue);
        stream.Put("b", Values.Json(900), expiresAtNanos: 5_000_000_000_000_000_000);
        for (int i = 0; i < 5; i++)
            stream.Put("c", $"c{i}");
        stream.Put("d", "to be damaged, whatever it takes");
        store.Time.Advance(TimeSpan.FromHours(1));
        stream.Put("e", "to be removed");
        stream.Remove(108, erase: false);
        stream.SetAttachment("consumer", "state"u8);
        stream.AppendAttachmentDelta("consumer", "+1"u8);
        stream.AppendAttachmentDelta("consumer", "+2"u8);
        store.CreateStream("EMPTY");
        store.Commit();
        StreamState before = stream.State;
        List<string> messages = stream.Everything();
        long created = stream.CreatedNanos;
        SimulatedFileSystem disk = await DiskStore.CloseAsync(store);
        var damaged = new DamagedDisk(disk);
        (string path, int offset, _) = damaged.Find(107);
        disk.Overwrite(path, new byte[20], offset + 40);

        RepairReport report = Repair(damaged);
        Assert.True(report.Damaged.IsDamaged);
        Assert.False(report.Repaired!.IsDamaged);
        Assert.Equal(["KnownLoss S:107 lost"], report.Repaired.Findings.Select(DamagedDisk.Describe));

        FileMessageStore repaired = Open(disk);
        StreamLog copy = repaired.Streams.Single(each => each.Identity.Name == "S");
        Assert.Equal(messages.Where(message => !message.StartsWith("107:", StringComparison.Ordinal)), copy.Everything());
        Assert.Equal(
            (before.LastSequence, before.LastTimestampNanos, before.FirstTimestampNanos, created),
            (copy.State.LastSequence, copy.State.LastTimestampNanos, copy.State.FirstTimestampNanos, copy.CreatedNanos));
        Assert.Equal(new StreamLimits { MaxMessagesPerSubject = 3, Compress = true }, copy.Limits);
        Assert.Equal("c", Encoding.UTF8.GetString(copy.Configuration.Span));
        Assert.Equal([107UL], copy.State.Lost);
        StreamAttachment attachment = Assert.Single(copy.Attachments);
        Assert.Equal(
            "consumer state +1 +2",
            $"{attachment.Key} {Encoding.UTF8.GetString(attachment.Value.Span)} {string.Join(' ', attachment.Deltas.Select(delta => Encoding.UTF8.GetString(delta.Span)))}");

        // What expires by itself, and what never does, is as it was.
        var expired = new List<ulong>();
        copy.Expire(5_000_000_000_000_000_000, 100, gone => expired.AddRange(gone.Select(message => message.Sequence)));
        Assert.Equal([101UL], expired);
        repaired.Abandon();
    }

    [Fact]
    public async Task A_store_that_no_server_opens_is_repaired()
    {
        DamagedDisk damaged = await DamagedDisk.MakeAsync();
        damaged.Disk.FlipBit(DiskStore.Segment(2), 20 * 8);
        damaged.Disk.FlipBit(DiskStore.Segment(2), (512 + 20) * 8);
        damaged.Disk.Open($"{DiskStore.Directory}/notes.txt", FileOpenMode.CreateNew).Dispose();
        StoreReport repaired = Repair(damaged).Repaired!;
        Assert.False(repaired.IsDamaged);
        StreamState state = repaired.Streams[0].State;
        Assert.Equal((ulong)DamagedDisk.Messages, state.Messages + (ulong)state.Lost.Count);
        Assert.NotEmpty(state.Lost);
        Assert.Equal((ulong)DamagedDisk.Messages, state.LastSequence);
    }

    [Fact]
    public async Task A_loss_is_listed_until_the_message_is_removed()
    {
        DamagedDisk damaged = await DamagedDisk.MakeAsync();
        damaged.DestroyHeader(7);
        Repair(damaged);
        FileMessageStore store = Open(damaged.Disk);
        StreamLog stream = store.Streams.First(each => each.Identity.Name == "S");
        Assert.Equal([7UL], stream.State.Lost);
        stream.PurgeOf(before: 20);
        Commit(store);
        Assert.Empty(stream.State.Lost);
        store.CloseInPlace();
        store = Open(damaged.Disk);
        Assert.Empty(store.Streams.First(each => each.Identity.Name == "S").State.Lost);
        store.Abandon();
    }

    [Fact]
    public async Task A_loss_that_is_known_survives_compaction()
    {
        DamagedDisk damaged = await DamagedDisk.MakeAsync();
        damaged.DestroyHeader(7);
        Repair(damaged);
        FileMessageStore store = Open(damaged.Disk, segmentBytes: 16 << 10);
        StreamLog stream = store.Streams.First(each => each.Identity.Name == "S");
        for (ulong sequence = 1; sequence <= 40; sequence++)
            stream.Remove(sequence == 7 ? 60 : sequence, erase: false);
        for (int i = 0; i < 2000; i++)
            stream.Put("more", Values.Noise(600, i));
        Commit(store);
        int rewritten = 0;
        while (store.RunCompaction())
            rewritten++;
        Assert.True(rewritten > 0);
        store.CloseInPlace();
        store = Open(damaged.Disk, segmentBytes: 16 << 10);
        Assert.Equal([7UL], store.Streams.First(each => each.Identity.Name == "S").State.Lost);
        store.Abandon();
        using OfflineStore offline = OfflineStore.Open(Target, damaged.Disk, new ManualTimeProvider());
        Assert.Equal(["KnownLoss S:7 lost"], offline.Check(null, TestContext.Current.CancellationToken).Findings.Select(DamagedDisk.Describe));
    }

    [Fact]
    public async Task Nothing_is_written_where_nothing_is_damaged()
    {
        DamagedDisk healthy = await DamagedDisk.MakeAsync();
        IReadOnlyList<string> before = healthy.Disk.Files;
        Assert.Null(Repair(healthy).Repaired);
        Assert.Equal(before, healthy.Disk.Files);
    }

    [Fact]
    public async Task A_directory_that_holds_anything_is_not_written_to()
    {
        DamagedDisk damaged = await DamagedDisk.MakeAsync();
        damaged.DestroyHeader(7);
        damaged.Disk.Open($"{Target}/mine", FileOpenMode.CreateNew).Dispose();
        Assert.Equal(Target, Assert.Throws<StoreUnusableException>(() => Repair(damaged)).Path);
    }

    [Fact]
    public async Task A_repair_that_finds_no_space_leaves_nothing_behind()
    {
        DamagedDisk damaged = await DamagedDisk.MakeAsync();
        damaged.DestroyHeader(7);
        damaged.Disk.CapacityBytes = damaged.Disk.AllocatedBytes + (10 << 10);
        Assert.ThrowsAny<IOException>(() => Repair(damaged));
        Assert.DoesNotContain(damaged.Disk.Files, path => path.StartsWith(Target, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_repair_that_dies_leaves_nothing_that_a_server_would_take_for_a_store()
    {
        DamagedDisk damaged = await DamagedDisk.MakeAsync();
        damaged.DestroyHeader(7);
        int refused = 0;
        for (int operations = 1; ; operations++)
        {
            var each = new DamagedDisk(damaged.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1)));
            each.Disk.CutPowerAfter(operations);
            try
            {
                Repair(each);
                break;
            }
            catch (IOException) when (each.Disk.IsOff)
            {
            }
            SimulatedFileSystem left = each.Disk.ImageAfterPowerCut(UnsyncedSurvival.Random, new Random(operations));
            if (left.Files.Any(path => path.StartsWith(Target, StringComparison.Ordinal) && left.StartsWithContent(path)))
                refused += IsRefusedOrWhole(left) ? 1 : throw new InvalidOperationException($"half a store after {operations} operations");
        }
        Assert.True(refused > 0);
    }

    private static bool IsRefusedOrWhole(SimulatedFileSystem disk)
    {
        try
        {
            FileMessageStore store = Open(disk);
            bool isWhole = store.Streams.Count == 2 && store.Streams.First().State.Messages + store.Streams.Last().State.Messages == DamagedDisk.Messages;
            store.Abandon();
            return isWhole;
        }
        catch (StoreUnusableException)
        {
            return true;
        }
    }

    private static RepairReport Repair(DamagedDisk damaged)
    {
        using OfflineStore store = damaged.Open();
        return store.Repair(Target, new Random(3));
    }

    private static FileMessageStore Open(SimulatedFileSystem disk, int segmentBytes = 64 << 20) => FileMessageStore.Open(
        new FileStoreOptions { Directory = Target, SegmentBytes = segmentBytes, ReservedBytes = 1 << 10 }, disk, new ManualTimeProvider(), new Random(1),
        Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, ownThreads: false);

    private static void Commit(FileMessageStore store)
    {
        while (store.RunRound())
        {
        }
    }
}

using Rivulet.Storage.Checking;
using Rivulet.Storage.Files;
using Rivulet.Storage.Records;
using Rivulet.Storage.Tests.Recovery;
using Rivulet.TestKit.Simulation;

namespace Rivulet.Storage.Tests.Checking;

/// <summary>What a check says of each kind of damage, and of what is none.</summary>
public sealed class CheckTests : IAsyncLifetime
{
    private DamagedDisk _store = null!;

    public async ValueTask InitializeAsync() => _store = await DamagedDisk.MakeAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public void A_healthy_store_has_no_findings_and_tells_what_it_holds()
    {
        StoreReport report = _store.Check();
        Assert.Empty(report.Findings);
        Assert.Equal(["A/S 60 1-60 0", "A/T 1 1-1 0"], report.Streams.Select(stream =>
            $"{stream.Identity} {stream.State.Messages} {stream.State.FirstSequence}-{stream.State.LastSequence} {stream.State.Lost.Count}"));
        Assert.Equal(SegmentRole.Prepared, report.Segments[^1].Role);
        Assert.Equal(SegmentRole.Tail, report.Segments[^2].Role);
        Assert.All(report.Segments.SkipLast(2), segment => Assert.Equal(SegmentRole.Sealed, segment.Role));
        Assert.Equal(61, report.Segments.Sum(segment => segment.Records.GetValueOrDefault("message")));
        Assert.Equal(report.Segments[^2].EndPosition, report.Segments.Sum(segment => segment.RecordBytes));
        Assert.All(report.Segments.SkipLast(2), segment => Assert.InRange(segment.LiveBytes, 1, segment.RecordBytes));
    }

    [Fact]
    public void A_wrong_bit_in_a_message_is_a_loss_by_name()
    {
        (string path, int offset, int length) = _store.Find(7);
        _store.Disk.FlipBit(path, (offset + 100) * 8);
        Assert.Equal([$"DamagedRecord 0000000001.log@{offset}+{length} S:7 lost"], _store.Findings());
    }

    [Fact]
    public void A_body_that_is_gone_is_a_loss_by_name()
    {
        (string path, int offset, int length) = _store.Find(30);
        _store.Disk.Overwrite(path, new byte[200], offset + 100);
        Assert.Equal([$"DamagedRecord {Path.GetFileName(path)}@{offset}+{length} S:30 lost"], _store.Findings());
    }

    [Fact]
    public void A_wrong_bit_in_a_header_costs_nothing_and_is_told()
    {
        (string path, int offset, _) = _store.Find(7);
        _store.Disk.FlipBit(path, (offset + 9) * 8);
        Assert.Equal([$"WrongBit 0000000001.log@{offset + 9}+1 S:7"], _store.Findings());
    }

    [Fact]
    public void A_header_that_is_gone_is_a_stretch_and_what_is_missed_behind_it()
    {
        (_, int offset, int length) = _store.Find(7);
        _store.DestroyHeader(7);
        Assert.Equal(
            [$"UnreadableStretch 0000000001.log@{offset}+{RecordLayout.Align(length)}", "LostMessages S:7 lost"], _store.Findings());
    }

    [Fact]
    public void Each_copy_of_a_segment_header_is_looked_at()
    {
        _store.Disk.FlipBit(DiskStore.Segment(1), 20 * 8);
        _store.Disk.FlipBit(DiskStore.Segment(2), (512 + 70) * 8);
        Assert.Equal(["SegmentHeader 0000000001.log@0+96", "SegmentHeader 0000000002.log@512+96"], _store.Findings());
    }

    [Fact]
    public void Zeros_are_looked_at_where_the_format_has_them()
    {
        StoreReport healthy = _store.Check();
        long last = healthy.Segments[0].FileBytes - 1;
        Assert.True(SegmentHeader.AreaBytes + healthy.Segments[0].RecordBytes < last, "the segment is full to its end");
        (string path, int offset, int length) = _store.Find(7);
        Assert.NotEqual(0, length % RecordLayout.Alignment);
        _store.Disk.FlipBit(path, (offset + length) * 8);
        _store.Disk.FlipBit(path, 94 * 8);
        _store.Disk.FlipBit(path, 300 * 8);
        _store.Disk.FlipBit(path, 1000 * 8);
        _store.Disk.FlipBit(path, last * 8);
        Assert.Equal(
            ["NotZero 0000000001.log@94+207", "NotZero 0000000001.log@1000+1",
            $"NotZero 0000000001.log@{offset + length}+{RecordLayout.Align(length) - length}", $"NotZero 0000000001.log@{last}+1"],
            _store.Findings());
    }

    [Fact]
    public void What_lies_behind_the_end_of_the_log_is_no_damage()
    {
        SegmentSummary tail = _store.Check().Segments[^2];
        _store.Disk.Overwrite($"{DiskStore.Directory}/{tail.File}", [1, 2, 3], SegmentHeader.AreaBytes + tail.RecordBytes + 64);
        _store.Disk.Overwrite($"{DiskStore.Directory}/{_store.Check().Segments[^1].File}", [1], 3000);
        StoreReport report = _store.Check();
        Assert.False(report.IsDamaged);
        Assert.Equal([FindingKind.InterruptedWrite, FindingKind.InterruptedWrite], report.Findings.Select(finding => finding.Kind));
    }

    [Fact]
    public void A_file_that_is_cut_off_is_told_with_what_is_missing()
    {
        (string path, int offset, _) = _store.Find(5);
        SegmentHeader.Read(_store.Disk.ReadAll(DiskStore.Segment(2)), out SegmentHeader next);
        long length = SegmentHeader.AreaBytes + next.FirstPosition;
        _store.Disk.Truncate(path, offset + 10);
        List<string> findings = _store.Findings();
        Assert.Contains($"CutOff 0000000001.log@{offset + 10}+{length - offset - 10}", findings);
        Assert.Contains(findings, finding => finding.StartsWith($"UnreadableStretch 0000000001.log@{offset}+", StringComparison.Ordinal));
        Assert.Contains(findings, finding => finding.StartsWith("LostMessages S:5-", StringComparison.Ordinal));
    }

    [Fact]
    public void A_file_that_is_missing_is_told()
    {
        _store.Disk.Delete(DiskStore.Segment(2));
        Assert.Contains("MissingSegments 0000000003.log", _store.Findings());
        _store.Disk.Delete(DiskStore.Segment(1));
        StoreReport report = _store.Check();
        Assert.Contains(report.Findings, finding => finding.Kind == FindingKind.MissingSegments && finding.Text.StartsWith("segments 1 to 2", StringComparison.Ordinal));
        Assert.Contains(report.Findings, finding => finding.Kind == FindingKind.UnknownStream && finding.StreamId == 1);
    }

    [Fact]
    public void What_a_server_refuses_is_told_and_the_rest_is_looked_at()
    {
        _store.Disk.FlipBit(DiskStore.Segment(2), 20 * 8);
        _store.Disk.FlipBit(DiskStore.Segment(2), (512 + 20) * 8);
        _store.Disk.Open($"{DiskStore.Directory}/notes.txt", FileOpenMode.CreateNew).Dispose();
        StoreReport report = _store.Check();
        List<string> findings = [.. report.Findings.Select(DamagedDisk.Describe)];
        Assert.Contains("ForeignFile notes.txt", findings);
        Assert.Contains("UnusableSegment 0000000002.log", findings);
        Assert.Contains("MissingSegments 0000000003.log", findings);
        Assert.Contains(findings, finding => finding.StartsWith("LostMessages S:", StringComparison.Ordinal));
        Assert.Equal(SegmentRole.Unusable, report.Segments[1].Role);
        Assert.InRange(report.Streams[0].State.Messages, 1u, 59u);
    }

    [Fact]
    public void Files_that_compaction_left_behind_are_no_damage()
    {
        byte[] first = _store.Disk.ReadAll(DiskStore.Segment(1));
        using (IFile unfinished = _store.Disk.Open($"{DiskStore.Directory}/0000000001.1.log", FileOpenMode.CreateNew))
            unfinished.Write(new byte[first.Length], 0);
        Assert.Equal(["LeftoverFile 0000000001.1.log"], _store.Findings());
        Assert.False(_store.Check().IsDamaged);
    }

    [Fact]
    public void A_later_version_is_left_to_its_own_tools()
    {
        byte[] area = _store.Disk.ReadAll(DiskStore.Segment(2))[..SegmentHeader.AreaBytes];
        area[8] = (byte)(SegmentHeader.FormatVersion + 1);
        area.AsSpan(12, 4).Clear();
        BitConverter.TryWriteBytes(area.AsSpan(12), Protocol.Crc32C.Compute(area.AsSpan(0, 64)));
        _store.Disk.Overwrite(DiskStore.Segment(2), area, 0);
        StoreUnusableException refused = Assert.Throws<StoreUnusableException>(_store.Open);
        Assert.Equal(DiskStore.Segment(2), refused.Path);
        Assert.Contains("later version", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_there_is_no_store_nothing_is_made()
    {
        var disk = new SimulatedFileSystem();
        Assert.Throws<StoreUnusableException>(() => OfflineStore.Open("/nowhere", disk, new ManualTimeProvider()));
        Assert.Empty(disk.Files);
    }

    [Fact]
    public void A_check_can_be_given_up()
    {
        using OfflineStore store = _store.Open();
        Assert.Throws<OperationCanceledException>(() => store.Check(null, new CancellationToken(canceled: true)));
    }

    [Fact]
    public void How_far_a_check_is_is_told_in_messages_while_it_reads_messages()
    {
        var heard = new Heard();
        using OfflineStore store = _store.Open();
        store.Check(heard, TestContext.Current.CancellationToken);
        int messages = DamagedDisk.Messages + 1;
        Assert.Equal(
            Enumerable.Range(0, messages + 1).Select(done => new StoreProgress(StoreStep.Reading, done, messages)),
            heard.All.Where(progress => progress.Step == StoreStep.Reading));
        Assert.True(heard.All.Count(progress => progress.Step == StoreStep.Verifying) > 2, "nothing is told of the segments");
    }

    [Fact]
    public void Records_are_listed_in_order_with_what_they_say()
    {
        (_, int offset, int length) = _store.Find(8);
        using OfflineStore store = _store.Open();
        List<RecordDescription> all = [.. store.Records(new RecordQuery(), TestContext.Current.CancellationToken)];
        Assert.Equal(_store.Check().Records, all.Count);
        RecordDescription record = all.Single(each => each.Kind == "message" && each.Stream == new StreamIdentity("A", "S") && each.Sequence == 8);
        Assert.Equal(
            ("0000000001.log", offset, length, true, "s.1", 600),
            (record.File, record.OffsetBytes, record.LengthBytes, record.IsIntact, record.Subject, record.ContentBytes));
        IEnumerable<RecordDescription> Those(RecordQuery query) => store.Records(query, TestContext.Current.CancellationToken);
        Assert.Equal(9, Those(new RecordQuery { Stream = "A/S", Subject = "s.1" }).Count());
        Assert.Equal(["only".Length], Those(new RecordQuery { Subject = "t" }).Select(each => each.ContentBytes));
    }

    private sealed class Heard : IProgress<StoreProgress>
    {
        public List<StoreProgress> All { get; } = [];

        public void Report(StoreProgress value) => All.Add(value);
    }
}

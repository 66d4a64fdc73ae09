using System.Diagnostics;
using Rivulet.Storage.Log;
using Rivulet.Storage.Records;
using Rivulet.TestKit.Simulation;

namespace Rivulet.Storage.Tests.Recovery;

/// <summary>What was appended last is read from memory, and never anything else in its place.</summary>
public sealed class RecentRecordsTests
{
    private const int RecordBytes = 64;

    [Fact]
    public void A_new_record_is_read_without_the_disk()
    {
        using var store = new DiskStore(new SimulatedFileSystem(), recentBytes: 1 << 20);
        StreamLog stream = store.CreateStream("S");
        stream.Put("a", "1");
        store.Commit();
        store.Disk.FailsReads = true;
        Assert.Equal("a=1", stream.Get(1));
    }

    [Fact]
    public void A_record_that_is_not_new_any_more_is_read_from_the_disk()
    {
        using var store = new DiskStore(new SimulatedFileSystem(), recentBytes: 1, segmentBytes: 2 << 20);
        StreamLog stream = store.CreateStream("S");
        stream.Put("a", "1");
        for (int i = 0; i < 6; i++)
        {
            stream.Put("b" + i, new string('x', RecentRecords.ChunkBytes - 1000));
            store.Commit();
        }
        store.Disk.FailsReads = true;
        Assert.Equal("Failed", stream.Get(1));
        Assert.StartsWith("b5=", stream.Get(7), StringComparison.Ordinal);
        store.Disk.FailsReads = false;
        Assert.Equal("a=1", stream.Get(1));
    }

    [Fact]
    public void A_record_larger_than_a_chunk_is_read_from_the_disk()
    {
        using var store = new DiskStore(new SimulatedFileSystem(), recentBytes: 1 << 20, segmentBytes: 2 << 20);
        StreamLog stream = store.CreateStream("S");
        string large = new('x', RecentRecords.ChunkBytes);
        stream.Put("a", large);
        stream.Put("b", "1");
        store.Commit();
        Assert.Equal("a=" + large, stream.Get(1));
        store.Disk.FailsReads = true;
        Assert.Equal("Failed", stream.Get(1));
        Assert.Equal("b=1", stream.Get(2));
    }

    /// <summary>What a slow disk makes the ring grow by is filled again, once it is written, and not thrown away each time.</summary>
    [Fact]
    public void Chunks_that_had_to_leave_the_ring_are_filled_again()
    {
        const int Waiting = 6;
        var recent = new RecentRecords(1);
        var seen = new HashSet<LogChunk>(ReferenceEqualityComparer.Instance);
        for (int round = 0; round < 20; round++)
        {
            var waiting = new Queue<LogChunk>();
            for (int i = 0; i < Waiting; i++)
            {
                LogChunk chunk = recent.Next();
                chunk.Start(Segment(i), SegmentHeader.AreaBytes);
                recent.Started();
                Assert.DoesNotContain(chunk, waiting);
                waiting.Enqueue(chunk);
                seen.Add(chunk);
            }
            while (waiting.TryDequeue(out LogChunk? written))
                recent.Release(written);
        }
        Assert.InRange(seen.Count, Waiting, 2 * Waiting);
    }

    /// <summary>
    /// One thread goes round the ring, others read behind it: whatever they get is the record they asked for, whole, however
    /// often the chunk below them is begun anew. The writer goes on until the readers, whenever they get their turn, have met
    /// both what is still there and what is not any more.
    /// </summary>
    [Fact]
    public async Task A_reader_never_gets_what_came_in_the_place_of_a_record()
    {
        const int ChunksMin = 4000;
        const int Wanted = 1000;
        var recent = new RecentRecords(1);
        var segments = new LogSegment?[16];
        (int published, long hits, long misses) = (0, 0, 0);
        using var done = new CancellationTokenSource();
        Task[] readers = [.. Enumerable.Range(0, 2).Select(_ => Task.Factory.StartNew(
            () => ReadUntil(done.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < ChunksMin || (!HaveSeenBoth() && Stopwatch.GetElapsedTime(start) < TimeSpan.FromMinutes(1)); i++)
        {
            LogSegment segment = Segment(i);
            Volatile.Write(ref segments[i % segments.Length], segment);
            LogChunk chunk = recent.Next();
            chunk.Start(segment, SegmentHeader.AreaBytes);
            recent.Started();
            while (chunk.FilledBytes + RecordBytes <= 16 << 10)
            {
                // Every byte of a record says which chunk it is in.
                chunk.Bytes.AsSpan(chunk.FilledBytes, RecordBytes).Fill((byte)i);
                chunk.FilledBytes += RecordBytes;
            }
            recent.Release(chunk);
            Volatile.Write(ref published, i + 1);
        }
        await done.CancelAsync();
        await Task.WhenAll(readers);
        Assert.True(hits > Wanted, $"{hits} were found");
        Assert.True(misses > Wanted, $"{misses} were overtaken");

        bool HaveSeenBoth() => Interlocked.Read(ref hits) > Wanted && Interlocked.Read(ref misses) > Wanted;

        void ReadUntil(CancellationToken end)
        {
            var random = new Random(1);
            Span<byte> into = stackalloc byte[RecordBytes];
            while (!end.IsCancellationRequested)
            {
                int i = Volatile.Read(ref published) - 1 - random.Next(6);
                if (i < 0)
                    continue;
                // The writer may be a whole round further by now: what is read belongs to the segment that is here.
                LogSegment segment = Volatile.Read(ref segments[i % segments.Length])!;
                int offset = SegmentHeader.AreaBytes + (RecordBytes * random.Next((16 << 10) / RecordBytes));
                if (!recent.TryRead(segment, offset, into, out int read))
                {
                    Interlocked.Increment(ref misses);
                    continue;
                }
                Interlocked.Increment(ref hits);
                Assert.Equal(RecordBytes, read);
                Assert.True(!into.ContainsAnyExcept((byte)(segment.Header.Number - 1)), "another record was read");
            }
        }
    }

    private static LogSegment Segment(int i) =>
        new(new SegmentHeader(i + 1, (ulong)i, i * 20_000L, 1 << 20, 0, default));
}

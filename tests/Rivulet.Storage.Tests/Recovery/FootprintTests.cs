using Microsoft.Extensions.Logging.Abstractions;
using Rivulet.Storage.Log;
using Rivulet.Storage.Records;
using Rivulet.TestKit.Simulation;

namespace Rivulet.Storage.Tests.Recovery;

/// <summary>Recovery knows of every segment that holds anything of a stream, or compaction would forget what it still needs.</summary>
public sealed class FootprintTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Records_in_front_of_all_that_is_left_of_a_streams_descriptions_count(bool isDamaged)
    {
        var context = new FileStoreContext(new FileStoreOptions { Directory = DiskStore.Directory }, NullLogger.Instance);
        var replay = new LogReplay(context, new ManualTimeProvider());
        byte[] description = StreamBody.Create(new StreamIdentity("A", "S"), 1, new StreamLimits(), "c"u8);
        LogSegment first = Begin(context, replay, 1);
        if (isDamaged)
            replay.DamagedRecord(new RecordHeader { Kind = RecordKind.Message, StreamId = 7, Sequence = 1 }, [], first, SegmentHeader.AreaBytes);
        else
            Replay(replay, first, RecordKind.Purge, PurgeBody.Create([], 9));
        Replay(replay, Begin(context, replay, 2), RecordKind.StreamConfigured, description);
        Replay(replay, Begin(context, replay, 3), RecordKind.StreamDeleted, []);
        replay.Finish();

        Assert.Equal("0000000001.log:1 0000000002.log:1* 0000000003.log:1", context.Backends[7].Footprint.ToString());
        Assert.True(context.Backends[7].IsDeletionCommitted);
    }

    private static LogSegment Begin(FileStoreContext context, LogReplay replay, int number)
    {
        var segment = new LogSegment(new SegmentHeader(number, 7, number * 10_000, 10_000, 0, 1));
        context.Segments.Add(segment);
        replay.Begin(segment);
        return segment;
    }

    private static void Replay(LogReplay replay, LogSegment segment, RecordKind kind, byte[] body) =>
        replay.Fact(new RecordHeader { Kind = kind, StreamId = 7 }, body, segment, SegmentHeader.AreaBytes);
}

using Rivulet.Storage.Streams;

namespace Rivulet.Storage.Log;

/// <summary>A stretch of a chunk that one round writes.</summary>
internal readonly record struct ChunkSlice(LogChunk Chunk, int FromBytes, int ToBytes)
{
    public ReadOnlySpan<byte> Bytes => Chunk.Bytes.AsSpan(FromBytes, ToBytes - FromBytes);

    public int SegmentOffsetBytes => Chunk.SegmentOffsetBytes + FromBytes;
}

/// <summary>What one round of the committer commits. Made once and used for every round; the committer's alone.</summary>
internal sealed class CommitRound
{
    /// <summary>What is to be written, in the order of the log.</summary>
    public List<ChunkSlice> Slices { get; } = [];

    /// <summary>Chunks that nobody fills any more once this round is over.</summary>
    public List<LogChunk> FullChunks { get; } = [];

    /// <summary>The streams that the round touches.</summary>
    public List<IndexedStreamLog> Streams { get; } = [];

    public LogPosition UpTo { get; set; }

    /// <summary>Once the round is on the disk, it proves that the log was synced up to here.</summary>
    public long Proves { get; set; }

    /// <summary>Whether the round is to be synced whatever the policy.</summary>
    public bool SyncWanted { get; set; }

    /// <summary>How many slices are written.</summary>
    public int WrittenSlices { get; set; }

    /// <summary>Whether it was taken and is not handed over yet.</summary>
    public bool IsOpen { get; set; }

    public void Clear()
    {
        Slices.Clear();
        FullChunks.Clear();
        Streams.Clear();
        WrittenSlices = 0;
        IsOpen = false;
    }
}

using System.Diagnostics;
using Rivulet.Storage.Log;

namespace Rivulet.Storage.Compaction;

/// <summary>Neighbouring sealed segments that are rewritten into one.</summary>
internal sealed class CompactionGroup
{
    private readonly IReadOnlyList<LogSegment> _segments;

    /// <summary>Makes a group.</summary>
    /// <param name="segments">Its segments, in the order of the log, without a gap.</param>
    /// <param name="endPosition">The position behind the last record that any of them was appended with.</param>
    public CompactionGroup(IReadOnlyList<LogSegment> segments, long endPosition)
    {
        Debug.Assert(segments.Count > 0, "a group of nothing");
        _segments = segments;
        EndPosition = endPosition;
    }

    public IReadOnlyList<LogSegment> Segments => _segments;

    public int FirstNumber => _segments[0].Number;

    public int LastNumber => _segments[^1].Header.LastNumber;

    /// <summary>The generation of what is made of it: above those of all its segments.</summary>
    public uint NextGeneration => _segments.Max(segment => segment.Header.Generation) + 1;

    public long EndPosition { get; }

    public long FileBytes => _segments.Sum(segment => segment.FileBytes);

    /// <summary>Whether a segment is one of the group.</summary>
    public bool Contains(LogSegment segment) => segment.Number >= FirstNumber && segment.Number <= LastNumber;
}

using Rivulet.Storage.Log;

namespace Rivulet.Storage.Snapshots;

/// <summary>
/// A snapshot that is whole by its checksum says what cannot be. What it said before that is not to be believed either:
/// recovery begins anew without it.
/// </summary>
internal sealed class SnapshotMalformedException(LogSegment segment) : Exception("it is malformed")
{
    /// <summary>Whose snapshot it is.</summary>
    public LogSegment Segment { get; } = segment;
}

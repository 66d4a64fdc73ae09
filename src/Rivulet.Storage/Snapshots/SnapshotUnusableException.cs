namespace Rivulet.Storage.Snapshots;

/// <summary>A snapshot is not used, and its segment is read instead. The message says why, as the end of a sentence.</summary>
internal sealed class SnapshotUnusableException(string message) : Exception(message);

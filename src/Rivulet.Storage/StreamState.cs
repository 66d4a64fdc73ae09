namespace Rivulet.Storage;

/// <summary>What a writer sees of its stream: the committed state and the uncommitted tail.</summary>
/// <param name="Messages">Messages kept.</param>
/// <param name="Bytes">Their accounted size, in bytes.</param>
/// <param name="FirstSequence">The oldest message kept; last + 1 when empty, 0 when nothing was ever stored.</param>
/// <param name="LastSequence">The last sequence given out.</param>
/// <param name="LastTimestampNanos">Timestamp of the last message, kept or not, in nanoseconds since the Unix epoch.</param>
public readonly record struct StreamCounters(
    ulong Messages, ulong Bytes, ulong FirstSequence, ulong LastSequence, long LastTimestampNanos);

/// <summary>What readers see of a stream: its committed state.</summary>
public sealed record StreamState
{
    /// <summary>Messages kept.</summary>
    public required ulong Messages { get; init; }

    /// <summary>Their accounted size, in bytes.</summary>
    public required ulong Bytes { get; init; }

    /// <summary>The oldest message kept; last + 1 when empty, 0 when nothing was ever stored.</summary>
    public required ulong FirstSequence { get; init; }

    /// <summary>Timestamp of the oldest message kept, in nanoseconds since the Unix epoch; 0 when empty.</summary>
    public required long FirstTimestampNanos { get; init; }

    /// <summary>The last sequence that was committed.</summary>
    public required ulong LastSequence { get; init; }

    /// <summary>Timestamp of the last message, kept or not, in nanoseconds since the Unix epoch; 0 when there was none.</summary>
    public required long LastTimestampNanos { get; init; }

    /// <summary>Distinct subjects of the messages kept.</summary>
    public required ulong Subjects { get; init; }

    /// <summary>Sequences between the first and the last that hold no message.</summary>
    public required ulong Deleted { get; init; }

    /// <summary>Sequences whose messages were found damaged, in ascending order; usually empty.</summary>
    public required IReadOnlyList<ulong> Lost { get; init; }

    /// <summary>Accounted size of those messages, in bytes, as far as it is known.</summary>
    public required ulong LostBytes { get; init; }
}

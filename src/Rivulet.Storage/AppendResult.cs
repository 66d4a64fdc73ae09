namespace Rivulet.Storage;

/// <summary>What became of a message that was to be appended.</summary>
public enum AppendStatus
{
    /// <summary>It has a sequence, and is stored once its position is committed.</summary>
    Stored,

    /// <summary>The stream holds its most messages and discards new ones.</summary>
    MaximumMessagesExceeded,

    /// <summary>The stream holds its most bytes and discards new messages.</summary>
    MaximumBytesExceeded,

    /// <summary>The subject holds its most messages and the stream discards new ones per subject.</summary>
    MaximumMessagesPerSubjectExceeded,

    /// <summary>There is no space for a new segment file. Later appends may succeed.</summary>
    OutOfSpace,

    /// <summary>The indexes of the store's streams take as much memory as they may. Later appends may succeed.</summary>
    OutOfMemory,

    /// <summary>
    /// Too much is waiting for the disk. Who calls <see cref="MessageStore.WaitForRoomAsync"/> before it appends does
    /// not see this.
    /// </summary>
    Busy,

    /// <summary>The store has failed for good; <see cref="MessageStore.Failure"/> says why.</summary>
    Failed,
}

/// <summary>The outcome of <see cref="StreamLog.Append"/>.</summary>
/// <param name="Status">Whether the message was taken; on anything but Stored nothing has changed.</param>
/// <param name="Sequence">The sequence it was given, or 0.</param>
/// <param name="TimestampNanos">Its timestamp, in nanoseconds since the Unix epoch, or 0.</param>
/// <param name="Position">
/// The message is on stable storage (by the store's policy) once this is committed. Of a refused message: what the
/// refusal was decided by is.
/// </param>
/// <param name="TailBytes">What the stream holds now in its writer's view, by its accounted size, in bytes; or 0.</param>
public readonly record struct AppendResult(
    AppendStatus Status, ulong Sequence, long TimestampNanos, LogPosition Position, ulong TailBytes);

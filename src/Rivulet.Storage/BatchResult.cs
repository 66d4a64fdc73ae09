namespace Rivulet.Storage;

/// <summary>The outcome of <see cref="StreamLog.AppendBatch"/>.</summary>
/// <param name="Status">Whether the batch was taken; on anything but Stored nothing has changed.</param>
/// <param name="RefusedIndex">
/// Which message was refused; -1 when none was, or when it was the batch as a whole: no space, too much under way, a
/// failed store.
/// </param>
/// <param name="FirstSequence">The sequence of its first message, or 0. The others follow without a gap.</param>
/// <param name="LastSequence">The sequence of its last message, or 0.</param>
/// <param name="LastTimestampNanos">The timestamp of its last message, in nanoseconds since the Unix epoch, or 0.</param>
/// <param name="Position">
/// The whole batch is on stable storage (by the store's policy) once this is committed. Of a refused batch: what the
/// refusal was decided by is.
/// </param>
public readonly record struct BatchResult(
    AppendStatus Status, int RefusedIndex, ulong FirstSequence, ulong LastSequence, long LastTimestampNanos,
    LogPosition Position);

namespace Rivulet.Storage;

/// <summary>The outcome of <see cref="StreamLog.Remove"/>.</summary>
/// <param name="Removed">Whether there was such a message; nothing was appended otherwise.</param>
/// <param name="Position">
/// The removal survives a crash once this is committed. Without one: what the answer was decided by does.
/// </param>
public readonly record struct RemoveResult(bool Removed, LogPosition Position);

/// <summary>The outcome of <see cref="StreamLog.Purge"/>.</summary>
/// <param name="Count">How many messages went.</param>
/// <param name="Position">
/// The purge survives a crash once this is committed. When nothing went: what the answer was decided by does.
/// </param>
public readonly record struct PurgeResult(ulong Count, LogPosition Position);

/// <summary>A message that reached its age or its own expiry.</summary>
/// <param name="Sequence">Its sequence.</param>
/// <param name="Subject">Its subject.</param>
/// <param name="WasLastOfSubject">Whether no message of its subject is left, the uncommitted tail included.</param>
/// <param name="Newer">The next message of its subject, the uncommitted tail included; 0 if it was the newest.</param>
public readonly record struct ExpiredMessage(
    ulong Sequence, ReadOnlyMemory<byte> Subject, bool WasLastOfSubject, ulong Newer);

/// <summary>The outcome of <see cref="StreamLog.Expire"/>.</summary>
/// <param name="Messages">What went, in the order in which it went.</param>
/// <param name="NextDeadlineNanos">
/// When to call again, in nanoseconds since the Unix epoch: not later than now when more is due,
/// <see cref="long.MaxValue"/> when nothing is.
/// </param>
/// <param name="Position">The removals survive a crash once this is committed.</param>
public readonly record struct ExpireResult(
    IReadOnlyList<ExpiredMessage> Messages, long NextDeadlineNanos, LogPosition Position);

namespace Rivulet.Storage;

/// <summary>
/// The limits that the store itself enforces, and how it keeps messages. Counts and bytes below 1 mean that there is no limit. Sizes are accounted
/// as the reference server does (see <see cref="StreamLog.AccountedSizeBytes"/>).
/// </summary>
public sealed record StreamLimits
{
    /// <summary>Most messages the stream keeps.</summary>
    public long MaxMessages { get; init; } = -1;

    /// <summary>Most bytes the stream keeps, by its accounted size.</summary>
    public long MaxBytes { get; init; } = -1;

    /// <summary>Most messages the stream keeps for one subject.</summary>
    public long MaxMessagesPerSubject { get; init; } = -1;

    /// <summary>How long a message is kept, in nanoseconds; 0 is for ever. Applied by <see cref="StreamLog.Expire"/>.</summary>
    public long MaxAgeNanos { get; init; }

    /// <summary>Whether a full stream refuses new messages; otherwise it drops the oldest ones.</summary>
    public bool DiscardNew { get; init; }

    /// <summary>With <see cref="DiscardNew"/>: whether a full subject refuses new messages too.</summary>
    public bool DiscardNewPerSubject { get; init; }

    /// <summary>
    /// Whether a file store compresses the headers and payloads of messages that are appended from now on, where that
    /// saves something. Sizes are accounted as if it did not. A memory store does not.
    /// </summary>
    public bool Compress { get; init; }

    /// <summary>
    /// Whether a file store reserves sequences ahead whatever its sync policy: for a stream whose messages are
    /// acknowledged before they are committed, see <see cref="StreamLog.ReservationPosition"/>.
    /// </summary>
    public bool ReserveSequences { get; init; }
}

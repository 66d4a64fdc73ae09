namespace Rivulet.Storage;

/// <summary>A message to append. Its spans are borrowed for the duration of the call.</summary>
public readonly ref struct NewMessage
{
    /// <summary>A literal subject; not validated here.</summary>
    public ReadOnlySpan<byte> Subject { get; init; }

    /// <summary>A whole header block as it came over the wire, or empty.</summary>
    public ReadOnlySpan<byte> Headers { get; init; }

    /// <summary>The payload, or empty.</summary>
    public ReadOnlySpan<byte> Payload { get; init; }

    /// <summary>
    /// Nanoseconds since the Unix epoch, taken as given; 0 takes the store's clock, never lower than the stream's last
    /// timestamp.
    /// </summary>
    public long TimestampNanos { get; init; }

    /// <summary>
    /// When the message expires on its own, in nanoseconds since the Unix epoch. 0: by the stream's maximum age alone;
    /// <see cref="long.MaxValue"/>: never, not even by maximum age.
    /// </summary>
    public long ExpiresAtNanos { get; init; }

    /// <summary>Which older messages this one removes.</summary>
    public RollupScope Rollup { get; init; }

    /// <summary>
    /// Whether the caller will call <see cref="MessageStore.DeliverCommits"/> soon, once it has let go of its locks, whatever
    /// else happens: then a store that may commit on that thread wakes nobody for this message. Otherwise a store with a
    /// thread of its own sees to the commit by itself.
    /// </summary>
    public bool CallerDelivers { get; init; }
}

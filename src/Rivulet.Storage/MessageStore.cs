namespace Rivulet.Storage;

/// <summary>
/// Streams that are kept and committed together. Every member may be called from any thread.
/// <para>
/// Appending is done through <see cref="StreamLog"/> and takes effect in two steps: the append gives a sequence and a
/// <see cref="LogPosition"/>, and the commit makes it lasting and visible. See docs/internals/visibility.md.
/// </para>
/// </summary>
public abstract class MessageStore : IAsyncDisposable
{
    /// <summary>The streams of the store, those whose creation is not committed yet included; a snapshot.</summary>
    public abstract IReadOnlyCollection<StreamLog> Streams { get; }

    /// <summary>Everything up to here is committed, and visible to readers.</summary>
    public abstract LogPosition Committed { get; }

    /// <summary>Everything up to here was appended.</summary>
    public abstract LogPosition Appended { get; }

    /// <summary>What made the store fail for good, or null while it works.</summary>
    public abstract Exception? Failure { get; }

    /// <summary>
    /// Whether what is not committed never will be: the store has failed, or is closed. A store that is being closed commits what it has.
    /// </summary>
    public abstract bool HasEnded { get; }

    /// <summary>Why there is no space for more, or null while there is. Heals by itself when space is made.</summary>
    public abstract Exception? OutOfSpace { get; }

    /// <summary>Hears of every round; may be set once, before the first append.</summary>
    public IStoreObserver? Observer { get; set; }

    /// <summary>
    /// Whether little enough is waiting for the disk that an appender need not wait.
    /// </summary>
    public abstract bool HasRoom { get; }

    /// <summary>
    /// Appends the creation of a stream. It lasts once <see cref="Appended"/>, read after the call, is committed.
    /// </summary>
    /// <param name="identity">Its name; must not be taken.</param>
    /// <param name="configuration">Opaque bytes that come back as <see cref="StreamLog.Configuration"/>.</param>
    /// <param name="limits">What the store is to enforce.</param>
    /// <exception cref="ArgumentException">A stream of that name exists.</exception>
    /// <exception cref="StoreFailedException">The store has failed for good.</exception>
    public abstract StreamLog CreateStream(
        StreamIdentity identity, ReadOnlySpan<byte> configuration, StreamLimits limits);

    /// <summary>
    /// Calls <paramref name="waiter"/> once <paramref name="position"/> is committed: during this call if it already
    /// is, otherwise on the thread that commits, after the stream observers of the round. When the store fails first,
    /// or has failed, the waiter hears that instead.
    /// </summary>
    /// <param name="position">What to wait for; as returned by an append of this store.</param>
    /// <param name="waiter">Whom to call, once.</param>
    public abstract void WhenCommitted(LogPosition position, ICommitWaiter waiter);

    /// <summary>
    /// Waits while too much is waiting for the disk. To be called before an append, with no lock held, and never from
    /// an observer or waiter of this store: they run on the thread that would make room. Returns when the store fails.
    /// </summary>
    /// <param name="cancellation">Ends the wait with an <see cref="OperationCanceledException"/>.</param>
    public abstract ValueTask WaitForRoomAsync(CancellationToken cancellation = default);

    /// <summary>
    /// The same for somebody who is called rather than waits: once, when there may be room or the store fails, on the thread that
    /// made it and with no lock held; at once if there is room. It looks at <see cref="HasRoom"/> again.
    /// </summary>
    /// <param name="waiter">Whom to call; it must not block.</param>
    public abstract void WhenRoom(IRoomWaiter waiter);

    /// <summary>
    /// Hands over what is already committed to observers and waiters, on the calling thread. To be called after
    /// appending, with no lock held. A memory store commits as it appends and has no thread of its own, so its
    /// observers hear of commits only here; when another thread is handing over already, that thread takes these too.
    /// A file store that syncs lazily commits here too, unless it takes more than a write; otherwise its committer's thread
    /// commits and hands over, and this does nothing.
    /// </summary>
    public abstract void DeliverCommits();

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}

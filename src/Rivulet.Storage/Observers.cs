namespace Rivulet.Storage;

/// <summary>
/// Hears of the rounds of a store, after the observers of its streams. Called by one thread at a time, in order, with
/// no lock held; must not block.
/// </summary>
public interface IStoreObserver
{
    /// <summary>A round is committed and every stream observer has heard of it.</summary>
    /// <param name="upTo">The position that the store has reached.</param>
    void OnRoundCommitted(LogPosition upTo);

    /// <summary>The store failed for good; nothing more is committed.</summary>
    /// <param name="cause">What failed.</param>
    void OnFailed(Exception cause);
}

/// <summary>
/// Hears of the commits of a stream. Called by one thread at a time, in order, with no lock held, once the index shows
/// what the round brought; must not block, and may append.
/// </summary>
public interface IStreamObserver
{
    /// <summary>Something that was appended to this stream is committed.</summary>
    /// <param name="commit">What it was; valid during the call.</param>
    void OnCommitted(in StreamCommit commit);

    /// <summary>The store failed for good: what is uncommitted may or may not survive.</summary>
    /// <param name="cause">What failed.</param>
    void OnFailed(Exception cause);
}

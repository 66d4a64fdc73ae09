namespace Rivulet.Storage;

/// <summary>
/// Waits for one position of a store. Exactly one of the two methods is called, once for each wait, with no lock held;
/// it must not block.
/// </summary>
public interface ICommitWaiter
{
    /// <summary>Everything up to <paramref name="position"/>, which is at least what was waited for, is committed.</summary>
    /// <param name="position">The position that the store has reached.</param>
    void OnCommitted(LogPosition position);

    /// <summary>The store failed first: what was waited for may or may not survive.</summary>
    /// <param name="cause">What failed.</param>
    void OnFailed(Exception cause);
}

namespace Rivulet.Storage;

/// <summary>Waits for a commit of a store. Exactly one of the two methods is called, once for each wait.</summary>
public interface ICommitWaiter
{
    /// <summary>Everything up to <paramref name="position"/>, which is at least what was waited for, is committed.</summary>
    void OnCommitted(LogPosition position);

    /// <summary>The store has failed: what was waited for may or may not survive.</summary>
    void OnFailed(Exception cause);
}

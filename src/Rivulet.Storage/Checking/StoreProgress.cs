namespace Rivulet.Storage.Checking;

/// <summary>A step of long work on a store.</summary>
public enum StoreStep
{
    /// <summary>The log is read as a server does it at its start.</summary>
    Recovering,

    /// <summary>Every byte of every segment is checked.</summary>
    Verifying,

    /// <summary>Every message that an index refers to is read.</summary>
    Reading,

    /// <summary>A repaired store is written.</summary>
    Writing,
}

/// <summary>How far long work has come.</summary>
/// <param name="Step">What is being done.</param>
/// <param name="Done">How much of it is done, in bytes or messages.</param>
/// <param name="Total">How much there is.</param>
public readonly record struct StoreProgress(StoreStep Step, long Done, long Total);

namespace Rivulet.Storage;

/// <summary>
/// Mistakes that a store makes when a test asks for it, so that the tests which hold the store to its promises are seen
/// to fail. No option of the server leads here.
/// </summary>
internal enum SeededBug
{
    /// <summary>None: the store as it is.</summary>
    None,

    /// <summary>A commit writes and does not sync.</summary>
    SkippedSync,

    /// <summary>A removal or purge is acknowledged and not in the log.</summary>
    LostTombstone,

    /// <summary>Recovery goes on one sequence too low.</summary>
    ReusedSequence,

    /// <summary>A commit is told before it is synced.</summary>
    EarlyReply,

    /// <summary>A message does not say which older ones it pushed out.</summary>
    LostFact,

    /// <summary>What is there of an interrupted batch counts.</summary>
    HalfBatch,

    /// <summary>Compaction forgets what a record that goes has removed, though that may still be on the disk.</summary>
    ForgottenFact,

    /// <summary>Compaction deletes what it has rewritten before the new file is synced.</summary>
    UnsyncedRewrite,

    /// <summary>A snapshot does not tell what was removed.</summary>
    ForgetfulSnapshot,
}

namespace Rivulet.Crash.Tests.Killed;

/// <summary>What a write does to its key.</summary>
internal enum WriteKind
{
    Put,
    Delete,

    /// <summary>A delete that removes the older revisions.</summary>
    Purge,
}

/// <summary>One write as it was sent, and as it must be found again.</summary>
/// <param name="Key">The key.</param>
/// <param name="Kind">What it does to the key.</param>
/// <param name="Id">Names this write among all of the run; it travels in a header.</param>
/// <param name="Value">The value; empty unless it is a put.</param>
internal sealed record KeyWrite(string Key, WriteKind Kind, string Id, string Value)
{
    public override string ToString() => $"{Kind} of {Key} ({Id}, {Value.Length} characters)";
}

/// <summary>A revision read back from a bucket's stream.</summary>
internal readonly record struct StoredRevision(ulong Sequence, KeyWrite Write);

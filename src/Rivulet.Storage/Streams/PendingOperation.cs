namespace Rivulet.Storage.Streams;

/// <summary>What a commit has to do to the committed view.</summary>
internal enum PendingKind : byte
{
    /// <summary>Make a message visible, and apply what it removes.</summary>
    Message,

    /// <summary>Take away the messages of a list.</summary>
    RemoveList,

    /// <summary>Take away one message.</summary>
    RemoveOne,

    /// <summary>Take away everything below a sequence.</summary>
    RemoveBelow,

    /// <summary>Put the successor of the index in its place.</summary>
    RemoveAll,

    /// <summary>Move the last sequence.</summary>
    SkipTo,

    /// <summary>The stream is gone.</summary>
    Delete,

    /// <summary>Nothing; the observer hears of the position.</summary>
    Mark,
}

/// <summary>An operation that was appended and is not committed yet.</summary>
internal struct PendingOperation
{
    public PendingKind Kind;
    public RollupScope Rollup;

    /// <summary>RemoveOne: whether the message is to be overwritten as well.</summary>
    public bool Erase;

    /// <summary>Whether headers and payload are compressed in their buffer.</summary>
    public bool IsPacked;
    public ushort SubjectBytes;
    public int HeadersBytes;

    /// <summary>A message's content as it is in its buffer.</summary>
    public int StoredBytes;
    public int ContentOffsetBytes;
    public LogPosition Position;

    /// <summary>The message's sequence; the sequence to remove; the bound; the last sequence.</summary>
    public ulong Sequence;
    public ulong Dropped;
    public ulong Floor;
    public long TimestampNanos;

    /// <summary>A message's content, at ContentOffsetBytes.</summary>
    public byte[]? Buffer;

    /// <summary>The sequences of <see cref="PendingKind.RemoveList"/>.</summary>
    public List<ulong>? Sequences;
}

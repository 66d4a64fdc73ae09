namespace Rivulet.Storage.Checking;

/// <summary>What a finding in a store is about.</summary>
public enum FindingKind
{
    /// <summary>Something in the directory that no store puts there: a server refuses to start.</summary>
    ForeignFile,

    /// <summary>A segment that cannot be used at all: a server refuses to start.</summary>
    UnusableSegment,

    /// <summary>Numbers of segments for which there is no file.</summary>
    MissingSegments,

    /// <summary>Two files stand for the same part of the log.</summary>
    OverlappingSegments,

    /// <summary>A file that a rewriting left behind; the next start deletes it.</summary>
    LeftoverFile,

    /// <summary>A snapshot that is not whole, or that no segment is to; a start does without it.</summary>
    UnusableSnapshot,

    /// <summary>A file is shorter than it was made.</summary>
    CutOff,

    /// <summary>A copy of a segment's header, or what is in it, is not what was written.</summary>
    SegmentHeader,

    /// <summary>Bytes that nothing uses and that should be zero are not.</summary>
    NotZero,

    /// <summary>One bit is wrong, and it is known which: the next start puts it right.</summary>
    WrongBit,

    /// <summary>A record whose header is intact and whose body is not.</summary>
    DamagedRecord,

    /// <summary>A stretch without any readable record.</summary>
    UnreadableStretch,

    /// <summary>Positions say that records were there of which nothing is left.</summary>
    MissingRecords,

    /// <summary>A record with right checksums that says what cannot be.</summary>
    MalformedRecord,

    /// <summary>A record in a rewritten segment does not follow on the one that it names.</summary>
    BrokenLink,

    /// <summary>A message with a sequence that is not above those before it.</summary>
    RepeatedSequence,

    /// <summary>Records of a stream whose creation cannot be read.</summary>
    UnknownStream,

    /// <summary>Records of a stream that rewriting segments left without its description; nothing needs them.</summary>
    LeftoverRecords,

    /// <summary>Messages that are lost with something that cannot be read.</summary>
    LostMessages,

    /// <summary>What recovery makes of the log does not agree with the log or with itself.</summary>
    Disagreement,

    /// <summary>Messages that a repair, or the rewriting of a segment, wrote down as lost.</summary>
    KnownLoss,

    /// <summary>The log ends in a write that did not finish, which was never acknowledged; the next start cuts it off.</summary>
    InterruptedWrite,

    /// <summary>A removed message was being overwritten when the power went; nothing is lost by it.</summary>
    InterruptedErasure,
}

/// <summary>What follows from a kind of finding.</summary>
public static class FindingKinds
{
    extension(FindingKind kind)
    {
        /// <summary>Whether it is damage; otherwise something that a healthy store may have.</summary>
        public bool IsDamage => kind is not (FindingKind.LeftoverFile or FindingKind.LeftoverRecords or FindingKind.UnusableSnapshot
            or FindingKind.KnownLoss or FindingKind.InterruptedWrite or FindingKind.InterruptedErasure);
    }
}

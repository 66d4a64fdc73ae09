namespace Rivulet.Storage.Records;

/// <summary>What a record says. The numbers are stored, see docs/formats/log.md; a number is never given a new meaning.</summary>
internal enum RecordKind : byte
{
    /// <summary>No record: what zeroed space holds.</summary>
    None = 0,

    /// <summary>A stream begins. Its body is that of <see cref="StreamConfigured"/>.</summary>
    StreamCreated = 1,

    /// <summary>A stream's identity, configuration and limits, in full.</summary>
    StreamConfigured = 2,

    /// <summary>A stream and everything in it is gone.</summary>
    StreamDeleted = 3,

    /// <summary>A message, with what it removed.</summary>
    Message = 4,

    /// <summary>Messages are gone, named by sequence.</summary>
    Remove = 5,

    /// <summary>Messages are gone, named by filter and upper bound.</summary>
    Purge = 6,

    /// <summary>The next message has at least this sequence.</summary>
    SkipTo = 7,

    /// <summary>An attachment has this value.</summary>
    AttachmentSet = 8,

    /// <summary>An attachment changed.</summary>
    AttachmentDelta = 9,

    /// <summary>An attachment is gone.</summary>
    AttachmentRemoved = 10,

    /// <summary>The store was closed here, with everything synced.</summary>
    CleanShutdown = 11,

    /// <summary>A stream may have given out sequences up to this one.</summary>
    SequenceReservation = 12,
}

/// <summary>What compaction has to know of a kind of record.</summary>
internal static class RecordKinds
{
    extension(RecordKind kind)
    {
        /// <summary>
        /// Whether a record of this kind is part of what a stream is, like a message, until another one takes its place;
        /// other kinds tell what became of earlier records, and go once those have gone.
        /// </summary>
        public bool IsState => kind is RecordKind.StreamCreated or RecordKind.StreamConfigured
            or RecordKind.AttachmentSet or RecordKind.AttachmentDelta;

        /// <summary>Whether a record of this kind says all that there is to say about what a stream is.</summary>
        public bool IsDescription => kind is RecordKind.StreamCreated or RecordKind.StreamConfigured;
    }
}

using System.Buffers;
using Rivulet.Storage.Records;

namespace Rivulet.Storage.Checking;

/// <summary>Says whether a record whose checksums are right says what a record of its kind can say.</summary>
internal static class RecordCheck
{
    /// <returns>What is wrong with the record, or null.</returns>
    public static string? Complaint(in RecordHeader header, ReadOnlySpan<byte> body, bool isRewritten)
    {
        if (header.Kind == RecordKind.Message)
            return MessageComplaint(in header, body, isRewritten);
        if (header.SubjectBytes != 0 || header.HeadersBytes != 0)
            return "it has lengths that only messages have";
        RecordFlags allowed = header.Kind == RecordKind.Remove ? RecordFlags.Erase : RecordFlags.None;
        if ((header.Flags & ~allowed) != 0)
            return "it has flags that its kind does not have";
        bool needsSequence = header.Kind is RecordKind.SkipTo or RecordKind.SequenceReservation;
        if (needsSequence && header.Sequence == 0)
            return "it has no sequence";
        if (!needsSequence && header.Sequence != 0 && header.Kind != RecordKind.StreamConfigured)
            return "it has a sequence";
        if ((header.StreamId == 0) != (header.Kind == RecordKind.CleanShutdown))
            return "it belongs to the wrong stream";
        return IsBodyRight(header.Kind, body) ? null : "its body is not that of its kind";
    }

    private static bool IsBodyRight(RecordKind kind, ReadOnlySpan<byte> body) => kind switch
    {
        RecordKind.StreamCreated or RecordKind.StreamConfigured => StreamBody.TryRead(body) is not null,
        RecordKind.StreamDeleted or RecordKind.SequenceReservation => body.IsEmpty,
        RecordKind.Remove => RemoveBody.Count(body) >= 0 && Enum.IsDefined(RemoveBody.Reason(body)),
        RecordKind.Purge => PurgeBody.TryRead(body, out _, out _),
        RecordKind.SkipTo => SkipToBody.IsRight(body),
        RecordKind.AttachmentSet or RecordKind.AttachmentDelta => AttachmentBody.TryRead(body, out _, out _),
        RecordKind.AttachmentRemoved => AttachmentBody.TryRead(body, out _, out ReadOnlySpan<byte> value) && value.IsEmpty,
        RecordKind.CleanShutdown => CleanShutdownBody.IsRight(body),
        _ => false,
    };

    private static string? MessageComplaint(in RecordHeader header, ReadOnlySpan<byte> body, bool isRewritten)
    {
        const RecordFlags Batch = RecordFlags.BatchMember | RecordFlags.BatchEnd;
        if (header.StreamId == 0 || header.Sequence == 0 || header.SubjectBytes == 0)
            return "it is a message without a stream, a sequence or a subject";
        if (header.IsCompact && header.IsLinked != isRewritten)
            return "it has a link where there can be none, or lacks one";
        if ((header.Flags & Batch) == Batch || (isRewritten && (header.Flags & Batch) != 0))
            return "it belongs to an atomic batch where there can be none";
        MessageFacts facts = MessageFacts.Read(body[header.ContentBytes..], in header);
        if (facts.Flags != (header.Flags & (RecordFlags.HasExpiry | RecordFlags.HasDropped | RecordFlags.HasFloor | RecordFlags.BatchEnd)))
            return "it announces facts that it does not have";
        if (facts.Dropped >= header.Sequence || facts.Floor > header.Sequence + 1)
            return "it says that messages are gone which come after it";
        return header.IsCompressed && !Unpacks(in header, body[..header.ContentBytes])
            ? "its compressed content does not unpack"
            : null;
    }

    private static bool Unpacks(in RecordHeader header, ReadOnlySpan<byte> content)
    {
        int plainBytes = header.PlainContentBytes(content) - header.SubjectBytes;
        ReadOnlySpan<byte> packed = content[header.SubjectBytes..];

        // One that was erased is zeros, its length included.
        if (plainBytes <= 0)
            return plainBytes == 0 && !packed.ContainsAnyExcept((byte)0);
        byte[] plain = ArrayPool<byte>.Shared.Rent(plainBytes);
        bool unpacks = PackedContent.TryUnpack(packed, plain.AsSpan(0, plainBytes));
        ArrayPool<byte>.Shared.Return(plain);
        return unpacks;
    }
}

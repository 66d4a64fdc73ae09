using System.Text;
using Rivulet.Protocol;
using Rivulet.Simulation.Tests.Model;
using Rivulet.Storage.Records;

namespace Rivulet.Simulation.Tests.Damage;

/// <summary>One record of a sample store, and what it says.</summary>
/// <param name="Path">The file that it lies in.</param>
/// <param name="Start">Where it begins.</param>
/// <param name="Header">Its header.</param>
/// <param name="Body">Its body.</param>
internal sealed record SampleRecord(string Path, long Start, RecordHeader Header, byte[] Body)
{
    private const RecordFlags BatchFlags = RecordFlags.BatchMember | RecordFlags.BatchEnd;

    /// <summary>Where it ends. The zeros behind it, up to where the next one may begin, are none of its bytes.</summary>
    public long End => Start + Header.LengthBytes;

    public uint StreamId => Header.StreamId;

    public bool IsMessage => Header.Kind == RecordKind.Message;

    public bool IsInBatch => IsMessage && (Header.Flags & BatchFlags) != 0;

    public bool EndsBatch => IsMessage && (Header.Flags & RecordFlags.BatchEnd) != 0;

    /// <summary>What it says the stream is, if it says that.</summary>
    public StreamDescription? Description => Header.Kind.IsDescription ? StreamBody.TryRead(Body) : null;

    /// <summary>The attachment that it changes, or null.</summary>
    public string? Attachment =>
        Header.Kind is RecordKind.AttachmentSet or RecordKind.AttachmentDelta or RecordKind.AttachmentRemoved &&
        AttachmentBody.TryRead(Body, out string key, out _) ? key : null;

    /// <summary>Whether any byte of it lies in a part of its file.</summary>
    public bool Overlaps(long start, long end) => Start < end && End > start;

    /// <summary>Whether it says that a message of its stream is gone.</summary>
    public bool Removes(ModelMessage message) => Header.Kind switch
    {
        RecordKind.Message => Pushes(message),
        RecordKind.Remove => Enumerable.Range(0, RemoveBody.Count(Body)).Any(i => RemoveBody.Sequence(Body, i) == message.Sequence),
        RecordKind.Purge => PurgeBody.TryRead(Body, out ulong before, out ReadOnlySpan<byte> filter) &&
            message.Sequence < before && (filter.IsEmpty || Matches(message, filter)),
        RecordKind.StreamDeleted => true,
        _ => false,
    };

    private bool Pushes(ModelMessage message)
    {
        RecordHeader header = Header;
        MessageFacts facts = MessageFacts.Read(Body.AsSpan(header.ContentBytes), in header);
        return facts.Dropped == message.Sequence || facts.Floor > message.Sequence ||
            (message.Sequence < Header.Sequence && ((Header.Flags & RecordFlags.RollupAll) != 0 ||
            ((Header.Flags & RecordFlags.RollupSubject) != 0 && Matches(message, Body.AsSpan(0, Header.SubjectBytes)))));
    }

    private static bool Matches(ModelMessage message, ReadOnlySpan<byte> filter) =>
        Subject.Matches(Encoding.UTF8.GetBytes(message.Subject), filter);
}

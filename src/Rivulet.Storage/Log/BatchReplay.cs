using System.Diagnostics;
using System.Runtime.InteropServices;
using Rivulet.Storage.Records;
using Rivulet.Storage.Streams;

namespace Rivulet.Storage.Log;

/// <summary>
/// Messages of an atomic batch that recovery has seen and that do not count yet: a run with consecutive sequences, one
/// right behind the other in the log. They count when the batch's end is among them with all that it says it has.
/// </summary>
/// <param name="stream">Whose they are.</param>
/// <param name="position">Where in the log they begin.</param>
/// <param name="stretchesBefore">How many unreadable stretches lie in front of them.</param>
internal sealed class BatchReplay(StreamReplay stream, long position, int stretchesBefore)
{
    private readonly List<Member> _members = [];

    public StreamReplay Stream { get; } = stream;

    public long Position { get; } = position;

    public int StretchesBefore { get; } = stretchesBefore;

    public int Count => _members.Count;

    public ulong FirstSequence => _members[0].Header.Sequence;

    /// <summary>Whether a message of the same stream would be the next one of the run.</summary>
    public bool IsContinuedBy(in RecordHeader header) =>
        header.StreamId == _members[^1].Header.StreamId && header.Sequence == _members[^1].Header.Sequence + 1;

    public void Add(in ReplayedMessage message, int segment, int offsetBytes) => _members.Add(new Member(
        message.Header, message.Subject.ToArray(), message.SubjectHash, message.PlainBytes, message.Facts, message.IsBlank,
        segment, offsetBytes));

    /// <summary>
    /// Cuts off what does not belong to the batch that the last message ends: an earlier one that was interrupted, and
    /// whose sequences come right before.
    /// </summary>
    /// <returns>What was cut off, or null.</returns>
    public BatchReplay? CutToBatch()
    {
        int surplus = (int)Math.Max(0, (long)(ulong)Count - (long)Math.Min(Size, int.MaxValue));
        if (surplus == 0)
            return null;
        var earlier = new BatchReplay(Stream, Position, StretchesBefore);
        earlier._members.AddRange(_members.Take(surplus));
        _members.RemoveRange(0, surplus);
        return earlier;
    }

    /// <summary>Whether all of the batch is there that the last message ends.</summary>
    public bool IsComplete => Size == (ulong)Count;

    /// <summary>They count.</summary>
    public void Apply()
    {
        foreach (ref readonly Member member in CollectionsMarshal.AsSpan(_members))
        {
            var message = new ReplayedMessage(
                in member.Header, member.Subject, member.SubjectHash, member.PlainBytes, in member.Facts, member.IsBlank);
            if (message.IsDamaged)
                Stream.LostMessage(in member.Header);
            else
                Stream.Message(in message, member.Segment, member.OffsetBytes);
        }
    }

    /// <summary>They do not count, and their sequences stay used.</summary>
    public void Drop()
    {
        foreach (Member member in _members)
            Stream.Drop(member.Header.Sequence);
    }

    /// <summary>They counted once, and cannot without those that are damaged; whoever recovers finds the same.</summary>
    public void Lose()
    {
        foreach (Member member in _members)
            Stream.Lose(member.Header.Sequence);
    }

    private ulong Size
    {
        get
        {
            Member end = _members[^1];
            Debug.Assert((end.Header.Flags & RecordFlags.BatchEnd) != 0, "only the end knows the size");
            return end.PlainBytes < 0 ? (ulong)Count : end.Facts.BatchSize;
        }
    }

    private readonly struct Member(
        RecordHeader header, byte[] subject, ulong subjectHash, int plainBytes, MessageFacts facts, bool isBlank, int segment,
        int offsetBytes)
    {
        public readonly RecordHeader Header = header;
        public readonly MessageFacts Facts = facts;

        public byte[] Subject { get; } = subject;

        public ulong SubjectHash { get; } = subjectHash;

        public int PlainBytes { get; } = plainBytes;

        public bool IsBlank { get; } = isBlank;

        public int Segment { get; } = segment;

        public int OffsetBytes { get; } = offsetBytes;
    }
}

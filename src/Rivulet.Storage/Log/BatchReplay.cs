using System.Diagnostics;
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

    public void Add(in RecordHeader header, ReadOnlySpan<byte> body, int segment, int offsetBytes) =>
        _members.Add(new Member(header, body.ToArray(), segment, offsetBytes));

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
        foreach (Member member in _members)
        {
            if (member.Body.Length == 0)
                Stream.LostMessage(member.Header);
            else
                Stream.Message(member.Header, member.Body, member.Segment, member.OffsetBytes);
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
            if (end.Body.Length == 0)
                return (ulong)Count;
            return MessageFacts.Read(end.Body.AsSpan(end.Header.ContentBytes), end.Header.Flags).BatchSize;
        }
    }

    /// <summary>A message; with an empty body, one that is damaged: it is lost, and belongs to the batch all the same.</summary>
    private readonly record struct Member(RecordHeader Header, byte[] Body, int Segment, int OffsetBytes);
}

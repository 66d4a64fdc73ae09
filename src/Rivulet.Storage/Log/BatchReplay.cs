using Rivulet.Storage.Records;
using Rivulet.Storage.Streams;

namespace Rivulet.Storage.Log;

/// <summary>
/// The messages of an atomic batch that recovery has seen so far. They count when the batch's end is there with as many
/// messages as it says; otherwise none of them does, and their sequences stay used.
/// </summary>
internal sealed class BatchReplay(StreamReplay stream)
{
    private readonly List<Member> _members = [];
    private ulong _size;

    public StreamReplay Stream { get; } = stream;

    public int Count => _members.Count;

    public ulong FirstSequence => _members[0].Header.Sequence;

    public bool IsComplete => _size == (ulong)_members.Count;

    public bool Contains(ulong sequence) => _members.Exists(member => member.Header.Sequence == sequence);

    public void Add(in RecordHeader header, ReadOnlySpan<byte> body, int segment, int offsetBytes)
    {
        _members.Add(new Member(header, body.ToArray(), segment, offsetBytes));
        if ((header.Flags & RecordFlags.BatchEnd) != 0)
            _size = MessageFacts.Read(body[header.ContentBytes..], header.Flags).BatchSize;
    }

    public void Apply()
    {
        foreach (Member member in _members)
            Stream.Message(member.Header, member.Body, member.Segment, member.OffsetBytes);
    }

    public void Drop()
    {
        foreach (Member member in _members)
            Stream.SkipTo(member.Header.Sequence + 1);
    }

    private readonly record struct Member(RecordHeader Header, byte[] Body, int Segment, int OffsetBytes);
}

using System.Diagnostics;

namespace Rivulet.Storage.Indexing;

/// <summary>
/// Fills an empty <see cref="StreamIndex"/> with committed messages, without a look-up for each: what a snapshot is
/// loaded by. The order of calls: <see cref="Reserve"/>, <see cref="DeclareBlock"/> for every block, then for each
/// subject <see cref="AddSubject"/> and its messages, then <see cref="Finish"/>. What is handed in is checked, since it
/// comes from a file: the loader says false, or the index is thrown away. Not synchronised.
/// </summary>
internal sealed class StreamIndexLoader(StreamIndex index)
{
    private readonly StreamIndex _index = index;
    private readonly List<Message> _messages = [];
    private readonly List<byte[]> _subjects = [];
    private long _declared;

    /// <summary>Says how much is to come, so that nothing has to grow.</summary>
    /// <param name="subjects">How many subjects.</param>
    /// <param name="keyBytes">The length of all of them together.</param>
    public void Reserve(long subjects, long keyBytes)
    {
        Debug.Assert(subjects <= keyBytes, "no subject is empty");
        _subjects.EnsureCapacity((int)Math.Min(subjects, 1 << 20));
    }

    /// <summary>
    /// Says that so many messages will have sequences from blockNumber * <see cref="SequenceBlock.Length"/> on.
    /// Blocks come by ascending number, before the first message.
    /// </summary>
    public bool DeclareBlock(ulong blockNumber, int count)
    {
        _declared += count;
        return count is > 0 and <= SequenceBlock.Length;
    }

    /// <summary>Adds a subject; each is behind the one before in byte order.</summary>
    /// <returns>Its number, or 0 when it is out of order.</returns>
    public int AddSubject(ReadOnlySpan<byte> key)
    {
        if (_subjects.Count > 0 && _subjects[^1].AsSpan().SequenceCompareTo(key) >= 0)
            return 0;
        _subjects.Add(key.ToArray());
        return _subjects.Count;
    }

    /// <summary>Adds a message of the subject that was added last, above the subject's messages so far.</summary>
    /// <returns>False when the sequence is taken, out of order, or in no declared block.</returns>
    public bool AddMessage(
        int subject, ulong sequence, long timestampNanos, int segment, int offsetBytes, int contentBytes, bool hasHeaders,
        int factCount, EntryFlags flags)
    {
        if (subject != _subjects.Count || sequence == 0)
            return false;
        _messages.Add(new Message(
            subject, sequence, timestampNanos, segment, offsetBytes, contentBytes, hasHeaders, factCount, flags));
        return true;
    }

    /// <summary>Makes everything visible.</summary>
    /// <param name="visibleLast">The last sequence that was committed into the index.</param>
    /// <returns>False when what was declared did not come, or a subject has no message; the index is unusable then.</returns>
    public bool Finish(ulong visibleLast)
    {
        _messages.Sort((a, b) => a.Sequence.CompareTo(b.Sequence));
        ulong last = 0;
        foreach (Message message in _messages)
        {
            if (message.Sequence <= last)
                return false;
            last = message.Sequence;
            _index.TailAdd(
                message.Sequence, _subjects[message.Subject - 1], message.ContentBytes, message.HasHeaders,
                message.TimestampNanos);
            ref SequenceEntry entry = ref _index.Sequences[message.Sequence];
            entry.SetPlace(message.Segment, message.OffsetBytes);
            entry.SetSize(message.ContentBytes, message.HasHeaders, message.FactCount);
            entry.SetFlag(message.Flags);
            _index.CommitAdd(message.Sequence);
        }
        return last <= visibleLast && _messages.Count == _declared;
    }

    private readonly record struct Message(
        int Subject, ulong Sequence, long TimestampNanos, int Segment, int OffsetBytes, int ContentBytes, bool HasHeaders,
        int FactCount, EntryFlags Flags);
}

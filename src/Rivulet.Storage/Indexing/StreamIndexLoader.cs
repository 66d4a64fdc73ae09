namespace Rivulet.Storage.Indexing;

/// <summary>
/// Fills an empty <see cref="StreamIndex"/> with committed messages, without a look-up for each: what a snapshot is
/// loaded by. The order of calls: <see cref="Reserve"/>, <see cref="DeclareBlock"/> for every block, then for each
/// subject <see cref="AddSubject"/> and its messages, then <see cref="Finish"/>. What is handed in is checked, since it
/// comes from a file: once the loader has said no, the index is to be released and used for nothing else. Not
/// synchronised.
/// </summary>
internal sealed unsafe class StreamIndexLoader(StreamIndex index)
{
    private readonly StreamIndex _index = index;
    private readonly SubjectTreeBuilder _tree = index.Subjects.BuildTree();
    private ulong _messages;
    private ulong _bytes;
    private ulong _subjects;
    private ulong _last;

    // The subject that was added last, and its messages so far.
    private int _subject;
    private SubjectMessages _subjectMessages;
    private SequenceEntry* _lastEntry;

    /// <summary>Says how much is to come, so that nothing has to grow for it.</summary>
    /// <param name="subjects">How many subjects.</param>
    /// <param name="keyBytes">The length of all of them together.</param>
    /// <returns>False when it is more than an index holds.</returns>
    public bool Reserve(long subjects, long keyBytes) => _index.Subjects.TryReserve(subjects, keyBytes);

    /// <summary>
    /// Says that so many messages will have sequences from blockNumber * <see cref="SequenceBlock.Length"/> on.
    /// Blocks come by ascending number, before the first message.
    /// </summary>
    /// <returns>False when the block is out of order, or its count is none.</returns>
    public bool DeclareBlock(ulong blockNumber, int count) => _index.Sequences.BeginLoading(blockNumber, count);

    /// <summary>Adds a subject; each is behind the one before in byte order.</summary>
    /// <returns>Its number, or 0 when it is out of order or the one before has no message.</returns>
    public int AddSubject(ReadOnlySpan<byte> key)
    {
        if (!EndSubject() || key.IsEmpty || key.Length > SubjectRecords.MaxKeyBytes || !_index.HasRoom)
            return 0;
        _subject = _index.Subjects.AddLast(key, _tree);
        _subjectMessages = default;
        _subjects++;
        return _subject;
    }

    /// <summary>Adds a message of the subject that was added last, above the subject's messages so far.</summary>
    /// <returns>False when the sequence is taken, out of order, or not declared, or a value is beyond what there can be.</returns>
    public bool AddMessage(
        int subject, ulong sequence, long timestampNanos, int segment, int offsetBytes, int contentBytes, bool hasHeaders,
        int factCount, EntryFlags flags)
    {
        if (subject != _subject || subject == 0 || sequence <= _subjectMessages.Last || factCount is < 0 or > 7 ||
            (uint)segment > SequenceEntry.MaxSegment || offsetBytes < 0 || offsetBytes % 8 != 0 ||
            (uint)contentBytes > SequenceEntry.MaxContentBytes || (flags & ~EntryFlags.Lasting) != 0)
        {
            return false;
        }
        SequenceEntry* entry = _index.Sequences.Load(sequence);
        if (entry is null)
            return false;
        entry->Subject = subject;
        entry->TimestampNanos = timestampNanos;
        entry->SetPlace(segment, offsetBytes);
        entry->SetSize(contentBytes, hasHeaders, factCount);
        entry->SetFlag(flags);
        if (_subjectMessages.Count > 0)
            _index.Sequences.LinkLoading(_subjectMessages.Last, _lastEntry, sequence, entry);
        _lastEntry = entry;
        _subjectMessages = _subjectMessages.With(sequence);
        _last = Math.Max(_last, sequence);
        _messages++;
        _bytes += (ulong)_index.Accounting.SizeOf(contentBytes, hasHeaders);
        return true;
    }

    /// <summary>Makes everything visible.</summary>
    /// <param name="visibleLast">The last sequence that was committed into the index.</param>
    /// <returns>False when what was declared did not come, or a sequence came twice.</returns>
    public bool Finish(ulong visibleLast)
    {
        if (!EndSubject() || _last > visibleLast || !_index.Sequences.EndLoading())
            return false;
        _index.Subjects.EndAdding();
        _index.FinishLoading(_messages, _bytes, _subjects, visibleLast);
        return true;
    }

    private bool EndSubject()
    {
        if (_subject == 0)
            return _subjects == 0;
        if (_subjectMessages.Count == 0)
            return false;
        _index.Subjects.SetMessages(_subject, in _subjectMessages);
        return true;
    }
}

namespace Rivulet.Storage.Indexing;

/// <summary>
/// The subjects of a stream by number, found by their bytes through a hash table and in byte order through a
/// <see cref="SubjectTree"/>. A point look-up touches a bucket and a record, and nothing else. Not synchronised.
/// </summary>
internal sealed class SubjectTable
{
    private readonly SubjectRecords _records;
    private readonly SubjectHashTable _hashTable;

    public SubjectTable(ulong seed, IndexMemory? memory = null)
    {
        memory ??= IndexMemory.Unlimited;
        _records = new SubjectRecords(memory);
        _hashTable = new SubjectHashTable(memory, _records, seed);
        Tree = new SubjectTree(memory, _records, _hashTable);
    }

    public SubjectTree Tree { get; }

    public int Count => _hashTable.Count;

    /// <summary>Whether another subject can be added.</summary>
    public bool HasRoom => _records.HasRoom;

    /// <summary>What is committed of a subject.</summary>
    public SubjectMessages this[int subject] => _records.MessagesOf(subject);

    /// <summary>Sends for the memory of what is committed of a subject.</summary>
    public void PrefetchMessages(int subject) => _records.Prefetch(subject);

    public ReadOnlySpan<byte> KeyOf(int subject) => _records.KeyOf(subject);

    /// <summary>The number of a subject, or 0.</summary>
    public int Find(ReadOnlySpan<byte> key) => _hashTable.Find(key, _hashTable.HashOf(key));

    /// <summary>Sends for the memory that <see cref="Find"/> looks at first.</summary>
    public void Prefetch(ReadOnlySpan<byte> key) => _hashTable.Prefetch(_hashTable.HashOf(key));

    /// <summary>The number of a subject, which is added when missing.</summary>
    public int FindOrAdd(ReadOnlySpan<byte> key)
    {
        ulong hash = _hashTable.HashOf(key);
        int subject = _hashTable.Find(key, hash);
        if (subject != 0)
            return subject;
        subject = _records.Add(key);
        _hashTable.Add(subject, hash);
        Tree.Add(subject);
        return subject;
    }

    /// <summary>Adds a subject behind all others.</summary>
    /// <param name="key">Its bytes.</param>
    /// <param name="tree">Builds the tree. After the last one, <see cref="EndAdding"/> is called.</param>
    /// <returns>Its number, or 0 when it is not behind all others.</returns>
    public int AddLast(ReadOnlySpan<byte> key, SubjectTreeBuilder tree)
    {
        if (!tree.IsBehind(key))
            return 0;
        int subject = _records.Add(key);
        _hashTable.AddLater(subject, _hashTable.HashOf(key));
        tree.Add(subject);
        return subject;
    }

    /// <summary>Completes what <see cref="AddLast"/> began.</summary>
    public void EndAdding() => _hashTable.AddDelayed();

    /// <summary>Makes room in an empty table.</summary>
    /// <returns>False when so much does not fit at all.</returns>
    public bool TryReserve(long subjects, long keyBytes)
    {
        if (subjects < 0 || keyBytes < subjects || !SubjectRecords.CanHold(subjects, keyBytes))
            return false;
        _hashTable.Reserve(subjects);
        return true;
    }

    public SubjectTreeBuilder BuildTree() => new(Tree, _records);

    public void Remove(int subject)
    {
        Tree.Remove(subject);
        _hashTable.Remove(subject);
        _records.Remove(subject);
    }

    public void SetMessages(int subject, in SubjectMessages messages) => _records.SetMessages(subject, in messages);

    public int OverlayOf(int subject) => _records.OverlayOf(subject);

    public void SetOverlay(int subject, int overlay) => _records.SetOverlay(subject, overlay);

    /// <summary>Gives all memory back. Empty and usable afterwards.</summary>
    public void Release()
    {
        Tree.Release();
        _hashTable.Release();
        _records.Release();
    }
}

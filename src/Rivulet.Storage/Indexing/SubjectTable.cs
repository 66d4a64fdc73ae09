using System.Diagnostics;

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
    public void Prefetch(ulong hash) => _hashTable.Prefetch(hash);

    /// <summary>The number of a subject, which is added when missing.</summary>
    public int FindOrAdd(ReadOnlySpan<byte> key) => FindOrAdd(key, _hashTable.HashOf(key));

    /// <summary>The same, for whoever knows the hash of the key.</summary>
    public int FindOrAdd(ReadOnlySpan<byte> key, ulong hash)
    {
        Debug.Assert(hash == _hashTable.HashOf(key), "it is the hash of that key");
        int subject = _hashTable.Find(key, hash);
        if (subject != 0)
            return subject;
        subject = _records.Add(key);
        _hashTable.Add(subject, hash);
        Tree.Add(subject);
        return subject;
    }

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

namespace Rivulet.Storage.Indexing;

/// <summary>
/// Builds a <see cref="SubjectTree"/> from keys in byte order: each key becomes the last leaf, and only the branches on
/// the way to the last leaf are looked at. Linear in the number of keys.
/// </summary>
internal sealed class SubjectTreeBuilder(SubjectTree tree, SubjectRecords records)
{
    private readonly SubjectTree _tree = tree;
    private readonly SubjectRecords _records = records;

    // The branches on the way to the last leaf, the root first.
    private readonly Stack<int> _rights = [];
    private int _last;

    /// <summary>Adds a subject behind all others.</summary>
    public void Add(int subject) =>
        Add(subject, _last == 0 ? 0 : SubjectTree.FirstDifference(_records.KeyOf(subject), _records.KeyOf(_last)));

    /// <summary>The same, for whoever knows the first bit in which its key differs from the one before.</summary>
    public void Add(int subject, int bit)
    {
        if (_last == 0)
        {
            _tree.SetRoot(~subject);
            _last = subject;
            return;
        }
        int below = ~_last;
        while (_rights.TryPeek(out int branch) && _tree.Branch(branch).Bit > bit)
            below = _rights.Pop();
        int added = _tree.AddBranch(new SubjectBranch { Bit = bit, Left = below, Right = ~subject });
        if (_rights.TryPeek(out int parent))
            _tree.Branch(parent).Right = added;
        else
            _tree.SetRoot(added);
        _rights.Push(added);
        _last = subject;
    }
}

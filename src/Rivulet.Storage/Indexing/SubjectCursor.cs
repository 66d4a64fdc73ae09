using System.Buffers;

namespace Rivulet.Storage.Indexing;

/// <summary>
/// A place in a <see cref="SubjectTree"/> that moves forward. Lives within one hold of the stream's index lock: any
/// change of the tree invalidates it. Holds the branches at which it went left, which are those it has still to go
/// right of.
/// </summary>
internal ref struct SubjectCursor
{
    private readonly SubjectTree _tree;
    private readonly SubjectTable _table;
    private int[] _lefts;
    private int _depth;
    private int _subject;

    public SubjectCursor(SubjectTable table)
    {
        _table = table;
        _tree = table.Tree;
        _lefts = ArrayPool<int>.Shared.Rent(64);
    }

    /// <summary>The subject that the cursor stands on, or 0 behind the end.</summary>
    public readonly int Subject => _subject;

    public readonly ReadOnlySpan<byte> Key => _table.KeyOf(_subject);

    public readonly void Dispose() => ArrayPool<int>.Shared.Return(_lefts);

    /// <summary>Goes to the first subject of all.</summary>
    public void SeekFirst()
    {
        _depth = 0;
        _tree.Settle();
        GoLeftmost(_tree.Root);
    }

    /// <summary>Goes behind the last subject.</summary>
    public void SeekEnd() => _subject = _depth = 0;

    /// <summary>Goes to the first subject whose key is not before <paramref name="key"/>.</summary>
    public void Seek(scoped ReadOnlySpan<byte> key)
    {
        _depth = 0;
        _tree.Settle();
        if (_tree.Root == 0)
        {
            _subject = 0;
            return;
        }
        int bit = SubjectTree.FirstDifference(key, _table.KeyOf(_tree.Closest(key)));
        int place = _tree.Root;
        while (place > 0 && (bit < 0 || _tree.Branch(place).Bit < bit))
        {
            ref SubjectBranch branch = ref _tree.Branch(place);
            if (SubjectTree.BitAt(key, branch.Bit) != 0)
            {
                place = branch.Right;
            }
            else
            {
                Push(place);
                place = branch.Left;
            }
        }

        // All keys from here down agree with the key up to the bit where they part: either all lie behind it, or none.
        if (bit < 0)
            _subject = ~place;
        else if (SubjectTree.BitAt(key, bit) == 0)
            GoLeftmost(place);
        else
            Next();
    }

    /// <summary>Goes to the next subject.</summary>
    public void Next()
    {
        if (_depth == 0)
        {
            _subject = 0;
            return;
        }
        GoLeftmost(_tree.Branch(_lefts[--_depth]).Right);
    }

    private void GoLeftmost(int place)
    {
        while (place > 0)
        {
            Push(place);
            place = _tree.Branch(place).Left;
        }
        _subject = place == 0 ? 0 : ~place;
    }

    private void Push(int branch)
    {
        if (_depth == _lefts.Length)
        {
            int[] larger = ArrayPool<int>.Shared.Rent(_depth * 2);
            _lefts.AsSpan(0, _depth).CopyTo(larger);
            ArrayPool<int>.Shared.Return(_lefts);
            _lefts = larger;
        }
        _lefts[_depth++] = branch;
    }
}

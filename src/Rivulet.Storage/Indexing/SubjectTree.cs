using System.Diagnostics;
using System.Numerics;

namespace Rivulet.Storage.Indexing;

/// <summary>A branch of a <see cref="SubjectTree"/>.</summary>
internal struct SubjectBranch : ISlabEntry
{
    /// <summary>Where the bit that this branch asks for is clear: a branch if above 0, else the subject ~Left.</summary>
    public int Left;

    /// <summary>Where it is set.</summary>
    public int Right;

    /// <summary>The bit asked for, numbered from the front of the key.</summary>
    public int Bit;

    public int NextFree { readonly get => Bit; set => Bit = value; }
}

/// <summary>
/// The subjects of a stream in byte order: a binary radix tree whose branches hold bit numbers only and whose leaves
/// are subject numbers. It costs twelve bytes a subject, never rebalances, and finds the first subject at or behind
/// any bytes in one descent and a half.
/// <code>
///   a key is read as nine bits a byte: 1, then the eight bits of the byte, most significant first;
///   behind its end all bits are 0, so that "a" sorts before "a.b"
///
///               (bit 12)              each branch asks for a higher bit than the one above it;
///               /      \              all keys below a branch agree on every bit before its own
///          (bit 30)    ~3
///          /      \
///        ~1        ~2
/// </code>
/// Not synchronised. Keys are distinct; what a leaf's key is, its <see cref="SubjectTable"/> knows.
/// </summary>
internal sealed class SubjectTree(SubjectTable table)
{
    private const int BitsPerByte = 9;

    private readonly Slab<SubjectBranch> _branches = new();
    private readonly SubjectTable _table = table;

    // A branch if above 0, a leaf if below, 0 when the tree is empty. Subject numbers start at 1, so ~id is never 0.
    private int _root;

    public bool IsEmpty => _root == 0;

    internal int Root => _root;

    internal ref SubjectBranch Branch(int branch) => ref _branches[branch];

    /// <summary>Adds a subject whose key is not in the tree yet.</summary>
    public void Add(int subject)
    {
        if (_root == 0)
        {
            _root = ~subject;
            return;
        }
        ReadOnlySpan<byte> key = _table.KeyOf(subject);
        int bit = FirstDifference(key, _table.KeyOf(Closest(key)));
        Debug.Assert(bit >= 0, "the key is in the tree already");

        // Growing the slab moves its first array, so the branch is taken before any reference into it.
        int added = _branches.Add();
        ref int place = ref _root;
        while (place > 0 && _branches[place].Bit < bit)
        {
            ref SubjectBranch branch = ref _branches[place];
            if (BitAt(key, branch.Bit) != 0)
                place = ref branch.Right;
            else
                place = ref branch.Left;
        }
        bool right = BitAt(key, bit) != 0;
        _branches[added] = new SubjectBranch
        {
            Bit = bit,
            Left = right ? place : ~subject,
            Right = right ? ~subject : place,
        };
        place = added;
    }

    /// <summary>Removes a subject that is in the tree. Its key must still be readable.</summary>
    public void Remove(int subject)
    {
        ReadOnlySpan<byte> key = _table.KeyOf(subject);
        ref int place = ref _root;
        ref int parent = ref _root;
        while (place > 0)
        {
            parent = ref place;
            ref SubjectBranch branch = ref _branches[place];
            if (BitAt(key, branch.Bit) != 0)
                place = ref branch.Right;
            else
                place = ref branch.Left;
        }
        Debug.Assert(place == ~subject, "the subject is not in the tree");
        if (parent < 0)
        {
            _root = 0;
            return;
        }
        int freed = parent;
        ref SubjectBranch gone = ref _branches[freed];
        parent = gone.Left == ~subject ? gone.Right : gone.Left;
        _branches.Free(freed);
    }

    /// <summary>The leaf that a descent by this key ends at. The tree is not empty.</summary>
    internal int Closest(ReadOnlySpan<byte> key)
    {
        int place = _root;
        while (place > 0)
        {
            ref SubjectBranch branch = ref _branches[place];
            place = BitAt(key, branch.Bit) != 0 ? branch.Right : branch.Left;
        }
        return ~place;
    }

    internal static int BitAt(ReadOnlySpan<byte> key, int bit)
    {
        int index = Math.DivRem(bit, BitsPerByte, out int within);
        if (index >= key.Length)
            return 0;
        return within == 0 ? 1 : (key[index] >> (8 - within)) & 1;
    }

    /// <summary>The first bit in which two keys differ, or -1 when they are the same.</summary>
    internal static int FirstDifference(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        int common = a.CommonPrefixLength(b);
        if (common == a.Length && common == b.Length)
            return -1;
        if (common == a.Length || common == b.Length)
            return common * BitsPerByte;
        int differing = a[common] ^ b[common];
        return (common * BitsPerByte) + 1 + BitOperations.LeadingZeroCount((uint)differing) - 24;
    }
}

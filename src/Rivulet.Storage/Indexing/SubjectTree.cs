using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Rivulet.Storage.Indexing;

/// <summary>A branch of a <see cref="SubjectTree"/>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SubjectBranch : ISlabEntry
{
    /// <summary>Where the bit that this branch asks for is clear: a branch if above 0, else the subject ~Left.</summary>
    public int Left;

    /// <summary>Where it is set.</summary>
    public int Right;

    /// <summary>The bit asked for: sixteen times the byte's place in the key, and the bit's place in the byte.</summary>
    public int Bit;

    public int NextFree { readonly get => Bit; set => Bit = value; }
}

/// <summary>
/// The subjects of a stream in byte order: a binary radix tree whose branches hold bit numbers only and whose leaves
/// are subject numbers. It costs twelve bytes a subject, never rebalances, and finds the first subject at or behind
/// any bytes in one descent and a half.
/// <code>
///   a key is read as nine bits a byte: 1, then the eight bits of the byte, most significant first;
///   behind its end all bits are 0, so that "a" sorts before "a.b". Bit numbers leave 16 to a byte
///
///               (bit 12)              each branch asks for a higher bit than the one above it;
///               /      \              all keys below a branch agree on every bit before its own
///          (bit 30)    ~3
///          /      \
///        ~1        ~2
/// </code>
/// Not synchronised. Keys are distinct.
/// </summary>
/// <param name="memory">Where the memory comes from.</param>
/// <param name="records">The subjects with their keys.</param>
/// <param name="all">Knows all subjects, those that the tree lacks included.</param>
internal sealed class SubjectTree(IndexMemory memory, SubjectRecords records, SubjectHashTable all)
{
    private const int ByteShift = 4;
    private const int BranchChunkBits = 19;

    // How many branches of a descent are remembered, so that the place for a new one is found without another.
    private const int PathBranches = 64;

    // How many subjects are gathered before they enter the tree together.
    private const int BatchSubjects = 32;

    private readonly Slab<SubjectBranch> _branches = new(memory, BranchChunkBits);
    private readonly SubjectRecords _records = records;
    private readonly SubjectHashTable _all = all;

    // A branch if above 0, a leaf if below, 0 when the tree is empty. Subject numbers start at 1, so ~id is never 0.
    private int _root;

    // Subjects that were added and are not in the tree yet.
    private int[] _added = [];
    private int _addedCount;

    // Whether the tree is empty and is built once somebody asks for it.
    private bool _isDeferred;

    internal int Root => _root;

    internal ref SubjectBranch Branch(int branch) => ref _branches[branch];

    /// <summary>Adds a subject whose key is not in the tree yet. It is, once <see cref="Settle"/> was called.</summary>
    public void Add(int subject)
    {
        if (_isDeferred)
            return;
        if (_added.Length == 0)
            _added = new int[BatchSubjects];
        _added[_addedCount++] = subject;
        if (_addedCount == BatchSubjects)
            Settle();
    }

    /// <summary>
    /// Lets an empty tree stay empty until <see cref="Settle"/> is called: to build it from many subjects at once is
    /// quicker than to add them one by one.
    /// </summary>
    public void Defer()
    {
        Debug.Assert(_root == 0 && _addedCount == 0, "the tree is empty");
        _isDeferred = true;
    }

    /// <summary>Brings what was added into the tree. Whoever walks it calls this first.</summary>
    public void Settle()
    {
        if (_isDeferred)
        {
            _isDeferred = false;
            BuildAll();
            return;
        }
        if (_addedCount > 1)
            WarmUp();
        for (int i = 0; i < _addedCount; i++)
            Insert(_added[i]);
        _addedCount = 0;
    }

    private unsafe void BuildAll()
    {
        if (_all.Count == 0)
            return;
        int* subjects = (int*)NativeMemory.Alloc((nuint)_all.Count, sizeof(int));
        try
        {
            var all = new Span<int>(subjects, _all.Count);
            _all.CopyTo(all);
            new SubjectSorter(new SubjectTreeBuilder(this, _records), _records).AddAll(all);
        }
        finally
        {
            NativeMemory.Free(subjects);
        }
    }

    private void Insert(int subject)
    {
        if (_root == 0)
        {
            _root = ~subject;
            return;
        }
        ReadOnlySpan<byte> key = _records.KeyOf(subject);
        Span<int> path = stackalloc int[PathBranches];
        int bit = FirstDifference(key, _records.KeyOf(Closest(key, path, out int depth)));
        Debug.Assert(bit >= 0, "the key is in the tree already");

        // Growing the slab moves its first array, so the branch is taken before any reference into it.
        int added = _branches.Add();
        ref int place = ref PlaceAbove(bit, key, path[..Math.Min(depth, PathBranches)]);
        while (place > 0 && _branches[place].Bit < bit)
            place = ref Side(ref _branches[place], key);
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
        if (_isDeferred)
            return;
        int added = _added.AsSpan(0, _addedCount).IndexOf(subject);
        if (added >= 0)
        {
            _added[added] = _added[--_addedCount];
            return;
        }
        ReadOnlySpan<byte> key = _records.KeyOf(subject);
        ref int place = ref _root;
        ref int parent = ref _root;
        while (place > 0)
        {
            parent = ref place;
            place = ref Side(ref _branches[place], key);
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

    /// <summary>Gives all memory back. Empty and usable afterwards.</summary>
    public void Release()
    {
        _branches.Release();
        _root = _addedCount = 0;
        _isDeferred = false;
    }

    internal void SetRoot(int place) => _root = place;

    internal int AddBranch(in SubjectBranch branch)
    {
        int added = _branches.Add();
        _branches[added] = branch;
        return added;
    }

    /// <summary>The leaf that a descent by this key ends at. The tree is not empty.</summary>
    internal int Closest(ReadOnlySpan<byte> key) => Closest(key, [], out _);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int BitAt(ReadOnlySpan<byte> key, int bit)
    {
        int index = bit >> ByteShift;
        if ((uint)index >= (uint)key.Length)
            return 0;

        // The ninth bit from the right, which is always set, is asked for first.
        return ((key[index] | 0x100) >> (8 - (bit & 15))) & 1;
    }

    /// <summary>The first bit in which two keys differ, or -1 when they are the same.</summary>
    internal static int FirstDifference(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        int common = a.CommonPrefixLength(b);
        if (common == a.Length && common == b.Length)
            return -1;
        if (common == a.Length || common == b.Length)
            return common << ByteShift;
        int differing = a[common] ^ b[common];
        return BitNumber(common, BitOperations.LeadingZeroCount((uint)differing) - 24);
    }

    /// <summary>The number of a bit of a key.</summary>
    /// <param name="index">Which byte.</param>
    /// <param name="bit">Which bit of it, 0 to 7, the highest first.</param>
    internal static int BitNumber(int index, int bit) => (index << ByteShift) + 1 + bit;

    // Perf: without a jump, which would be guessed wrong every other time.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref int Side(ref SubjectBranch branch, ReadOnlySpan<byte> key) =>
        ref Unsafe.Add(ref branch.Left, BitAt(key, branch.Bit));

    /// <summary>
    /// Goes down the tree for all that was added at once, and changes nothing. Each step of one waits for memory; the
    /// steps of all wait together. So the insertions that follow find what they need in the cache.
    /// </summary>
    private void WarmUp()
    {
        Span<int> places = stackalloc int[BatchSubjects];
        places = places[.._addedCount];
        places.Fill(_root);
        bool more = _root > 0;
        while (more)
        {
            more = false;
            for (int i = 0; i < places.Length; i++)
            {
                if (places[i] <= 0)
                    continue;
                places[i] = Side(ref _branches[places[i]], _records.KeyOf(_added[i]));
                more = true;
            }
        }
        int touched = 0;
        foreach (int place in places)
            touched += place == 0 ? 0 : _records.KeyOf(~place).Length;
        Debug.Assert(touched > 0 || _root == 0, "no key is empty");
    }

    private int Closest(ReadOnlySpan<byte> key, scoped Span<int> path, out int depth)
    {
        depth = 0;
        int place = _root;
        while (place > 0)
        {
            if (depth < path.Length)
                path[depth] = place;
            depth++;
            place = Side(ref _branches[place], key);
        }
        return ~place;
    }

    /// <summary>The place below the last branch on the path that asks for a lower bit.</summary>
    private ref int PlaceAbove(int bit, ReadOnlySpan<byte> key, scoped ReadOnlySpan<int> path)
    {
        for (int i = path.Length - 1; i >= 0; i--)
        {
            ref SubjectBranch branch = ref _branches[path[i]];
            if (branch.Bit < bit)
                return ref Side(ref branch, key);
        }
        return ref _root;
    }
}

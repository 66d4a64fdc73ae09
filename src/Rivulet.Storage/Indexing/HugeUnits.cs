using System.Diagnostics;
using System.Numerics;

namespace Rivulet.Storage.Indexing;

/// <summary>
/// Pieces of 128 KiB, sixteen to a huge page: what a full block of sequences takes. So that a look-up among millions of
/// messages does not wait for the page tables as well. A piece that is given back goes back to the system by itself, and
/// the page with its last piece. Thread-safe.
/// </summary>
/// <param name="pages">Where the pages come from.</param>
internal sealed class HugeUnits(HugePages pages)
{
    /// <summary>Size of a piece.</summary>
    public const int UnitBytes = SystemMemory.HugePageBytes / UnitsPerPage;

    private const int UnitsPerPage = 16;
    private const ushort AllUsed = ushort.MaxValue;

    private readonly HugePages _pages = pages;
    private readonly Lock _gate = new();

    // Which pieces of a page are in use, as bits.
    private readonly Dictionary<nint, ushort> _used = [];

    // The pages that have a free piece; any one serves.
    private readonly HashSet<nint> _open = [];
    private nint _current;

    public unsafe byte* Allocate()
    {
        lock (_gate)
        {
            nint page = OpenPage();
            ushort used = _used[page];
            int unit = BitOperations.TrailingZeroCount((ushort)~used);
            used |= (ushort)(1 << unit);
            _used[page] = used;
            if (used == AllUsed)
                _open.Remove(page);
            return (byte*)page + ((nint)unit * UnitBytes);
        }
    }

    public unsafe void Free(byte* memory)
    {
        nint page = (nint)memory & ~(nint)(SystemMemory.HugePageBytes - 1);
        int unit = (int)(((nint)memory - page) / UnitBytes);
        lock (_gate)
        {
            ushort used = _used[page];
            Debug.Assert((used & (1 << unit)) != 0, "a piece that is not in use");
            used &= (ushort)~(1 << unit);
            if (used != 0)
            {
                _used[page] = used;
                _open.Add(page);
                SystemMemory.Discard(memory, UnitBytes);
                return;
            }
            _used.Remove(page);
            _open.Remove(page);
        }
        SystemMemory.UnmapHuge((byte*)page, SystemMemory.HugePageBytes);
    }

    private unsafe nint OpenPage()
    {
        if (_open.Contains(_current))
            return _current;
        _current = 0;
        foreach (nint open in _open)
        {
            _current = open;
            break;
        }
        if (_current == 0)
        {
            _current = (nint)_pages.Map(SystemMemory.HugePageBytes);
            _used.Add(_current, 0);
            _open.Add(_current);
        }
        return _current;
    }
}

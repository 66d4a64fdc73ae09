using System.Diagnostics;
using System.Numerics;

namespace Rivulet.Storage.Indexing;

/// <summary>
/// Pieces of 128 KiB, sixteen to a huge page: what a full block of sequences takes. So that a look-up among millions of
/// messages does not wait for the page tables as well. A piece that is given back goes back to the system by itself, and
/// the page with its last piece. Thread-safe.
/// </summary>
internal sealed class HugeUnits
{
    /// <summary>Size of a piece.</summary>
    public const int UnitBytes = SystemMemory.HugePageBytes / UnitsPerPage;

    private const int UnitsPerPage = 16;
    private const ushort AllUsed = ushort.MaxValue;

    private readonly Lock _gate = new();

    // Which pieces of a page are in use, as bits.
    private readonly Dictionary<nint, ushort> _pages = [];

    // The pages that have a free piece; any one serves.
    private readonly HashSet<nint> _open = [];
    private nint _current;

    public unsafe byte* Allocate()
    {
        lock (_gate)
        {
            nint page = OpenPage();
            ushort used = _pages[page];
            int unit = BitOperations.TrailingZeroCount((ushort)~used);
            used |= (ushort)(1 << unit);
            _pages[page] = used;
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
            ushort used = _pages[page];
            Debug.Assert((used & (1 << unit)) != 0, "a piece that is not in use");
            used &= (ushort)~(1 << unit);
            if (used != 0)
            {
                _pages[page] = used;
                _open.Add(page);
                SystemMemory.Discard(memory, UnitBytes);
                return;
            }
            _pages.Remove(page);
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
            _current = (nint)SystemMemory.MapHuge(SystemMemory.HugePageBytes);
            _pages.Add(_current, 0);
            _open.Add(_current);
        }
        return _current;
    }
}

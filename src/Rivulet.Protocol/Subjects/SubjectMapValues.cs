using System.Diagnostics;

namespace Rivulet.Protocol;

/// <summary>
/// A set of values in a plain array, told apart by reference; past a few values an index by reference keeps adding and
/// removing cheap, because many subscribers to one subject come and go.
/// </summary>
/// <remarks>A removal moves the last value into the gap. Mutable struct: keep it in a field, never in a copy.</remarks>
internal struct SubjectMapValues<T>
    where T : class
{
    private const int ScanMax = 16;

    private T[]? _items;
    private Dictionary<T, int>? _positions;

    /// <summary>The number of values.</summary>
    public int Count { get; private set; }

    /// <summary>The values; valid until the next change.</summary>
    public readonly ReadOnlySpan<T> Items => new(_items, 0, Count);

    /// <summary>Adds a value; false if it is there already.</summary>
    public bool Add(T value)
    {
        if (IndexOf(value) >= 0)
            return false;
        if (_items is null)
            _items = new T[1];
        else if (Count == _items.Length)
            Array.Resize(ref _items, Count * 2);
        _items[Count] = value;
        _positions?.Add(value, Count);
        Count++;
        if (Count > ScanMax && _positions is null)
            BuildPositions();
        return true;
    }

    /// <summary>Removes a value; false if it is not there.</summary>
    public bool Remove(T value)
    {
        int index = IndexOf(value);
        if (index < 0)
            return false;
        Debug.Assert(_items is not null, "A value was found in no array.");
        int last = --Count;
        T moved = _items[last];
        _items[index] = moved;
        _items[last] = null!;
        _positions?.Remove(value);
        if (index != last && _positions is not null)
            _positions[moved] = index;
        if (Count <= ScanMax / 2)
            _positions = null;
        return true;
    }

    private readonly int IndexOf(T value)
    {
        if (_positions is not null)
            return _positions.TryGetValue(value, out int position) ? position : -1;
        ReadOnlySpan<T> items = Items;
        for (int i = 0; i < items.Length; i++)
        {
            if (ReferenceEquals(items[i], value))
                return i;
        }

        return -1;
    }

    private void BuildPositions()
    {
        _positions = new Dictionary<T, int>(ReferenceEqualityComparer.Instance);
        for (int i = 0; i < Count; i++)
            _positions.Add(_items![i], i);
    }
}

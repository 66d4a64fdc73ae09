using System.Buffers;

namespace Rivulet.Storage.Indexing;

/// <summary>
/// Walks the subjects of an index that match at least one filter, in byte order. Lives within one hold of the stream's
/// index lock, and looks at so many subjects only, matching or not; then it pauses, and the walk goes on with another
/// cursor from the key where this one stands.
/// </summary>
internal ref struct SubjectMatchCursor
{
    private readonly IReadOnlyList<ReadOnlyMemory<byte>> _filters;
    private readonly bool _matchesAll;
    private SubjectCursor _cursor;
    private byte[] _target;
    private byte[] _candidate;
    private int _budget;

    /// <summary>Stands before the first match.</summary>
    /// <param name="index">The index to walk.</param>
    /// <param name="filters">The filters.</param>
    /// <param name="matchesAll">Whether to take every subject instead.</param>
    /// <param name="budget">How many subjects to look at.</param>
    public SubjectMatchCursor(
        StreamIndex index, IReadOnlyList<ReadOnlyMemory<byte>> filters, bool matchesAll, int budget)
    {
        _budget = budget;
        _filters = filters;
        _matchesAll = matchesAll;
        _cursor = new SubjectCursor(index.Subjects);
        _target = ArrayPool<byte>.Shared.Rent(256);
        _candidate = ArrayPool<byte>.Shared.Rent(256);
    }

    /// <summary>The subject that the cursor stands on, or 0 behind the end.</summary>
    public readonly int Subject => _cursor.Subject;

    public readonly ReadOnlySpan<byte> Key => _cursor.Key;

    /// <summary>Whether the cursor stopped at a subject that it has not looked at.</summary>
    public bool IsPaused { get; private set; }

    public readonly void Dispose()
    {
        _cursor.Dispose();
        ArrayPool<byte>.Shared.Return(_target);
        ArrayPool<byte>.Shared.Return(_candidate);
    }

    /// <summary>Goes to the first match.</summary>
    /// <returns>Whether there is one.</returns>
    public bool MoveFirst()
    {
        _cursor.SeekFirst();
        return FindMatch();
    }

    /// <summary>Goes to the first match at or behind a key.</summary>
    /// <returns>Whether there is one.</returns>
    public bool MoveTo(scoped ReadOnlySpan<byte> key)
    {
        _cursor.Seek(key);
        return FindMatch();
    }

    /// <summary>Goes to the next match.</summary>
    /// <returns>Whether there is one.</returns>
    public bool MoveNext()
    {
        _cursor.Next();
        return FindMatch();
    }

    private bool FindMatch()
    {
        while (_cursor.Subject != 0)
        {
            if (_budget-- == 0)
            {
                IsPaused = true;
                return false;
            }
            if (_matchesAll)
                return true;
            switch (TestAll(out int targetBytes))
            {
                case FilterStep.Match:
                    return true;
                case FilterStep.Next:
                    _cursor.Next();
                    break;
                case FilterStep.Seek:
                    _cursor.Seek(_target.AsSpan(0, targetBytes));
                    break;
                default:
                    _cursor.SeekEnd();
                    break;
            }
        }
        return false;
    }

    /// <summary>The nearest step that any of the filters allows; a target is left in _target.</summary>
    private FilterStep TestAll(out int targetBytes)
    {
        targetBytes = 0;
        FilterStep nearest = FilterStep.End;
        ReadOnlySpan<byte> key = _cursor.Key;
        for (int i = 0; i < _filters.Count; i++)
        {
            ReadOnlySpan<byte> filter = _filters[i].Span;
            EnsureRoom(key.Length + filter.Length + 1);
            FilterStep step = FilterScan.Test(key, filter, _candidate, out int candidateBytes);
            if (step == FilterStep.Match)
                return FilterStep.Match;
            if (step == FilterStep.Next)
                nearest = FilterStep.Next;
            if (step != FilterStep.Seek || nearest == FilterStep.Next)
                continue;
            if (nearest == FilterStep.End || IsBefore(_candidate.AsSpan(0, candidateBytes), targetBytes))
            {
                (_target, _candidate) = (_candidate, _target);
                targetBytes = candidateBytes;
                nearest = FilterStep.Seek;
            }
        }
        return nearest;
    }

    private readonly bool IsBefore(scoped ReadOnlySpan<byte> candidate, int targetBytes) =>
        candidate.SequenceCompareTo(_target.AsSpan(0, targetBytes)) < 0;

    // Both buffers grow together, as they change places.
    private void EnsureRoom(int bytes)
    {
        if (_candidate.Length >= bytes && _target.Length >= bytes)
            return;
        byte[] target = ArrayPool<byte>.Shared.Rent(bytes * 2);
        _target.CopyTo(target, 0);
        ArrayPool<byte>.Shared.Return(_target);
        _target = target;
        ArrayPool<byte>.Shared.Return(_candidate);
        _candidate = ArrayPool<byte>.Shared.Rent(bytes * 2);
    }
}

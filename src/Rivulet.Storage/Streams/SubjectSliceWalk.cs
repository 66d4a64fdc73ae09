using System.Buffers;
using Rivulet.Storage.Indexing;

namespace Rivulet.Storage.Streams;

/// <summary>Is shown subjects under the stream's index lock.</summary>
internal interface ISubjectVisitor
{
    /// <summary>Looks at a subject that matches.</summary>
    /// <returns>Whether to go on.</returns>
    bool Visit(StreamIndex index, int subject);
}

/// <summary>
/// A walk over matching subjects in byte order, in slices: the index lock is held for one slice at a time, and between
/// slices the walk remembers the key where it stopped. A subject that stays is visited once; one that comes or goes
/// meanwhile may or may not be. In the committed view, subjects without a visible message are shown too.
/// </summary>
internal struct SubjectSliceWalk(IReadOnlyList<ReadOnlyMemory<byte>> filters, bool matchesAll) : IDisposable
{
    /// <summary>How many subjects, matching or not, one hold of the index lock looks at.</summary>
    public const int SliceSubjects = 1024;

    private readonly IReadOnlyList<ReadOnlyMemory<byte>> _filters = filters;
    private readonly bool _matchesAll = matchesAll;

    // The next slice begins at this key, itself included.
    private byte[] _key = [];
    private int _keyBytes;

    /// <summary>Whether everything was walked.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Walks one slice, or less when the visitor does not want to go on.</summary>
    /// <returns>Whether the visitor wants to go on and there is more.</returns>
    public bool MoveSlice<TVisitor>(StreamCore core, bool newest, ref TVisitor visitor)
        where TVisitor : ISubjectVisitor, allows ref struct
    {
        if (IsOver)
            return false;
        bool wanted = true;
        lock (core.Gate)
        {
            StreamIndex index = newest ? core.Newest : core.Committed;
            var cursor = new SubjectMatchCursor(index, _filters, _matchesAll, SliceSubjects);
            bool found = cursor.MoveTo(_key.AsSpan(0, _keyBytes));
            while (found && wanted)
            {
                wanted = visitor.Visit(index, cursor.Subject);
                found = cursor.MoveNext();
            }
            IsOver = !found && !cursor.IsPaused;
            if (!IsOver)
                Keep(cursor.Key);
            cursor.Dispose();
        }
        return wanted && !IsOver;
    }

    /// <summary>Walks to the end, or until the visitor does not want to go on.</summary>
    public void MoveToEnd<TVisitor>(StreamCore core, bool newest, ref TVisitor visitor)
        where TVisitor : ISubjectVisitor, allows ref struct
    {
        while (MoveSlice(core, newest, ref visitor))
        {
        }
    }

    public void Dispose()
    {
        if (_key.Length > 0)
            ArrayPool<byte>.Shared.Return(_key);
        _key = [];
        _keyBytes = 0;
        IsOver = true;
    }

    private void Keep(ReadOnlySpan<byte> key)
    {
        if (_key.Length < key.Length)
        {
            if (_key.Length > 0)
                ArrayPool<byte>.Shared.Return(_key);
            _key = ArrayPool<byte>.Shared.Rent(Math.Max(256, key.Length));
        }
        key.CopyTo(_key);
        _keyBytes = key.Length;
    }
}

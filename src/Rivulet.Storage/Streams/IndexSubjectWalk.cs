using System.Buffers;
using Rivulet.Protocol;
using Rivulet.Storage.Indexing;

namespace Rivulet.Storage.Streams;

/// <summary>A walk over the visible subjects of a stream: copies a slice at a time and hands it out.</summary>
internal sealed class IndexSubjectWalk(StreamCore core, FilterSet filter) : SubjectWalk
{
    private const int BatchSubjects = 256;

    private readonly StreamCore _core = core;
    private SubjectSliceWalk _walk = new(filter.Filters, filter.MatchesAll);
    private Batch _batch = new();
    private int _next;

    public override ReadOnlySpan<byte> Subject => _batch.SubjectAt(_next - 1);

    public override ulong Count => _batch[_next - 1].Count;

    public override ulong First => _batch[_next - 1].First;

    public override ulong Last => _batch[_next - 1].Last;

    public override bool MoveNext()
    {
        while (_next == _batch.Count)
        {
            if (_walk.IsOver)
                return false;
            _batch.Clear();
            _next = 0;
            _walk.MoveSlice(_core, newest: false, ref _batch);
        }
        _next++;
        return true;
    }

    protected override void Dispose(bool disposing)
    {
        _walk.Dispose();
        _batch.Dispose();
        _next = 0;
    }

    private struct Batch() : ISubjectVisitor, IDisposable
    {
        private Item[] _items = ArrayPool<Item>.Shared.Rent(BatchSubjects);
        private byte[] _keys = ArrayPool<byte>.Shared.Rent(BatchSubjects * 32);
        private int _keysBytes;

        public int Count { get; private set; }

        public readonly ref readonly Item this[int i] => ref _items[i];

        public readonly ReadOnlySpan<byte> SubjectAt(int i) => _keys.AsSpan(_items[i].KeyOffset, _items[i].KeyBytes);

        public bool Visit(StreamIndex index, int subject)
        {
            SubjectMessages entry = index.Subjects[subject];
            if (entry.Count == 0)
                return true;
            ReadOnlySpan<byte> key = index.Subjects.KeyOf(subject);
            if (_keys.Length - _keysBytes < key.Length)
                GrowKeys(key.Length);
            key.CopyTo(_keys.AsSpan(_keysBytes));
            _items[Count++] = new Item(entry.Count, entry.First, entry.Last, _keysBytes, key.Length);
            _keysBytes += key.Length;
            return Count < BatchSubjects;
        }

        public void Clear() => Count = _keysBytes = 0;

        public void Dispose()
        {
            if (_items.Length == 0)
                return;
            ArrayPool<Item>.Shared.Return(_items);
            ArrayPool<byte>.Shared.Return(_keys);
            _items = [];
            _keys = [];
            Clear();
        }

        private void GrowKeys(int neededBytes)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(_keysBytes + Math.Max(neededBytes, _keysBytes));
            _keys.AsSpan(0, _keysBytes).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_keys);
            _keys = larger;
        }
    }

    private readonly record struct Item(ulong Count, ulong First, ulong Last, int KeyOffset, int KeyBytes);
}

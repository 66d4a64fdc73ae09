using System.Diagnostics;
using System.Numerics;

namespace Rivulet.JetStream.Streams;

/// <summary>
/// The message ids that a stream has seen within its duplicate window, with the sequences they were stored under. The
/// owner's writer lock guards it. Ids leave in the order in which they came, so that everything lives in two rings and
/// nothing is allocated once they have their size. A flood beyond 33 million ids or a gigabyte of them forgets early.
/// </summary>
/// <remarks>
/// <code>
/// entries  [ . . oldest . . . newest . . ]   ring; an entry points to the next of its hash bucket, older ones last
/// ids      [ . . oldest . . . newest . . ]   ring of bytes; an id never wraps, the rest of the ring is left blank then
/// buckets  index of the newest entry of each, -1 for none
/// </code>
/// Indexes count up for ever and are taken modulo the ring's size, a power of two.
/// </remarks>
internal sealed class DuplicateTable
{
    private const int EntriesMin = 16;
    private const int EntriesMax = 1 << 25;
    private const int IdBytesMin = 512;
    private const int IdBytesMax = 1 << 30;
    private const long None = -1;

    private Entry[] _entries = [];
    private long[] _buckets = [];
    private byte[] _ids = [];
    private long _first;
    private long _end;
    private long _idFirst;
    private long _idEnd;

    /// <summary>Ids remembered.</summary>
    public int Count => (int)(_end - _first);

    /// <summary>Bytes of memory taken.</summary>
    public long MemoryBytes => (_entries.Length * 48L) + (_buckets.Length * 8L) + _ids.Length;

    /// <summary>Finds the sequence of an id.</summary>
    /// <returns>The sequence, 0 if the id is not known.</returns>
    public ulong Find(ReadOnlySpan<byte> id)
    {
        if (Count == 0)
            return 0;
        uint hash = Hash(id);
        for (long at = _buckets[hash & (uint)(_buckets.Length - 1)]; at >= _first; at = EntryAt(at).Next)
        {
            ref Entry entry = ref EntryAt(at);
            if (entry.Hash == hash && IdOf(entry).SequenceEqual(id))
                return entry.Sequence;
        }

        return 0;
    }

    /// <summary>Remembers an id. Times must not go back.</summary>
    /// <param name="id">The id; not empty.</param>
    /// <param name="sequence">Sequence of its message.</param>
    /// <param name="timestampNanos">Time of its message, in nanoseconds since the Unix epoch.</param>
    public void Add(ReadOnlySpan<byte> id, ulong sequence, long timestampNanos)
    {
        Debug.Assert(!id.IsEmpty, "an empty id is no id");
        if (Count == EntriesMax)
            ForgetOldest();
        if (Count == _entries.Length)
            GrowEntries();
        int offset = TakeIdRoom(id.Length);
        id.CopyTo(_ids.AsSpan(offset));

        uint hash = Hash(id);
        ref long bucket = ref _buckets[hash & (uint)(_buckets.Length - 1)];
        EntryAt(_end) = new Entry
        {
            Sequence = sequence,
            TimestampNanos = timestampNanos,
            Next = bucket,
            IdEnd = _idEnd,
            IdOffset = offset,
            IdLength = id.Length,
            Hash = hash,
        };
        bucket = _end++;
    }

    /// <summary>Forgets what is older than a time, in nanoseconds since the Unix epoch.</summary>
    public void ForgetBefore(long timestampNanos)
    {
        while (HasOlderThan(timestampNanos))
            ForgetOldest();
        if (_entries.Length > EntriesMin * 64 && Count < _entries.Length / 8)
            Rebuild(_entries.Length / 4, Math.Max(IdBytesMin, _ids.Length / 4));
    }

    /// <summary>Whether the oldest id is older than a time, in nanoseconds since the Unix epoch.</summary>
    public bool HasOlderThan(long timestampNanos) => _first < _end && EntryAt(_first).TimestampNanos < timestampNanos;

    private void ForgetOldest()
    {
        _idFirst = EntryAt(_first).IdEnd;
        _first++;
        if (Count == 0)
            (_idFirst, _idEnd) = (0, 0);
    }

    private ref Entry EntryAt(long index) => ref _entries[index & (_entries.Length - 1)];

    private ReadOnlySpan<byte> IdOf(in Entry entry) => _ids.AsSpan(entry.IdOffset, entry.IdLength);

    private static uint Hash(ReadOnlySpan<byte> id)
    {
        var hash = default(HashCode);
        hash.AddBytes(id);
        return (uint)hash.ToHashCode();
    }

    /// <summary>Makes room for an id at the end of the ring of bytes.</summary>
    /// <returns>Where in the array.</returns>
    private int TakeIdRoom(int length)
    {
        long start = PlaceFor(length);
        while (start + length - _idFirst > IdBytesMax)
        {
            ForgetOldest();
            start = PlaceFor(length);
        }

        long needed = start + length - _idFirst;
        if (needed > _ids.Length)
        {
            ulong size = BitOperations.RoundUpToPowerOf2((ulong)Math.Max(needed, IdBytesMin));
            Rebuild(_entries.Length, (int)size);
            start = PlaceFor(length);
        }

        _idEnd = start + length;
        return (int)(start & (_ids.Length - 1));
    }

    /// <summary>Where an id would start: right behind the last one, or at the start of the ring if it would wrap.</summary>
    private long PlaceFor(int length)
    {
        if (_ids.Length == 0)
            return _idEnd;
        long inRing = _idEnd & (_ids.Length - 1);
        return inRing + length > _ids.Length ? _idEnd + _ids.Length - inRing : _idEnd;
    }

    private void GrowEntries() => Rebuild(Math.Max(EntriesMin, _entries.Length * 2), Math.Max(IdBytesMin, _ids.Length));

    /// <summary>Moves everything into rings of another size.</summary>
    private void Rebuild(int entryCount, int idBytes)
    {
        (Entry[] oldEntries, byte[] oldIds, long first, long end) = (_entries, _ids, _first, _end);
        long live = 0;
        for (long i = first; i < end; i++)
            live += oldEntries[i & (oldEntries.Length - 1)].IdLength;
        while (idBytes < live)
            idBytes *= 2;

        _entries = new Entry[entryCount];
        _buckets = new long[entryCount * 2];
        _ids = new byte[idBytes];
        Array.Fill(_buckets, None);
        (_first, _end, _idFirst, _idEnd) = (0, 0, 0, 0);
        for (long i = first; i < end; i++)
        {
            Entry old = oldEntries[i & (oldEntries.Length - 1)];
            Add(oldIds.AsSpan(old.IdOffset, old.IdLength), old.Sequence, old.TimestampNanos);
        }
    }

    private struct Entry
    {
        public ulong Sequence;
        public long TimestampNanos;
        public long Next;
        public long IdEnd;
        public int IdOffset;
        public int IdLength;
        public uint Hash;
    }
}

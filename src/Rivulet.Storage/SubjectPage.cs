using Rivulet.Storage.Indexing;

namespace Rivulet.Storage;

/// <summary>
/// Subjects with the newest message of each as of a sequence, all as one look at the committed view found them. Made once and
/// filled many times. It remembers where the messages lie, so that they can be read although others have taken their place
/// since, as long as the store has not rewritten what they lay in. One thread at a time.
/// </summary>
public sealed class SubjectPage
{
    private readonly List<PageItem> _items = [];
    private byte[] _keys = [];
    private int _keysBytes;

    /// <summary>How many subjects it has.</summary>
    public int Count => _items.Count;

    /// <summary>The last sequence that was committed when it was filled.</summary>
    public ulong LastSequence { get; private set; }

    /// <summary>
    /// As of this sequence and later ones, no subject has lost the message that was its newest to a newer one that came later.
    /// Of subjects that lost all their messages it says nothing, and after recovery nothing of what happened before.
    /// </summary>
    public ulong HeldFrom { get; private set; }

    /// <summary>Whether nothing of the range follows.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Where the next page of the range begins; empty when it is over.</summary>
    public ReadOnlyMemory<byte> Next { get; private set; }

    /// <summary>A subject. Valid until the page is filled again.</summary>
    public ReadOnlySpan<byte> SubjectAt(int index) => _keys.AsSpan(_items[index].KeyOffset, _items[index].KeyBytes);

    /// <summary>Sequence of its newest message as of the page's bound; 0 if it had none, or has lost it.</summary>
    public ulong SequenceAt(int index) => _items[index].Sequence;

    /// <summary>How many messages of the subject are kept, up to the page's bound.</summary>
    public ulong MessagesAt(int index) => _items[index].Messages;

    /// <summary>Whether that newest message has headers.</summary>
    public bool HasHeadersAt(int index) => _items[index].Entry.HasHeaders;

    /// <summary>When that message came, in nanoseconds since the Unix epoch.</summary>
    public long TimestampNanosAt(int index) => _items[index].Entry.TimestampNanos;

    /// <summary>Subject, headers and payload of that message together, in bytes.</summary>
    public int ContentBytesAt(int index) => _items[index].Entry.ContentBytes;

    /// <summary>Where that message lies, or lay.</summary>
    internal ref readonly SequenceEntry EntryAt(int index) =>
        ref System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_items)[index].Entry;

    /// <summary>Begins to fill it. Under the stream's index lock, as all that follows.</summary>
    internal void Begin(ulong lastSequence, ulong heldFrom)
    {
        _items.Clear();
        _keysBytes = 0;
        (LastSequence, HeldFrom, IsOver, Next) = (lastSequence, heldFrom, true, default);
    }

    internal void Add(ReadOnlySpan<byte> key, ulong sequence, ulong messages, in SequenceEntry entry)
    {
        if (_keys.Length - _keysBytes < key.Length)
            Array.Resize(ref _keys, Math.Max(1024, (_keysBytes + key.Length) * 2));
        key.CopyTo(_keys.AsSpan(_keysBytes));
        _items.Add(new PageItem(_keysBytes, key.Length, sequence, messages, entry));
        _keysBytes += key.Length;
    }

    internal void StopAt(ReadOnlySpan<byte> next) => (IsOver, Next) = (false, next.ToArray());

    private readonly struct PageItem(
        int keyOffset, int keyBytes, ulong sequence, ulong messages, in SequenceEntry entry)
    {
        public readonly int KeyOffset = keyOffset;
        public readonly int KeyBytes = keyBytes;
        public readonly ulong Sequence = sequence;
        public readonly ulong Messages = messages;
        public readonly SequenceEntry Entry = entry;
    }
}

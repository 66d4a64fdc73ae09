using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Rivulet.Storage.Indexing;

/// <summary>
/// Subjects with what is committed of each, one record a subject, so that a look-up that reads the key has the rest in
/// hand. A subject's number is the place of its record.
/// <code>
///    0  8  sequence of the newest committed message
///    8  4  number of committed messages, 0 or 1; or the number of a SubjectMore, with the highest bit set
///   12  2  length of the key
///   14     the key
/// </code>
/// Not synchronised; spans are valid until the next addition or removal.
/// </summary>
internal sealed unsafe class SubjectRecords(IndexMemory memory)
{
    public const int MaxKeyBytes = ushort.MaxValue;

    private const int LinkAt = 8;
    private const int LengthAt = 12;
    private const int KeyAt = 14;
    private const uint HasMore = 1u << 31;
    private const int MoreChunkBits = 17;
    private const int LineBytes = 64;

    private readonly NativeArena _arena = new(memory);
    private readonly Slab<SubjectMore> _more = new(memory, MoreChunkBits);

    /// <summary>Whether another subject can be added.</summary>
    public bool HasRoom => _arena.HasRoom;

    public int Add(ReadOnlySpan<byte> key)
    {
        uint reference = _arena.Add(KeyAt + key.Length);
        byte* record = _arena.At(reference);
        Unsafe.WriteUnaligned(record, 0UL);
        Unsafe.WriteUnaligned(record + LinkAt, 0u);
        Unsafe.WriteUnaligned(record + LengthAt, (ushort)key.Length);
        key.CopyTo(new Span<byte>(record + KeyAt, key.Length));
        return (int)reference;
    }

    public void Remove(int subject)
    {
        byte* record = _arena.At((uint)subject);
        Debug.Assert((Link(record) & HasMore) == 0, "a subject with an overlay or messages is not removed");
        _arena.Free((uint)subject, KeyAt + Unsafe.ReadUnaligned<ushort>(record + LengthAt));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<byte> KeyOf(int subject)
    {
        byte* record = _arena.At((uint)subject);
        return new ReadOnlySpan<byte>(record + KeyAt, Unsafe.ReadUnaligned<ushort>(record + LengthAt));
    }

    /// <summary>Sends for the memory of a subject's record; of a long key, for its beginning.</summary>
    public void Prefetch(int subject)
    {
        if (!Sse.IsSupported)
            return;
        byte* record = _arena.At((uint)subject);
        Sse.Prefetch0(record);
        Sse.Prefetch0(record + LineBytes);
    }

    public SubjectMessages MessagesOf(int subject)
    {
        byte* record = _arena.At((uint)subject);
        ulong last = Unsafe.ReadUnaligned<ulong>(record);
        uint link = Link(record);
        if ((link & HasMore) == 0)
            return new SubjectMessages(last, last, link);
        ref SubjectMore more = ref More(link);
        return new SubjectMessages(more.First, last, more.Count);
    }

    public void SetMessages(int subject, in SubjectMessages messages)
    {
        byte* record = _arena.At((uint)subject);
        Unsafe.WriteUnaligned(record, messages.Last);
        uint link = Link(record);
        if ((link & HasMore) == 0)
        {
            if (messages.Count <= 1)
            {
                Unsafe.WriteUnaligned(record + LinkAt, messages.Count);
                return;
            }
            link = AddMore(record);
        }
        ref SubjectMore more = ref More(link);
        more.First = messages.First;
        more.Count = messages.Count;
        DropMoreIfNeedless(record);
    }

    public int OverlayOf(int subject)
    {
        uint link = Link(_arena.At((uint)subject));
        return (link & HasMore) == 0 ? 0 : More(link).Overlay;
    }

    /// <summary>Gives a subject an overlay, or takes it away.</summary>
    public void SetOverlay(int subject, int overlay)
    {
        byte* record = _arena.At((uint)subject);
        uint link = Link(record);
        if ((link & HasMore) == 0)
            link = AddMore(record);
        More(link).Overlay = overlay;
        DropMoreIfNeedless(record);
    }

    /// <summary>Gives all memory back. Empty and usable afterwards.</summary>
    public void Release()
    {
        _arena.Release();
        _more.Release();
    }

    private static uint Link(byte* record) => Unsafe.ReadUnaligned<uint>(record + LinkAt);

    private ref SubjectMore More(uint link) => ref _more[(int)(link & ~HasMore)];

    private uint AddMore(byte* record)
    {
        int added = _more.Add();
        ref SubjectMore more = ref _more[added];
        more.First = Unsafe.ReadUnaligned<ulong>(record);
        more.Count = Link(record);
        uint link = (uint)added | HasMore;
        Unsafe.WriteUnaligned(record + LinkAt, link);
        return link;
    }

    private void DropMoreIfNeedless(byte* record)
    {
        uint link = Link(record);
        ref SubjectMore more = ref More(link);
        if (more.Overlay != 0 || more.Count > 1)
            return;
        Unsafe.WriteUnaligned(record + LinkAt, more.Count);
        _more.Free((int)(link & ~HasMore));
    }
}

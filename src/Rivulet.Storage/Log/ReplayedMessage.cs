using System.Diagnostics.CodeAnalysis;
using Rivulet.Storage.Indexing;
using Rivulet.Storage.Records;

namespace Rivulet.Storage.Log;

/// <summary>
/// What recovery needs of a message: everything that its record says but for what it holds. Read from the record, or
/// from the snapshot of its segment; which of them makes no difference to anybody.
/// </summary>
internal readonly ref struct ReplayedMessage(
    in RecordHeader header, ReadOnlySpan<byte> subject, ulong subjectHash, int plainBytes, scoped in MessageFacts facts,
    bool isBlank)
{
    // Perf: handed down a long way, so the larger half is not copied.
    private readonly ref readonly RecordHeader _header = ref header;
    private readonly MessageFacts _facts = facts;

    /// <summary>The header of its record.</summary>
    public ref readonly RecordHeader Header => ref _header;

    public ReadOnlySpan<byte> Subject { get; } = subject;

    /// <summary>The hash of the subject; 0 until somebody computed it.</summary>
    public ulong SubjectHash { get; } = subjectHash;

    /// <summary>Subject, headers and payload together, as they were published.</summary>
    public int PlainBytes { get; } = plainBytes;

    [UnscopedRef]
    public ref readonly MessageFacts Facts => ref _facts;

    /// <summary>Whether headers and payload are nothing but zeros, so that there is nothing to erase.</summary>
    public bool IsBlank { get; } = isBlank;

    /// <summary>Whether nothing but its header is known: it is lost, and belongs to its batch all the same.</summary>
    public bool IsDamaged => PlainBytes < 0;

    public static ReplayedMessage Damaged(in RecordHeader header) => new(in header, [], 0, -1, default, isBlank: false);

    /// <summary>Reads a message from the body of its record, which is intact.</summary>
    /// <returns>Whether it says what can be.</returns>
    public static bool TryRead(in RecordHeader header, ReadOnlySpan<byte> body, out ReplayedMessage message) =>
        TryRead(in header, body, hash: null, out message);

    /// <summary>The same, with the hash of its subject.</summary>
    public static bool TryRead(
        in RecordHeader header, ReadOnlySpan<byte> body, SubjectHash? hash, out ReplayedMessage message)
    {
        ReadOnlySpan<byte> content = body[..header.ContentBytes];
        ReadOnlySpan<byte> subject = content[..header.SubjectBytes];
        int plainBytes = header.PlainContentBytes(content);
        bool isBlank = !content[header.SubjectBytes..].ContainsAnyExcept((byte)0);
        message = new ReplayedMessage(
            in header, subject, hash?.Compute(subject) ?? 0, plainBytes,
            MessageFacts.Read(body[header.ContentBytes..], in header), isBlank);
        return !message.IsDamaged;
    }
}

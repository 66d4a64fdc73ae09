using Rivulet.Storage.Records;

namespace Rivulet.Storage.Log;

/// <summary>
/// What recovery needs of a message: everything that its record says but for what it holds. Read from the record, or
/// from the snapshot of its segment; which of them makes no difference to anybody.
/// </summary>
internal readonly ref struct ReplayedMessage(
    scoped in RecordHeader header, ReadOnlySpan<byte> subject, int plainBytes, scoped in MessageFacts facts, bool isBlank)
{
    private readonly RecordHeader _header = header;
    private readonly MessageFacts _facts = facts;

    /// <summary>The header of its record.</summary>
    public RecordHeader Header => _header;

    public ReadOnlySpan<byte> Subject { get; } = subject;

    /// <summary>Subject, headers and payload together, as they were published.</summary>
    public int PlainBytes { get; } = plainBytes;

    public MessageFacts Facts => _facts;

    /// <summary>Whether headers and payload are nothing but zeros, so that there is nothing to erase.</summary>
    public bool IsBlank { get; } = isBlank;

    /// <summary>Whether nothing but its header is known: it is lost, and belongs to its batch all the same.</summary>
    public bool IsDamaged => PlainBytes < 0;

    public static ReplayedMessage Damaged(scoped in RecordHeader header) => new(in header, [], -1, default, isBlank: false);

    /// <summary>Reads a message from the body of its record, which is intact.</summary>
    /// <returns>Whether it says what can be.</returns>
    public static bool TryRead(scoped in RecordHeader header, ReadOnlySpan<byte> body, out ReplayedMessage message)
    {
        ReadOnlySpan<byte> content = body[..header.ContentBytes];
        int plainBytes = header.PlainContentBytes(content);
        bool isBlank = !content[header.SubjectBytes..].ContainsAnyExcept((byte)0);
        message = new ReplayedMessage(
            in header, content[..header.SubjectBytes], plainBytes,
            MessageFacts.Read(body[header.ContentBytes..], header.Flags), isBlank);
        return !message.IsDamaged;
    }
}

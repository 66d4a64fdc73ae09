using Rivulet.Storage.Records;

namespace Rivulet.Storage.Log;

/// <summary>
/// What recovery needs of one record, taken from the record or read from the snapshot of its segment. Kept by whoever
/// fills it, to be filled again.
/// </summary>
internal sealed class RecordEntry
{
    private byte[] _bytes = new byte[64];
    private int _length;

    /// <summary>
    /// The record's header. In a snapshot of a segment that was not rewritten, <see cref="RecordHeader.UnsyncedBytes"/>
    /// is 0: all of such a segment is synced.
    /// </summary>
    public RecordHeader Header;

    /// <summary>Message: what its record says behind the content.</summary>
    public MessageFacts Facts;

    /// <summary>Where in the segment the record starts.</summary>
    public int OffsetBytes { get; set; }

    /// <summary>Message: subject, headers and payload together, as they were published.</summary>
    public int PlainBytes { get; set; }

    public bool IsMessage => Header.Kind == RecordKind.Message;

    /// <summary>Message: its subject. Any other record: its body.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    /// <summary>Message: the hash of its subject, once somebody set it.</summary>
    public ulong SubjectHash { get; set; }

    /// <summary>
    /// Message: whether headers and payload are nothing but zeros, so that there is nothing to erase. A snapshot does not
    /// say so of any: what a look at the record says of it holds for the moment, and a snapshot lasts.
    /// </summary>
    public bool IsBlank { get; set; }

    /// <summary>The message.</summary>
    public ReplayedMessage Message => new(in Header, Bytes, SubjectHash, PlainBytes, in Facts, IsBlank);

    /// <summary>Takes a record that is intact.</summary>
    /// <returns>Whether it says what can be.</returns>
    public bool TryTake(in RecordHeader header, ReadOnlySpan<byte> record, int offsetBytes)
    {
        Header = header;
        OffsetBytes = offsetBytes;
        ReadOnlySpan<byte> body = RecordBody.Of(record, header.HeaderBytes);
        if (!IsMessage)
        {
            Set([], body);
            return true;
        }
        if (!ReplayedMessage.TryRead(in header, body, out ReplayedMessage message))
            return false;
        Set([], message.Subject);
        (PlainBytes, Facts, IsBlank) = (message.PlainBytes, message.Facts, message.IsBlank);
        return true;
    }

    /// <summary>Whether a record says what this entry says of it.</summary>
    /// <param name="record">What the record says.</param>
    /// <param name="isRewritten">Whether it lies in a rewritten segment, where records are linked.</param>
    public bool IsSameAs(RecordEntry record, bool isRewritten)
    {
        RecordHeader header = record.Header;
        if (!isRewritten)
            header.UnsyncedBytes = 0;
        bool isSame = EqualityComparer<RecordHeader>.Default.Equals(header, Header) &&
            OffsetBytes == record.OffsetBytes && Bytes.SequenceEqual(record.Bytes);
        return isSame && (!IsMessage ||
            (EqualityComparer<MessageFacts>.Default.Equals(Facts, record.Facts) && HasSizeOf(record)));
    }

    // Of compressed content that was overwritten nobody knows how long it was.
    private bool HasSizeOf(RecordEntry record) => PlainBytes == record.PlainBytes ||
        (Header.IsCompressed && Header.SubjectBytes is var none && (PlainBytes == none || record.PlainBytes == none));

    /// <summary>Sets <see cref="Bytes"/>, which are in two parts. Neither may be its own.</summary>
    public void Set(ReadOnlySpan<byte> start, ReadOnlySpan<byte> rest)
    {
        _length = start.Length + rest.Length;
        if (_bytes.Length < _length)
            _bytes = new byte[_length * 2];
        start.CopyTo(_bytes);
        rest.CopyTo(_bytes.AsSpan(start.Length));
    }
}

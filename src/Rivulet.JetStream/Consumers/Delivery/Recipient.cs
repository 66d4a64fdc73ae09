namespace Rivulet.JetStream.Consumers.Delivery;

/// <summary>
/// To whom the next message goes. The pump owns one and uses it again; what it holds is a copy, so that it stays good when
/// the lock is released.
/// </summary>
internal sealed class Recipient
{
    private byte[] _subject = new byte[128];
    private int _subjectLength;

    /// <summary>Subject that picks the receivers.</summary>
    public ReadOnlySpan<byte> Subject => _subject.AsSpan(0, _subjectLength);

    /// <summary>Pull request that it answers; 0 for none.</summary>
    public long Ticket { get; private set; }

    /// <summary>Pin that the message tells the client, empty for one that asks without a group; <c>null</c> if nobody is pinned.</summary>
    public string? PinId { get; private set; }

    /// <summary>Sets everything.</summary>
    public void Set(ReadOnlySpan<byte> subject, long ticket = 0, string? pinId = null)
    {
        if (_subject.Length < subject.Length)
            _subject = new byte[subject.Length];
        subject.CopyTo(_subject);
        _subjectLength = subject.Length;
        Ticket = ticket;
        PinId = pinId;
    }
}

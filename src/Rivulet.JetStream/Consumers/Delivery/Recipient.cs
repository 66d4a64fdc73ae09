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

    /// <summary>Queue group among them; <c>null</c> for the plain subscriptions.</summary>
    public string? QueueGroup { get; private set; }

    /// <summary>Pull request that it answers; 0 for none.</summary>
    public long Ticket { get; private set; }

    /// <summary>Pin that the message tells the client; empty for none.</summary>
    public string PinId { get; private set; } = "";

    /// <summary>Sets everything.</summary>
    public void Set(ReadOnlySpan<byte> subject, string? queueGroup = null, long ticket = 0, string pinId = "")
    {
        if (_subject.Length < subject.Length)
            _subject = new byte[subject.Length];
        subject.CopyTo(_subject);
        _subjectLength = subject.Length;
        QueueGroup = queueGroup;
        Ticket = ticket;
        PinId = pinId;
    }
}

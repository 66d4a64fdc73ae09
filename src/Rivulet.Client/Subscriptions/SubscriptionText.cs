namespace Rivulet.Client;

/// <summary>Subject and queue group of a subscription as UTF-8, for as long as its operation is being written.</summary>
internal ref struct SubscriptionText
{
    private readonly long _sid;
    private Utf8Text _subject;
    private Utf8Text _queueGroup;

    public SubscriptionText(SubscriptionTarget target, Span<byte> subjectBuffer, Span<byte> queueGroupBuffer)
    {
        _sid = target.Sid;
        _subject = new Utf8Text(target.Subject, subjectBuffer);
        _queueGroup = new Utf8Text(target.QueueGroup ?? "", queueGroupBuffer);
    }

    /// <summary>The operation that subscribes, for at most a number of messages; 0 for no end.</summary>
    public readonly OutboundSubscribe Operation(int maxMessages) =>
        new(_subject.Bytes, _queueGroup.Bytes, _sid, maxMessages);

    public void Dispose()
    {
        _subject.Dispose();
        _queueGroup.Dispose();
    }
}

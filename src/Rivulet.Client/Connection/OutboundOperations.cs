using Rivulet.Protocol;

namespace Rivulet.Client;

/// <summary>PUB, or HPUB if there are headers.</summary>
internal readonly ref struct OutboundPublish : IOutboundOperation
{
    private readonly ReadOnlySpan<byte> _subject;
    private readonly ReadOnlySpan<byte> _replyTo;
    private readonly ReadOnlySpan<byte> _headerBlock;
    private readonly ReadOnlySpan<byte> _payload;

    public OutboundPublish(
        ReadOnlySpan<byte> subject,
        ReadOnlySpan<byte> replyTo,
        ReadOnlySpan<byte> headerBlock,
        ReadOnlySpan<byte> payload)
    {
        _subject = subject;
        _replyTo = replyTo;
        _headerBlock = headerBlock;
        _payload = payload;
    }

    public int MaxLength => ClientOperationWriter.MaxPublishLength(
        _subject.Length, _replyTo.Length, _headerBlock.Length + _payload.Length);

    public int Write(Span<byte> destination) =>
        ClientOperationWriter.WritePublish(destination, _subject, _replyTo, _headerBlock, _payload);
}

/// <summary>SUB, and behind it an UNSUB with a count if the subscription is to end by itself.</summary>
internal readonly ref struct OutboundSubscribe : IOutboundOperation
{
    private readonly ReadOnlySpan<byte> _subject;
    private readonly ReadOnlySpan<byte> _queueGroup;
    private readonly long _sid;
    private readonly int _maxMessages;

    /// <param name="subject">Subject or filter.</param>
    /// <param name="queueGroup">Empty for none.</param>
    /// <param name="sid">Number.</param>
    /// <param name="maxMessages">Messages after which it ends; 0 for never.</param>
    public OutboundSubscribe(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> queueGroup, long sid, int maxMessages)
    {
        _subject = subject;
        _queueGroup = queueGroup;
        _sid = sid;
        _maxMessages = maxMessages;
    }

    public int MaxLength => ClientOperationWriter.MaxSubscribeLength(_subject.Length, _queueGroup.Length)
        + ClientOperationWriter.MaxUnsubscribeLength;

    public int Write(Span<byte> destination)
    {
        int written = ClientOperationWriter.WriteSubscribe(destination, _subject, _queueGroup, _sid);
        return _maxMessages == 0
            ? written
            : written + ClientOperationWriter.WriteUnsubscribe(destination[written..], _sid, _maxMessages);
    }
}

/// <summary>UNSUB at once.</summary>
internal readonly struct OutboundUnsubscribe(long sid) : IOutboundOperation
{
    public int MaxLength => ClientOperationWriter.MaxUnsubscribeLength;

    public int Write(Span<byte> destination) => ClientOperationWriter.WriteUnsubscribe(destination, sid, 0);
}

/// <summary>PING.</summary>
internal readonly struct OutboundPing : IOutboundOperation
{
    public int MaxLength => ClientOperationWriter.Ping.Length;

    public int Write(Span<byte> destination)
    {
        ClientOperationWriter.Ping.CopyTo(destination);
        return ClientOperationWriter.Ping.Length;
    }
}

/// <summary>PONG.</summary>
internal readonly struct OutboundPong : IOutboundOperation
{
    public int MaxLength => ClientOperationWriter.Pong.Length;

    public int Write(Span<byte> destination)
    {
        ClientOperationWriter.Pong.CopyTo(destination);
        return ClientOperationWriter.Pong.Length;
    }
}

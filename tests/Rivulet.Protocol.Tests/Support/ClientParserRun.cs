namespace Rivulet.Protocol.Tests.Support;

/// <summary>A run of the parser of client operations, with the server side's handler.</summary>
internal sealed class ClientParserRun(ParserLimits limits, bool stopAfterEach) : ParserRun(limits), IClientOperationHandler
{
    public bool OnConnect(ReadOnlySpan<byte> json)
    {
        Limits.AwaitConnect = false;
        return Note("CONNECT" + Field("json", json));
    }

    public bool OnPublish(in PublishOperation operation)
    {
        string headers = operation.HeaderSizeDigits.IsEmpty
            ? ""
            : Field("header-digits", operation.HeaderSizeDigits) + Field("headers", operation.Headers);
        return Note(
            "PUB" + Field("subject", operation.Subject) + Field("reply", operation.ReplyTo) + headers
            + Field("digits", operation.SizeDigits) + Field("payload", operation.Payload));
    }

    public bool OnSubscribe(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> queueGroup, ReadOnlySpan<byte> sid)
    {
        return Note("SUB" + Field("subject", subject) + Field("queue", queueGroup) + Field("sid", sid));
    }

    public bool OnUnsubscribe(ReadOnlySpan<byte> sid, int maxMessages)
    {
        return Note("UNSUB" + Field("sid", sid) + $" max={maxMessages}");
    }

    public bool OnPing() => Note("PING");

    public bool OnPong() => Note("PONG");

    protected override ParseStatus Parse(ReadOnlySpan<byte> buffer, out int consumed, out int neededBytes)
    {
        ClientParserRun handler = this;
        return ClientOperationParser.Parse(buffer, in Limits, ref handler, out consumed, out neededBytes);
    }

    private bool Note(string line)
    {
        Events.Add(line);
        return !stopAfterEach;
    }
}

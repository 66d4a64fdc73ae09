namespace Rivulet.Protocol.Tests.Support;

/// <summary>A run of the parser of server operations, with the client side's handler.</summary>
internal sealed class ServerParserRun(ParserLimits limits, bool stopAfterEach) : ParserRun(limits), IServerOperationHandler
{
    public bool OnInfo(ReadOnlySpan<byte> json) => Note("INFO" + Field("json", json));

    public bool OnMessage(in MessageOperation operation)
    {
        return Note(
            "MSG" + Field("subject", operation.Subject) + Field("sid", operation.Sid) + Field("reply", operation.ReplyTo)
            + Field("headers", operation.Headers) + Field("payload", operation.Payload));
    }

    public bool OnPing() => Note("PING");

    public bool OnPong() => Note("PONG");

    public bool OnOk() => Note("+OK");

    public bool OnError(ReadOnlySpan<byte> text) => Note("-ERR" + Field("text", text));

    protected override ParseStatus Parse(ReadOnlySpan<byte> buffer, out int consumed, out int neededBytes)
    {
        ServerParserRun handler = this;
        return ServerOperationParser.Parse(buffer, in Limits, ref handler, out consumed, out neededBytes);
    }

    private bool Note(string line)
    {
        Events.Add(line);
        return !stopAfterEach;
    }
}

using System.Diagnostics;
using Rivulet.Protocol;

namespace Rivulet.Server.Outbound;

/// <summary>
/// One message as it goes to receivers: everything of <c>MSG</c> or <c>HMSG</c> but the subscription id, which differs
/// for each of them.
/// </summary>
/// <remarks>
/// <code>
/// MSG  &lt;subject&gt; &lt;sid&gt; [&lt;reply&gt; ]&lt;size&gt;\r\n&lt;payload&gt;\r\n
/// HMSG &lt;subject&gt; &lt;sid&gt; [&lt;reply&gt; ]&lt;header size&gt; &lt;total size&gt;\r\n&lt;headers&gt;&lt;payload&gt;\r\n
/// </code>
/// Sizes are text already: a publisher's digits are passed on as they were written. All spans are borrowed.
/// </remarks>
internal readonly ref struct MessageFrame
{
    private readonly ReadOnlySpan<byte> _subject;
    private readonly ReadOnlySpan<byte> _reply;
    private readonly ReadOnlySpan<byte> _headersSize;
    private readonly ReadOnlySpan<byte> _size;

    /// <summary>A frame of its parts.</summary>
    /// <param name="subject">Subject to show.</param>
    /// <param name="reply">Reply subject, empty for none.</param>
    /// <param name="headersSize">Digits of the header block's size; empty for a plain <c>MSG</c>.</param>
    /// <param name="size">Digits of the size of headers and payload together.</param>
    /// <param name="headers">Header block, empty for a plain <c>MSG</c>.</param>
    /// <param name="payload">Payload.</param>
    public MessageFrame(
        ReadOnlySpan<byte> subject,
        ReadOnlySpan<byte> reply,
        ReadOnlySpan<byte> headersSize,
        ReadOnlySpan<byte> size,
        ReadOnlySpan<byte> headers,
        ReadOnlySpan<byte> payload)
    {
        _subject = subject;
        _reply = reply;
        _headersSize = headersSize;
        _size = size;
        Headers = headers;
        Payload = payload;
    }

    /// <summary>Subject to show.</summary>
    public ReadOnlySpan<byte> Subject => _subject;

    /// <summary>Header block.</summary>
    public ReadOnlySpan<byte> Headers { get; }

    /// <summary>Payload.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>Bytes of headers and payload, which is what statistics count.</summary>
    public int BodyBytes => Headers.Length + Payload.Length;

    /// <summary>Bytes of the line for a subscription id of the given length, with its line end.</summary>
    public int LineBytes(int sidBytes)
    {
        int operationBytes = Headers.IsEmpty ? "MSG ".Length : "HMSG ".Length + _headersSize.Length + 1;
        int replyBytes = _reply.IsEmpty ? 0 : _reply.Length + 1;
        return operationBytes + _subject.Length + 1 + sidBytes + 1 + replyBytes + _size.Length + 2;
    }

    /// <summary>Bytes of the whole frame for a subscription id of the given length.</summary>
    public int FrameBytes(int sidBytes)
    {
        return LineBytes(sidBytes) + BodyBytes + 2;
    }

    /// <summary>Writes the line.</summary>
    public int WriteLine(Span<byte> into, ReadOnlySpan<byte> sid)
    {
        return Headers.IsEmpty
            ? ServerOperationWriter.WriteMessageLine(into, _subject, sid, _reply, _size)
            : ServerOperationWriter.WriteHeaderMessageLine(into, _subject, sid, _reply, _headersSize, _size);
    }

    /// <summary>Writes the whole frame.</summary>
    public int Write(Span<byte> into, ReadOnlySpan<byte> sid)
    {
        int at = WriteLine(into, sid);
        Headers.CopyTo(into[at..]);
        at += Headers.Length;
        Payload.CopyTo(into[at..]);
        at += Payload.Length;
        into[at++] = (byte)'\r';
        into[at++] = (byte)'\n';
        Debug.Assert(at == FrameBytes(sid.Length), "the frame has another length than was announced");
        return at;
    }
}

using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Rivulet.JetStream.Api;
using Rivulet.JetStream.Api.Errors;

namespace Rivulet.JetStream.Streams;

/// <summary>
/// Writes the JSON that answers a publish to one stream. The common answers are put together from ready-made pieces and a
/// number, without allocating. Immutable, any thread.
/// </summary>
internal sealed class PublishReplyWriter
{
    /// <summary>Digits of the largest sequence.</summary>
    private const int NumberLengthMax = 20;

    private readonly byte[] _ackStart;
    private readonly byte[] _errorEnd;
    private readonly byte[] _wrongLastSequenceStart;

    /// <summary>Makes the writer of a stream.</summary>
    /// <param name="stream">Name of the stream.</param>
    /// <param name="domain">JetStream domain, <c>null</c> for none.</param>
    public PublishReplyWriter(string stream, string? domain)
    {
        string name = JsonEncodedText.Encode(stream, ApiJson.WriterOptions.Encoder).ToString();
        string place = domain is null ? "" : $",\"domain\":\"{JsonEncodedText.Encode(domain, ApiJson.WriterOptions.Encoder)}\"";
        JetStreamError wrong = JetStreamError.StreamWrongLastSequence;
        _ackStart = Encoding.UTF8.GetBytes($$"""{"stream":"{{name}}"{{place}},"seq":""");
        _errorEnd = Encoding.UTF8.GetBytes($$""","stream":"{{name}}","seq":0}""");
        _wrongLastSequenceStart = Encoding.UTF8.GetBytes(
            $$"""{"error":{"code":{{wrong.Code}},"err_code":{{wrong.ErrorCode}},"description":"wrong last sequence: """);
        LengthMax = Math.Max(_ackStart.Length, _wrongLastSequenceStart.Length) + NumberLengthMax + _errorEnd.Length + 32;
    }

    /// <summary>Most bytes that <see cref="Write"/> writes.</summary>
    public int LengthMax { get; }

    /// <summary>Writes an ack, a duplicate or a wrong last sequence.</summary>
    /// <param name="reply">The answer, of one of those kinds.</param>
    /// <param name="into">At least <see cref="LengthMax"/> bytes.</param>
    /// <returns>Bytes written.</returns>
    public int Write(in PublishReply reply, Span<byte> into)
    {
        Debug.Assert(
            reply.Kind is PublishReplyKind.Ack or PublishReplyKind.Duplicate or PublishReplyKind.WrongLastSequence,
            "other answers are written as errors");
        bool wrong = reply.Kind == PublishReplyKind.WrongLastSequence;
        int length = Append(wrong ? _wrongLastSequenceStart : _ackStart, into, 0);
        Utf8Formatter.TryFormat(reply.Number, into[length..], out int digits);
        length += digits;
        if (wrong)
            return Append(_errorEnd, into, Append("\"}"u8, into, length));
        return Append(reply.Kind == PublishReplyKind.Duplicate ? ",\"duplicate\": true}"u8 : "}"u8, into, length);
    }

    /// <summary>The JSON of an ack that tells more than its sequence. Allocates.</summary>
    public byte[] WriteDetailed(ulong sequence, AckDetail detail)
    {
        string duplicate = detail.IsDuplicate ? ",\"duplicate\": true" : "";
        string value = detail.Value is { } val ? $",\"val\":\"{val}\"" : "";
        string batch = detail.BatchId is { } id
            ? string.Create(
                CultureInfo.InvariantCulture,
                $",\"batch\":\"{JsonEncodedText.Encode(id, ApiJson.WriterOptions.Encoder)}\",\"count\":{detail.BatchCount}")
            : "";
        string number = sequence.ToString(CultureInfo.InvariantCulture);
        return [.. _ackStart, .. Encoding.UTF8.GetBytes(number + duplicate + value + batch + "}")];
    }

    /// <summary>The JSON of any error. Allocates.</summary>
    public byte[] WriteError(ApiError error)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(error, ApiJsonContext.Relaxed.ApiError);
        return [.. "{\"error\":"u8, .. json, .. _errorEnd];
    }

    private static int Append(ReadOnlySpan<byte> text, Span<byte> into, int at)
    {
        text.CopyTo(into[at..]);
        return at + text.Length;
    }
}

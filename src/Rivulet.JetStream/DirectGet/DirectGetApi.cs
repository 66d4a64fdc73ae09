using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Rivulet.JetStream.Api;
using Rivulet.JetStream.Api.Handlers;
using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Hosting;
using Rivulet.JetStream.Streams;
using Rivulet.Protocol;
using Rivulet.Storage;

namespace Rivulet.JetStream.DirectGet;

/// <summary>
/// Direct gets: messages of a stream as they are, without JSON around them. A single message is answered inside the
/// requester's receive loop, longer results on host threads.
/// </summary>
internal static class DirectGetApi
{
    private static readonly int PrefixLength = "DIRECT.GET.".Length;

    /// <summary>Adds the operations to a table.</summary>
    public static void Register(ApiRouteTable routes)
    {
        routes.Add(new InlineRoute("DIRECT.GET.*", GetByBody));
        routes.Add(new InlineRoute("DIRECT.GET.*.>", GetBySubject));
    }

    private static bool GetBySubject(
        JetStreamAccount account, ReadOnlySpan<byte> operation, in RoutedMessage message, DeliveryBatch batch)
    {
        ReadOnlySpan<byte> rest = operation[PrefixLength..];
        int dot = rest.IndexOf((byte)'.');
        if (!TryFind(account, rest[..dot], out JetStreamStream? stream))
            return false;
        if (message.Reply.IsEmpty)
            return true;

        var reply = new DirectGetReply(stream, message.Reply, batch);
        bool noHeaders = false;
        if (!ApiLevel.IsSupported(message.Headers))
            reply.Status(412, "Required Api Level"u8);
        else if (!message.Payload.IsEmpty && !IsSubjectFormBody(message.Payload, reply, out noHeaders))
            return true;
        else
            reply.Last(rest[(dot + 1)..], noHeaders);
        return true;
    }

    private static bool GetByBody(
        JetStreamAccount account, ReadOnlySpan<byte> operation, in RoutedMessage message, DeliveryBatch batch)
    {
        if (!TryFind(account, operation[PrefixLength..], out JetStreamStream? stream))
            return false;
        if (message.Reply.IsEmpty)
            return true;

        var reply = new DirectGetReply(stream, message.Reply, batch);
        if (!ApiLevel.IsSupported(message.Headers))
            reply.Status(412, "Required Api Level"u8);
        else if (message.Payload.IsEmpty)
            reply.Status(408, "Empty Request"u8);
        else if (TryReadSequence(message.Payload, out ulong sequence))
            reply.BySequence(sequence, noHeaders: false);
        else if (TryRead(message.Payload, out MessageGetRequest request))
            Answer(request, stream, message.Reply, reply);
        else
            reply.Status(408, "Malformed Request"u8);
        return true;
    }

    /// <summary>Who answers for a stream: it or one of its mirrors, as far as they are to.</summary>
    private static bool TryFind(
        JetStreamAccount account, ReadOnlySpan<byte> name, [NotNullWhen(true)] out JetStreamStream? stream)
    {
        if (!account.Directory.TryGet(name, out stream) || !stream.Config.AllowDirect)
            return account.Origins.TryFindMirror(name, out stream);
        if (stream.Readers is { } readers)
            stream = readers.ChooseFor(stream);
        return true;
    }

    private static void Answer(
        MessageGetRequest request, JetStreamStream stream, ReadOnlySpan<byte> replySubject, in DirectGetReply reply)
    {
        bool last = request.LastFor.Length > 0;
        bool next = request.NextFor.Length > 0;
        bool multi = request.MultiLastFor is not null;
        bool sequence = request.Sequence > 0;
        bool time = request.StartTimeNanos is not null;
        if (!(last || next || multi || sequence || time))
            reply.Status(408, "Empty Request"u8);
        else if ((sequence && last) || (sequence && time) || (time && last)
            || (last && (next || multi || request.Batch > 0)) || (next && multi)
            || (request.UpToSequence > 0 && request.UpToTimeNanos is not null))
            reply.Status(408, "Bad Request"u8);
        else if (multi)
            new DirectGetMulti(stream, request, replySubject).Start();
        else if (request.Batch != 0)
            new DirectGetBatch(stream, request, replySubject).Start();
        else
            AnswerSingle(request, stream.Log, reply);
    }

    private static void AnswerSingle(MessageGetRequest request, StreamLog log, in DirectGetReply reply)
    {
        ulong sequence = request.StartTimeNanos is { } time ? log.FindByTime(time) : request.Sequence;
        if (request.NextFor.Length > 0)
            reply.Next(sequence, FilterSet.FromValid(request.NextFor), request.NoHeaders);
        else if (sequence > 0)
            reply.BySequence(sequence, request.NoHeaders);
        else
            reply.Last(Encoding.UTF8.GetBytes(request.LastFor), request.NoHeaders);
    }

    /// <summary>Whether the body may come with a subject: it may only ask to leave the headers out.</summary>
    private static bool IsSubjectFormBody(ReadOnlySpan<byte> body, in DirectGetReply reply, out bool noHeaders)
    {
        noHeaders = false;
        if (!TryRead(body, out MessageGetRequest request))
        {
            reply.Status(408, "Malformed Request"u8);
            return false;
        }

        noHeaders = request.NoHeaders;
        bool valid = request is
        {
            LastFor: "", NextFor: "", MultiLastFor: null, Sequence: 0, Batch: 0,
            StartTimeNanos: null, UpToSequence: 0, UpToTimeNanos: null,
        };
        if (!valid)
            reply.Status(408, "Bad Request"u8);
        return valid;
    }

    private static bool TryRead(ReadOnlySpan<byte> body, out MessageGetRequest request)
    {
        request = new MessageGetRequest();
        return RequestReader.TryReadOne(body, "JSApiMsgGetRequest", strict: false, request, MessageGetRequest.ReadMember);
    }

    /// <summary>Perf: <c>{"seq":1}</c>, the form that revisions of a bucket are read by, without a parser.</summary>
    private static bool TryReadSequence(ReadOnlySpan<byte> body, out ulong sequence)
    {
        ReadOnlySpan<byte> start = "{\"seq\":"u8;
        sequence = 0;
        return body.StartsWith(start)
            && Utf8Parser.TryParse(body[start.Length..], out sequence, out int digits)
            && sequence > 0
            && body[(start.Length + digits)..].SequenceEqual("}"u8);
    }
}

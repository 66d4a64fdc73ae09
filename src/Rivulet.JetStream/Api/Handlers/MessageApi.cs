using System.Globalization;
using System.Text;
using Rivulet.JetStream.Api.Errors;
using Rivulet.JetStream.Api.Models;
using Rivulet.JetStream.Streams;
using Rivulet.Protocol;
using Rivulet.Storage;

namespace Rivulet.JetStream.Api.Handlers;

/// <summary>The operations on single messages: get and delete.</summary>
internal static class MessageApi
{
    /// <summary>Adds the operations to a table.</summary>
    public static void Register(ApiRouteTable routes)
    {
        ApiJsonContext json = ApiJsonContext.Relaxed;
        routes.Add(new ApiRoute<StreamMessageGetResponse>(
            "STREAM.MSG.GET.*", ApiBodyRule.Required, json, Get) { Audit = ApiAudit.Errors });
        routes.Add(new ApiRoute<StreamMessageDeleteResponse>(
            "STREAM.MSG.DELETE.*", ApiBodyRule.Required, json, Delete));
    }

    private static void Get(ApiRequest request, StreamMessageGetResponse response)
    {
        var body = new MessageGetRequest();
        if (!request.TryRead("JSApiMsgGetRequest", body, MessageGetRequest.ReadMember, response))
            return;
        if (!IsConsistent(body))
        {
            response.Error = JetStreamError.BadRequest;
            return;
        }

        if (!request.Account.TryGetStream(request.Token(3), out JetStreamStream? stream))
        {
            response.Error = JetStreamError.StreamNotFound;
            return;
        }

        using var message = new StoredMessage();
        if (Find(stream.Log, body, message) != ReadStatus.Found)
        {
            response.Error = JetStreamError.NoMessageFound;
            return;
        }

        response.Message = new StoredMessageModel
        {
            Subject = Encoding.UTF8.GetString(message.Subject),
            Sequence = message.Sequence,
            Headers = message.Headers.IsEmpty || body.NoHeaders ? null : message.Headers.ToArray(),
            Payload = message.Payload.IsEmpty ? null : message.Payload.ToArray(),
            TimestampNanos = message.TimestampNanos,
        };
    }

    private static bool IsConsistent(MessageGetRequest body)
    {
        bool last = body.LastFor.Length > 0;
        bool next = body.NextFor.Length > 0;
        bool sequence = body.Sequence > 0;
        bool time = body.StartTimeNanos is not null;
        return body is { Batch: <= 0, MaxBytes: <= 0 }
            && (last || next || sequence || time)
            && !(sequence && last) && !(sequence && time) && !(time && last) && !(last && next);
    }

    private static ReadStatus Find(StreamLog log, MessageGetRequest body, StoredMessage into)
    {
        ulong sequence = body.StartTimeNanos is { } time ? log.FindByTime(time) : body.Sequence;
        if (body.NextFor.Length > 0)
            return FilterSet.FromValid(body.NextFor) is { } filter ? log.ReadNext(sequence, filter, into) : ReadStatus.NotFound;
        return sequence > 0
            ? log.Read(sequence, into)
            : log.ReadLast(Encoding.UTF8.GetBytes(body.LastFor), into);
    }

    private static void Delete(ApiRequest request, StreamMessageDeleteResponse response)
    {
        var body = new MessageDeleteRequest();
        if (!request.TryRead("JSApiMsgDeleteRequest", body, MessageDeleteRequest.ReadMember, response))
            return;
        if (!request.Account.TryGetStream(request.Token(3), out JetStreamStream? stream))
        {
            response.Error = JetStreamError.StreamNotFound;
            return;
        }

        response.Error = stream.Config switch
        {
            { Sealed: true } => JetStreamError.StreamSealed,
            { DenyDelete: true } => JetStreamError.StreamMsgDeleteFailed.With("message delete not permitted"),
            _ => null,
        };
        if (response.Error is not null)
            return;

        RemoveResult result = stream.Remove(body.Sequence, erase: !body.NoErase);
        if (!result.Removed)
        {
            response.Error = NotThere(stream, body.Sequence);
            return;
        }

        response.Success = true;
        response.SendAfter(stream.Store, result.Position);
    }

    // The reference server's file store answers differently for sequences outside of what it holds.
    private static ApiError NotThere(JetStreamStream stream, ulong sequence)
    {
        StreamState state = stream.Log.State;
        bool isOutside = sequence < state.FirstSequence || sequence > state.LastSequence;
        if (stream.Config.Storage == StorageType.Memory || !isOutside)
            return JetStreamError.SequenceNotFound.With(sequence.ToString(CultureInfo.InvariantCulture));
        return JetStreamError.StreamMsgDeleteFailed.With(
            sequence > state.LastSequence ? "stream store EOF" : "no message found");
    }
}

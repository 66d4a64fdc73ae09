using System.Buffers;
using System.Text.Json;
using Rivulet.JetStream.Api;
using Rivulet.JetStream.Api.Errors;
using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Streams;
using Rivulet.Storage;

namespace Rivulet.JetStream.Buckets;

/// <summary>
/// Answers with keys in byte order, a page of them. It costs what is listed; keys that were deleted are passed over, up to a
/// number, so that a page may be short although more follows.
/// </summary>
internal sealed class BucketListRun : BucketRun
{
    /// <summary>A page ends when it is this large, whatever its limit: an answer has to fit a message.</summary>
    private const int AnswerBytesMax = 256 * 1024;

    /// <summary>Looks of up to 1024 keys that one page may take.</summary>
    private const int LooksMax = 16;

    private readonly BucketListRequest _request;
    private readonly BucketSelection _selection;
    private readonly SubjectPage _page = new();
    private readonly ArrayBufferWriter<byte> _body = new(4096);
    private readonly Utf8JsonWriter _json;
    private ReadOnlyMemory<byte> _from;
    private ReadOnlyMemory<byte> _next;
    private int _looks;
    private int _listed;
    private bool _isFull;
    private ulong _revision;
    private ulong _removals;
    private ulong _total;

    public BucketListRun(
        JetStreamStream stream, BucketListRequest request, BucketSelection selection, ReadOnlySpan<byte> reply)
        : base(stream, reply)
    {
        _request = request;
        _selection = selection;
        _from = selection.Range.From;
        _json = new Utf8JsonWriter(_body, ApiJson.WriterOptions);
    }

    private ulong UpTo => _request.Revision == 0 ? ulong.MaxValue : _request.Revision;

    /// <inheritdoc/>
    protected override BucketStep RunSlice()
    {
        ulong removals = Stream.Revisions?.Removals ?? 0;

        // One more than is wanted tells where the next page begins. Where keys are passed over, or counted, looks are longer.
        int max = _looks == 0 && !_request.Total ? Math.Min(_selection.Limit + 1, BucketSelection.KeysMax) : BucketSelection.KeysMax;
        Stream.Log.FindSubjects(_selection.Range with { From = _from }, UpTo, max, _page);
        if (CheckRevision(_page, _request.Revision) is { } error)
            return Refuse(error);
        if (_looks++ == 0)
            Begin(removals);
        for (int i = 0; i < _page.Count; i++)
        {
            if (_isFull && !_request.Total)
                break;
            if (Take(i) is { } failure)
                return Refuse(failure);
        }

        _from = _page.Next;
        if (!_isFull && (_page.IsOver || _looks == LooksMax))
        {
            _isFull = true;
            _next = _page.Next;
        }

        if (!_page.IsOver && (!_isFull || _request.Total))
            return BucketStep.More;
        End();
        return BucketStep.Done;
    }

    /// <inheritdoc/>
    protected override BucketStep Refuse(ApiError error)
    {
        var body = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(body, ApiJson.WriterOptions))
        {
            BeginAnswer(json, "list_response", error);
            json.WriteEndObject();
        }

        Send(default, body, error);
        return BucketStep.Done;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _json.Dispose();
        base.Dispose();
    }

    private void Begin(ulong removals)
    {
        _revision = _request.Revision == 0 ? _page.LastSequence : _request.Revision;
        _removals = removals;
        BeginAnswer(_json, "list_response", null);
        _json.WriteNumber("revision"u8, _revision);
        _json.WriteNumber("removals"u8, _removals);
        _json.WriteStartArray("keys"u8);
    }

    /// <summary>Lists a key, if it has a value, or counts it.</summary>
    /// <returns>Why not, if the answer cannot be given.</returns>
    private ApiError? Take(int index)
    {
        bool isDeletion = IsDeletion(_page, index, out ReadStatus status);
        if (status == ReadStatus.NotFound && _request.Revision != 0)
            return BucketErrors.Replaced;
        if (status == ReadStatus.Failed)
            return PublishChecks.StoreFailed(Stream.Store.Failure);
        if (status == ReadStatus.NotFound)
            TakeReplaced(index);
        else if (!isDeletion || _request.Deletes)
            Write(index, _page.SequenceAt(index), _page.TimestampNanosAt(index), isDeletion);
        return null;
    }

    /// <summary>What a look found was overwritten before it was read: another message says whether the key has a value.</summary>
    private void TakeReplaced(int index)
    {
        ReadStatus status = Stream.Log.ReadLast(_page.SubjectAt(index), Message);
        bool isDeletion = status == ReadStatus.Found && BucketHeaders.IsDeletion(Message.Headers);
        if (status == ReadStatus.Found && (!isDeletion || _request.Deletes))
            Write(index, Message.Sequence, Message.TimestampNanos, isDeletion);
    }

    private void Write(int index, ulong revision, long timestampNanos, bool isDeletion)
    {
        _total++;
        if (_isFull)
            return;
        if (_listed == _selection.Limit || _body.WrittenCount + _json.BytesPending > AnswerBytesMax)
        {
            _isFull = true;
            _next = _page.SubjectAt(index).ToArray();
            return;
        }

        _listed++;
        ReadOnlySpan<byte> key = KeyOf(_page.SubjectAt(index));
        if (_request.KeysOnly)
        {
            _json.WriteStringValue(key);
            return;
        }

        Span<byte> time = stackalloc byte[Rfc3339.LengthMax];
        _json.WriteStartObject();
        _json.WriteString("key"u8, key);
        _json.WriteNumber("revision"u8, revision);
        _json.WriteString("created"u8, time[..Rfc3339.Format(timestampNanos, time)]);
        _json.WriteNumber("revisions"u8, _page.MessagesAt(index));
        if (isDeletion)
            _json.WriteBoolean("deleted"u8, true);
        _json.WriteEndObject();
    }

    private void End()
    {
        _json.WriteEndArray();
        if (_request.Total)
            _json.WriteNumber("total"u8, _total);
        if (!_next.IsEmpty)
            _json.WriteString("next"u8, KeyOf(_next.Span));
        _json.WriteEndObject();
        _json.Flush();
        Send(default, _body, null);
    }
}

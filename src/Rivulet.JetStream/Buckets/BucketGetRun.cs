using System.Buffers;
using System.Text.Json;
using Rivulet.JetStream.Api;
using Rivulet.JetStream.Api.Errors;
using Rivulet.JetStream.DirectGet;
using Rivulet.JetStream.Streams;
using Rivulet.Protocol;
using Rivulet.Storage;

namespace Rivulet.JetStream.Buckets;

/// <summary>
/// Answers with the values of many keys as of one revision: a message for each, and a status with a body that ends them. All
/// are looked up in one look at the committed view, and read from where they lay then.
/// </summary>
internal sealed class BucketGetRun : BucketRun
{
    private const int SliceMessages = 256;
    private const int SliceBytes = 1024 * 1024;
    private const int StatusEnd = 204;

    private readonly BucketGetRequest _request;
    private readonly BucketSelection _selection;
    private readonly SubjectPage _page = new();
    private readonly List<string> _missing = [];
    private readonly long _bytesMax;
    private ReadOnlyMemory<byte> _next;
    private ulong _revision;
    private ulong _removals;
    private int _attempts;
    private bool _isFound;
    private int _at;
    private int _sent;
    private long _sentBytes;

    public BucketGetRun(
        JetStreamStream stream, BucketGetRequest request, BucketSelection selection, ReadOnlySpan<byte> reply)
        : base(stream, reply)
    {
        _request = request;
        _selection = selection;
        long max = stream.Account.Engine.Options.DirectGetBatchBytesMax;
        _bytesMax = request.MaxBytes > 0 ? Math.Min(request.MaxBytes, max) : max;
    }

    /// <inheritdoc/>
    protected override BucketStep RunSlice()
    {
        if (!_isFound && Find() is { } error)
            return Refuse(error);
        long sliceEnd = _sentBytes + SliceBytes;
        for (int i = 0; i < SliceMessages && _sentBytes < sliceEnd; i++)
        {
            if (_at == _page.Count || _sentBytes >= _bytesMax)
            {
                End();
                return BucketStep.Done;
            }

            ReadStatus status = Stream.Log.Read(_page, _at, Message);
            if (status == ReadStatus.NotFound && _page.SequenceAt(_at) != 0)
                return OnReplaced();
            if (status == ReadStatus.Failed)
                return Refuse(PublishChecks.StoreFailed(Stream.Store.Failure));
            Take(status);
            _at++;
        }

        return BucketStep.More;
    }

    /// <inheritdoc/>
    protected override BucketStep Refuse(ApiError error)
    {
        SendEnd(error, static (_, _) => { });
        return BucketStep.Done;
    }

    /// <summary>Looks all keys up at once.</summary>
    private ApiError? Find()
    {
        _removals = Stream.Revisions?.Removals ?? 0;
        ulong upTo = _request.Revision == 0 ? ulong.MaxValue : _request.Revision;
        if (_selection.Subjects is { } subjects)
            Stream.Log.FindSubjects(subjects, upTo, _page);
        else
            Stream.Log.FindSubjects(_selection.Range, upTo, _selection.Limit, _page);
        if (CheckRevision(_page, _request.Revision) is { } error && !AreHeldByName(error))
            return error;
        _revision = _request.Revision == 0 ? _page.LastSequence : _request.Revision;
        _isFound = true;
        return null;
    }

    /// <summary>
    /// Whether the keys that were asked for by name are whole as of a revision although the bucket is not: limits let go of the
    /// oldest revision of a key, so one that is kept is the one that was there then, unless something else removed others.
    /// </summary>
    private bool AreHeldByName(ApiError error)
    {
        if (error.ErrorCode != BucketErrors.CompactedCode || _selection.Subjects is null
            || _request.Revision < Stream.Revisions!.Floors.HeldFrom)
            return false;
        for (int i = 0; i < _page.Count; i++)
        {
            if (_page.SequenceAt(i) == 0)
                return false;
        }

        return true;
    }

    /// <summary>A value was overwritten before it could be read: all are looked up again, if none was sent.</summary>
    private BucketStep OnReplaced()
    {
        if (_sent > 0 || _request.Revision != 0 || ++_attempts == AttemptsMax)
            return Refuse(BucketErrors.Replaced);
        _missing.Clear();
        _at = 0;
        _isFound = false;
        return BucketStep.More;
    }

    private void Take(ReadStatus status)
    {
        bool isWanted = status == ReadStatus.Found && (_request.Deletes || !BucketHeaders.IsDeletion(Message.Headers));
        if (!isWanted)
        {
            if (_selection.Subjects is not null || status == ReadStatus.Damaged)
                _missing.Add(System.Text.Encoding.UTF8.GetString(KeyOf(_page.SubjectAt(_at))));
            return;
        }

        var headers = new HeaderBlockBuilder(stackalloc byte[512]);
        DirectGetHeaders.Start(ref headers, Stream, Message);
        Stream.Router.Publish(Reply, default, headers.Finish(), Message.Payload, Batch);
        headers.Dispose();
        _sent++;
        _sentBytes += Message.Subject.Length + Message.Headers.Length + Message.Payload.Length;
    }

    private void End()
    {
        // What did not fit: by name where names were given, else where to go on.
        _next = _selection.Subjects is not null ? default
            : _at < _page.Count ? _page.SubjectAt(_at).ToArray()
            : _page.Next;
        SendEnd(null, static (json, run) =>
        {
            json.WriteNumber("revision"u8, run._revision);
            json.WriteNumber("removals"u8, run._removals);
            json.WriteNumber("count"u8, run._sent);
            WriteKeys(json, "missing", run._missing);
            if (run._selection.Subjects is not null && run._at < run._page.Count)
                WriteKeys(json, "unread", run.UnreadKeys());
            if (!run._next.IsEmpty)
                json.WriteString("next"u8, run.KeyOf(run._next.Span));
        });
    }

    private List<string> UnreadKeys()
    {
        var keys = new List<string>();
        for (int i = _at; i < _page.Count; i++)
            keys.Add(System.Text.Encoding.UTF8.GetString(KeyOf(_page.SubjectAt(i))));
        return keys;
    }

    private static void WriteKeys(Utf8JsonWriter json, string name, List<string> keys)
    {
        if (keys.Count == 0)
            return;
        json.WriteStartArray(name);
        foreach (string key in keys)
            json.WriteStringValue(key);
        json.WriteEndArray();
    }

    private void SendEnd(ApiError? error, Action<Utf8JsonWriter, BucketGetRun> write)
    {
        var body = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(body, ApiJson.WriterOptions))
        {
            BeginAnswer(json, "get_response", error);
            write(json, this);
            json.WriteEndObject();
        }

        var headers = new HeaderBlockBuilder(stackalloc byte[64]);
        headers.StartStatus(StatusEnd, "EOB"u8);
        Send(headers.Finish(), body, error);
        headers.Dispose();
    }
}

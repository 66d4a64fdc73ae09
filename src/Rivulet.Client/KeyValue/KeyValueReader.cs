using Rivulet.Client.JetStream;

namespace Rivulet.Client.KeyValue;

/// <summary>Gets values. Safe to use from any thread; holds no state.</summary>
internal sealed class KeyValueReader
{
    private const int NotFound = 404;

    private readonly string _bucket;
    private readonly JetStreamStream _stream;
    private readonly KeyValueSubjects _subjects;
    private readonly KeyValueEntryReader _entries;
    private readonly bool _direct;

    /// <param name="bucket">Name of the bucket.</param>
    /// <param name="stream">Its stream.</param>
    /// <param name="subjects">Its subjects.</param>
    /// <param name="entries">Makes entries of messages.</param>
    /// <param name="direct">True: the stream allows direct gets.</param>
    public KeyValueReader(
        string bucket, JetStreamStream stream, KeyValueSubjects subjects, KeyValueEntryReader entries, bool direct)
    {
        _bucket = bucket;
        _stream = stream;
        _subjects = subjects;
        _entries = entries;
        _direct = direct;
    }

    /// <summary>The latest value of a key, or the one of a revision; a delete is a failure that carries its entry.</summary>
    public async ValueTask<NatsResult<KeyValueEntry>> TryGetAsync(
        string key, ulong? revision, CancellationToken cancellationToken)
    {
        NatsResult<KeyValueEntry> found = await TryGetRevisionAsync(key, revision, cancellationToken).ConfigureAwait(false);
        return found.TryGetValue(out KeyValueEntry? entry) && entry.Operation != KeyValueOperation.Put
            ? new KeyValueKeyDeletedException(entry)
            : found;
    }

    /// <summary>If a bucket does not answer because it is gone, its error says so.</summary>
    public async ValueTask<NatsException> ExplainAsync(NatsException error, CancellationToken cancellationToken)
    {
        if (error is not NatsNoRespondersException)
            return error;
        NatsResult<StreamInfo> info =
            await _stream.TryGetInfoAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        return info.Error is JetStreamApiException { ErrorCode: ApiErrorCodes.StreamNotFound } missing
            ? new KeyValueBucketNotFoundException(_bucket, missing.Error)
            : error;
    }

    /// <summary>The latest revision of a key or a certain one, deletes included.</summary>
    private async ValueTask<NatsResult<KeyValueEntry>> TryGetRevisionAsync(
        string key, ulong? revision, CancellationToken cancellationToken)
    {
        if (!KeyValueNames.IsKey(key))
            return new KeyValueInvalidKeyException(key);
        if (revision == 0)
            return new KeyValueKeyNotFoundException(key);
        if (!_direct)
            return await TryGetByApiAsync(key, revision, cancellationToken).ConfigureAwait(false);
        ValueTask<NatsResult<NatsMessage>> asking = revision is { } sequence
            ? AskForRevisionAsync(sequence, cancellationToken)
            : AskForLatest(key, cancellationToken);
        NatsResult<NatsMessage> answer = await asking.ConfigureAwait(false);
        if (!answer.TryGetValue(out NatsMessage? message))
            return await ExplainAsync(answer.Error!, cancellationToken).ConfigureAwait(false);
        if (message.Status == NotFound)
            return new KeyValueKeyNotFoundException(key);
        if (message.Status != 0)
            return PullStatus.ToException(message);
        return _entries.TryRead(message) is { } entry && entry.Key == key ? entry : new KeyValueKeyNotFoundException(key);
    }

    private ValueTask<NatsResult<NatsMessage>> AskForLatest(string key, CancellationToken cancellationToken)
    {
        using Utf8Text subject = new(_subjects.DirectGetPrefix, key, stackalloc byte[Utf8Text.StackBytes]);
        return _stream.Context.Connection.TryRequest(
            subject.Bytes, default, default, _stream.Context.Api.Timeout, cancellationToken);
    }

    private ValueTask<NatsResult<NatsMessage>> AskForRevisionAsync(ulong sequence, CancellationToken cancellationToken) =>
        _stream.Context.Api.TryAskAsync(
            $"DIRECT.GET.{_stream.Name}",
            new MessageGetRequest { Sequence = sequence },
            JetStreamJsonContext.Default.MessageGetRequest,
            cancellationToken);

    private async ValueTask<NatsResult<KeyValueEntry>> TryGetByApiAsync(
        string key, ulong? revision, CancellationToken cancellationToken)
    {
        MessageSelector selector = revision is { } sequence
            ? MessageSelector.BySequence(sequence)
            : MessageSelector.LastOf(_subjects.ReadPrefixText + key);
        NatsResult<StoredMessage> answer =
            await _stream.TryGetMessageAsync(selector, cancellationToken).ConfigureAwait(false);
        if (!answer.TryGetValue(out StoredMessage? message))
        {
            return answer.Error is JetStreamMessageNotFoundException
                ? new KeyValueKeyNotFoundException(key)
                : KeyValueErrors.OfBucket(answer.Error!, _bucket);
        }

        return _entries.TryRead(_stream.Context.Connection, message) is { } entry && entry.Key == key
            ? entry
            : new KeyValueKeyNotFoundException(key);
    }
}

using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Rivulet.Client.JetStream;

namespace Rivulet.Client.KeyValue;

/// <summary>
/// The requests on buckets that Rivulet's server answers and others do not: listing in pages, many gets at one revision, touch,
/// and whether a watch may go on. On another server they fail with <see cref="KeyValueNotSupportedException"/>. Safe to use from
/// any thread; holds no state but what the server said that it answers.
/// </summary>
internal sealed class KeyValueRequests
{
    private const string UsualApiPrefix = "$JS.API";
    private const int EndOfBatch = 204;
    private const int NoResponders = 503;
    private const int AttemptsMax = 8;

    private readonly string _bucket;
    private readonly JetStreamStream _stream;
    private readonly KeyValueEntryReader _entries;
    private readonly KeyValueReader _reader;
    private readonly string? _prefix;

    public KeyValueRequests(string bucket, JetStreamStream stream, KeyValueEntryReader entries, KeyValueReader reader)
    {
        _bucket = bucket;
        _stream = stream;
        _entries = entries;
        _reader = reader;
        _prefix = PrefixOf(stream.Context.Api.Prefix);
    }

    private static JetStreamJsonContext Json => JetStreamJsonContext.Default;

    private NatsConnection Connection => _stream.Context.Connection;

    /// <summary>Whether the server answers these requests.</summary>
    public async ValueTask<bool> IsSupportedAsync(CancellationToken cancellationToken)
    {
        if (_prefix is null)
            return false;
        NatsResult<NatsMessage> answer = await Connection.TryRequestAsync(
            $"{_prefix}.INFO", default, null, _stream.Context.Api.Timeout, cancellationToken).ConfigureAwait(false);
        return answer.Success ? true : answer.Error is NatsNoRespondersException ? false : throw answer.Error;
    }

    public async ValueTask<KeyValuePage> ListAsync(
        KeyValueSelection selection, bool total, CancellationToken cancellationToken)
    {
        KeyValueKeysRequest request = KeyValueKeysRequest.Of(selection) with { Total = total };
        KeyValueAnswer answer = await AskAsync(
            "LIST", request, Json.KeyValueKeysRequest, Json.KeyValueAnswer, selection.Revision, cancellationToken)
            .ConfigureAwait(false);
        return new KeyValuePage
        {
            Keys = [.. (answer.Keys ?? []).Select(
                key => new KeyValueKeyInfo(key.Key, key.Revision, key.Created, key.Revisions, key.Deleted))],
            Position = new KeyValuePosition(answer.Revision, answer.Removals),
            Next = answer.Next,
            Total = answer.Total,
        };
    }

    public async ValueTask<(IReadOnlyList<string> Keys, string? Next)> ListKeysAsync(
        KeyValueSelection selection, CancellationToken cancellationToken)
    {
        KeyValueKeysRequest request = KeyValueKeysRequest.Of(selection) with { KeysOnly = true };
        KeyValueKeysAnswer answer = await AskAsync(
            "LIST", request, Json.KeyValueKeysRequest, Json.KeyValueKeysAnswer, selection.Revision, cancellationToken)
            .ConfigureAwait(false);
        return (answer.Keys ?? [], answer.Next);
    }

    public async ValueTask<ulong> TouchAsync(
        string key, TimeSpan? timeToLive, bool persist, ulong? expectedRevision, CancellationToken cancellationToken)
    {
        if (!KeyValueNames.IsKey(key))
            throw new KeyValueInvalidKeyException(key);
        KeyValueTouchRequest request = new()
        {
            TimeToLive = timeToLive ?? TimeSpan.Zero,
            Persist = persist,
            Revision = expectedRevision ?? 0,
        };
        try
        {
            return (await AskAsync(
                "TOUCH", request, Json.KeyValueTouchRequest, Json.KeyValueAnswer, 0, cancellationToken, key)
                .ConfigureAwait(false)).Revision;
        }
        catch (JetStreamApiException refused) when (refused.ErrorCode == ApiErrorCodes.KeyNotFound)
        {
            throw new KeyValueKeyNotFoundException(key);
        }
        catch (JetStreamApiException refused) when (expectedRevision is { } expected && KeyValueErrors.IsWrongLastRevision(refused))
        {
            throw new KeyValueWrongLastRevisionException(key, expected, refused.Error);
        }
    }

    /// <summary>Where the bucket stands, if a watch may go on from a position; a position of 0 asks nothing.</summary>
    public async ValueTask<KeyValuePosition> ResumeAsync(
        KeyValuePosition from, bool every, CancellationToken cancellationToken)
    {
        KeyValueResumeRequest request = new() { Revision = from.Revision, Removals = from.Removals, Every = every };
        KeyValueAnswer answer = await AskAsync(
            "RESUME", request, Json.KeyValueResumeRequest, Json.KeyValueAnswer, from.Revision, cancellationToken)
            .ConfigureAwait(false);
        return new KeyValuePosition(answer.Revision, answer.Removals);
    }

    public ValueTask<KeyValueSnapshot> GetManyAsync(
        IReadOnlyList<string> keys, ulong revision, CancellationToken cancellationToken)
    {
        foreach (string key in keys)
        {
            if (!KeyValueNames.IsKey(key))
                throw new KeyValueInvalidKeyException(key);
        }

        return GetManyAsync(new KeyValueKeysRequest { Keys = keys, Revision = revision }, cancellationToken);
    }

    public ValueTask<KeyValueSnapshot> GetManyAsync(KeyValueSelection selection, CancellationToken cancellationToken) =>
        GetManyAsync(KeyValueKeysRequest.Of(selection), cancellationToken);

    /// <summary>
    /// Gets again when a value was replaced, and its bytes overwritten, while the values were being sent: that takes a value
    /// that changes and a store that gives back its space in the same moment.
    /// </summary>
    private async ValueTask<KeyValueSnapshot> GetManyAsync(KeyValueKeysRequest request, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await GetOnceAsync(request, cancellationToken).ConfigureAwait(false);
            }
            catch (JetStreamApiException refused)
                when (refused.ErrorCode == ApiErrorCodes.ValueReplaced && request.Revision == 0 && attempt < AttemptsMax)
            {
            }
        }
    }

    private async ValueTask<KeyValueSnapshot> GetOnceAsync(KeyValueKeysRequest request, CancellationToken cancellationToken)
    {
        string subject = SubjectOf("GET", null);
        NatsSubscription answers = Connection.SubscribeAsync(
            Connection.NewInbox(),
            options: new NatsSubscriptionOptions { PendingMessagesMax = int.MaxValue, PendingBytesMax = long.MaxValue },
            cancellationToken: CancellationToken.None);
        await using (((IAsyncDisposable)answers).ConfigureAwait(false))
        {
            await Connection.PublishAsync(
                subject,
                request,
                answers.Subject,
                serializer: new NatsJsonSerializer<KeyValueKeysRequest>(Json.KeyValueKeysRequest),
                cancellationToken: cancellationToken).ConfigureAwait(false);
            List<KeyValueEntry> entries = [];
            while (true)
            {
                NatsMessage message = await DirectGet.NextAsync(_stream.Context, answers, cancellationToken)
                    .ConfigureAwait(false) ?? throw new NatsConnectionClosedException(null);
                if (message.Status == NoResponders)
                    throw await NotSupportedAsync("GET", cancellationToken).ConfigureAwait(false);
                if (message.Status == EndOfBatch)
                    return Snapshot(entries, request, message);
                entries.Add(_entries.TryRead(message)
                    ?? throw new NatsProtocolException("the answer of a get of many does not say which message it is"));
            }
        }
    }

    private KeyValueSnapshot Snapshot(List<KeyValueEntry> entries, KeyValueKeysRequest request, NatsMessage end)
    {
        NatsResult<KeyValueAnswer> read = ApiClient.Read(end, Json.KeyValueAnswer);
        if (!read.TryGetValue(out KeyValueAnswer? answer))
            throw ToException(read.Error!, request.Revision);
        if (answer.Unread is { Count: > 0 } unread)
            throw new KeyValueException($"the values are too large for one request: {unread.Count} of {request.Keys?.Count} keys are left");
        return new KeyValueSnapshot
        {
            Entries = entries,
            Position = new KeyValuePosition(answer.Revision, answer.Removals),
            Missing = answer.Missing ?? [],
            Next = answer.Next,
        };
    }

    private async ValueTask<TAnswer> AskAsync<TBody, TAnswer>(
        string operation,
        TBody body,
        JsonTypeInfo<TBody> bodyType,
        JsonTypeInfo<TAnswer> answerType,
        ulong revision,
        CancellationToken cancellationToken,
        string? key = null)
        where TAnswer : class
    {
        using ScratchWriter scratch = ScratchWriter.Rent();
        using (Utf8JsonWriter json = new(scratch))
            JsonSerializer.Serialize(json, body, bodyType);
        NatsResult<NatsMessage> answer = await Connection.TryRequestAsync(
            SubjectOf(operation, key), scratch.Memory, null, _stream.Context.Api.Timeout, cancellationToken)
            .ConfigureAwait(false);
        if (answer.Error is NatsNoRespondersException)
            throw await NotSupportedAsync(operation, cancellationToken).ConfigureAwait(false);
        NatsResult<TAnswer> read = ApiClient.Read(answer, answerType);
        return read.TryGetValue(out TAnswer? value) ? value : throw ToException(read.Error!, revision);
    }

    private NatsException ToException(NatsException error, ulong revision) =>
        error is JetStreamApiException { ErrorCode: ApiErrorCodes.RevisionCompacted } compacted
            ? new KeyValueRevisionCompactedException(revision, compacted.Error)
            : KeyValueErrors.OfBucket(error, _bucket);

    /// <summary>Nobody answered: the bucket is gone, or the server is another one.</summary>
    private async ValueTask<NatsException> NotSupportedAsync(string operation, CancellationToken cancellationToken)
    {
        NatsException explained = await _reader.ExplainAsync(new NatsNoRespondersException(operation), cancellationToken)
            .ConfigureAwait(false);
        return explained is KeyValueException ? explained : new KeyValueNotSupportedException(operation);
    }

    private string SubjectOf(string operation, string? key)
    {
        if (_prefix is null)
            throw new KeyValueNotSupportedException(operation);
        return key is null ? $"{_prefix}.{operation}.{_bucket}" : $"{_prefix}.{operation}.{_bucket}.{key}";
    }

    /// <summary>The prefix of these requests beside that of the API; null behind a prefix that an import gave the API.</summary>
    private static string? PrefixOf(string apiPrefix)
    {
        if (apiPrefix == UsualApiPrefix)
            return "$RV.KV";
        string[] tokens = apiPrefix.Split('.');
        return tokens is ["$JS", var domain, "API"] ? $"$RV.{domain}.KV" : null;
    }
}

using System.Text;
using Rivulet.Client.JetStream;
using Rivulet.Protocol;

namespace Rivulet.Client.KeyValue;

/// <summary>Changes keys. Safe to use from any thread; holds no state.</summary>
internal sealed class KeyValueWriter
{
    private const int HeaderBytes = 256;

    private readonly string _bucket;
    private readonly JetStreamStream _stream;
    private readonly KeyValueSubjects _subjects;
    private readonly KeyValueReader _reader;

    public KeyValueWriter(string bucket, JetStreamStream stream, KeyValueSubjects subjects, KeyValueReader reader)
    {
        _bucket = bucket;
        _stream = stream;
        _subjects = subjects;
        _reader = reader;
    }

    /// <summary>Writes a revision. Returns its number.</summary>
    /// <param name="operation">What it does.</param>
    /// <param name="key">The key.</param>
    /// <param name="value">The value, for a put.</param>
    /// <param name="expectedRevision">The key's last revision must be this; 0: it must have none.</param>
    /// <param name="timeToLive">Time until the revision expires.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="endsKey">Whether the key's older revisions go when this one expires.</param>
    public ValueTask<NatsResult<ulong>> TryWriteAsync(
        KeyValueOperation operation,
        string key,
        ReadOnlySpan<byte> value,
        ulong? expectedRevision,
        TimeSpan? timeToLive,
        CancellationToken cancellationToken,
        bool endsKey = false)
    {
        if (!KeyValueNames.IsKey(key))
            return new ValueTask<NatsResult<ulong>>(new KeyValueInvalidKeyException(key));
        byte[]? timeToLiveText = timeToLive is { } given
            ? Encoding.ASCII.GetBytes(PublishHeaders.FormatTimeToLive(given))
            : null;
        HeaderBlockBuilder block = new(stackalloc byte[HeaderBytes]);
        using Utf8Text subject = new(_subjects.WritePrefix, key, stackalloc byte[Utf8Text.StackBytes]);
        try
        {
            ValueTask<NatsResult<NatsMessage>> answer = _stream.Context.Connection.TryRequest(
                subject.Bytes,
                KeyValueHeaders.Write(ref block, operation, expectedRevision, timeToLiveText, endsKey),
                value,
                _stream.Context.Api.Timeout,
                cancellationToken);
            return ReadRevisionAsync(answer, key, expectedRevision, cancellationToken);
        }
        finally
        {
            block.Dispose();
        }
    }

    /// <summary>
    /// Writes the first revision of a key. Where the key has a last revision that is a delete, it must still be that one:
    /// of many that create at the same time, one wins.
    /// </summary>
    public async ValueTask<NatsResult<ulong>> TryCreateAsync(
        string key, ReadOnlyMemory<byte> value, TimeSpan? timeToLive, CancellationToken cancellationToken)
    {
        NatsResult<ulong> created = await TryWriteAsync(
            KeyValueOperation.Put, key, value.Span, 0, timeToLive, cancellationToken).ConfigureAwait(false);
        if (created.Error is not KeyValueWrongLastRevisionException refused)
            return created;
        NatsResult<KeyValueEntry> latest = await _reader.TryGetAsync(key, null, cancellationToken).ConfigureAwait(false);
        if (latest.Error is KeyValueKeyDeletedException deleted)
        {
            created = await TryWriteAsync(
                KeyValueOperation.Put, key, value.Span, deleted.Revision, timeToLive, cancellationToken).ConfigureAwait(false);
            if (created.Error is not KeyValueWrongLastRevisionException beaten)
                return created;
            refused = beaten;
        }

        return new KeyValueKeyExistsException(key, refused.ApiError!);
    }

    private async ValueTask<NatsResult<ulong>> ReadRevisionAsync(
        ValueTask<NatsResult<NatsMessage>> answering, string key, ulong? expectedRevision, CancellationToken cancellationToken)
    {
        NatsResult<NatsMessage> answer = await answering.ConfigureAwait(false);
        if (answer.Error is NatsNoRespondersException nobody)
            return await _reader.ExplainAsync(nobody, cancellationToken).ConfigureAwait(false);
        NatsResult<PublishAck> ack = ApiClient.Read(answer, JetStreamJsonContext.Default.PublishAck);
        if (ack.TryGetValue(out PublishAck? stored))
            return stored.Sequence;
        return expectedRevision is { } expected && KeyValueErrors.IsWrongLastRevision(ack.Error!)
            ? new KeyValueWrongLastRevisionException(key, expected, ((JetStreamApiException)ack.Error!).Error)
            : KeyValueErrors.OfBucket(ack.Error!, _bucket);
    }
}

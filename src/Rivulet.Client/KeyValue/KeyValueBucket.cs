using System.Runtime.CompilerServices;
using Rivulet.Client.JetStream;

namespace Rivulet.Client.KeyValue;

/// <summary>A bucket: keys, each with a value and a row of revisions. Safe to use from any thread.</summary>
/// <remarks>
/// A method and its <c>Try…</c> twin do the same; the twin returns failures instead of throwing them. Cancellation is
/// thrown by both.
/// </remarks>
public sealed class KeyValueBucket
{
    private static readonly TimeSpan MarkerAgeDefault = TimeSpan.FromMinutes(30);

    private readonly KeyValueReader _reader;
    private readonly KeyValueWriter _writer;
    private readonly KeyValueSubjects _subjects;
    private readonly KeyValueEntryReader _entries;
    private readonly KeyValueRequests _requests;
    private readonly long _history;

    // The server that was found to end keys whole.
    private volatile string? _endsKeysServerId;

    internal KeyValueBucket(KeyValueContext context, string bucket, JetStreamStream stream)
    {
        Context = context;
        Bucket = bucket;
        Stream = stream;
        StreamConfig config = stream.CachedInfo?.Config ?? new StreamConfig();
        _subjects = KeyValueSubjects.For(bucket, config, stream.Context.Api.Prefix);
        _entries = new KeyValueEntryReader(bucket, _subjects);
        _reader = new KeyValueReader(bucket, stream, _subjects, _entries, config.AllowDirect);
        _writer = new KeyValueWriter(bucket, stream, _subjects, _reader);
        _requests = new KeyValueRequests(bucket, stream, _entries, _reader);
        _history = config.MaxMessagesPerSubject;
    }

    /// <summary>The context it came from.</summary>
    public KeyValueContext Context { get; }

    /// <summary>Name of the bucket.</summary>
    public string Bucket { get; }

    /// <summary>Name of the stream behind it.</summary>
    public string StreamName => Stream.Name;

    /// <summary>The stream behind it.</summary>
    public JetStreamStream Stream { get; }

    /// <summary>The latest value of a key, or the one of a revision.</summary>
    /// <exception cref="KeyValueKeyDeletedException">The key, or that revision, is a delete.</exception>
    /// <exception cref="KeyValueKeyNotFoundException">There is no such key, or the revision is not of this key.</exception>
    /// <exception cref="KeyValueInvalidKeyException">The key breaks the rules.</exception>
    public async ValueTask<KeyValueEntry> GetAsync(
        string key, ulong? revision = null, CancellationToken cancellationToken = default) =>
        (await TryGetAsync(key, revision, cancellationToken).ConfigureAwait(false)).Value;

    /// <summary>As <see cref="GetAsync"/>, with failures as a result.</summary>
    public ValueTask<NatsResult<KeyValueEntry>> TryGetAsync(
        string key, ulong? revision = null, CancellationToken cancellationToken = default) =>
        _reader.TryGetAsync(key, revision, cancellationToken);

    /// <summary>Sets a value, whatever the key's state. Returns the revision.</summary>
    /// <exception cref="KeyValueInvalidKeyException">The key breaks the rules.</exception>
    /// <exception cref="JetStreamApiException">The bucket is full (10077) or the value too large (10054).</exception>
    [OverloadResolutionPriority(1)]
    public async ValueTask<ulong> PutAsync(
        string key, ReadOnlyMemory<byte> value, CancellationToken cancellationToken = default) =>
        (await TryPutAsync(key, value, cancellationToken).ConfigureAwait(false)).Value;

    /// <inheritdoc cref="PutAsync(string, ReadOnlyMemory{byte}, CancellationToken)"/>
    public async ValueTask<ulong> PutAsync<T>(
        string key, T value, INatsSerializer<T>? serializer = null, CancellationToken cancellationToken = default)
    {
        using ScratchWriter scratch = Serialize(value, serializer);
        return await PutAsync(key, scratch.Memory, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>As <see cref="PutAsync(string, ReadOnlyMemory{byte}, CancellationToken)"/>, with failures as a result.</summary>
    public ValueTask<NatsResult<ulong>> TryPutAsync(
        string key, ReadOnlyMemory<byte> value, CancellationToken cancellationToken = default) =>
        _writer.TryWriteAsync(KeyValueOperation.Put, key, value.Span, null, null, cancellationToken);

    /// <summary>
    /// Sets a value with a time to live, or on a condition. Returns the revision. A key that expires goes with all its
    /// revisions; where the bucket keeps several, that needs Rivulet's server.
    /// </summary>
    /// <exception cref="KeyValueInvalidKeyException">The key breaks the rules.</exception>
    /// <exception cref="KeyValueWrongLastRevisionException">The last revision is another than the expected one.</exception>
    /// <exception cref="KeyValueNotSupportedException">The server would bring older revisions back.</exception>
    /// <exception cref="JetStreamApiException">The bucket does not allow a time to live (10166), or it is full (10077).</exception>
    public async ValueTask<ulong> PutAsync(
        string key, ReadOnlyMemory<byte> value, KeyValuePutOptions options, CancellationToken cancellationToken = default) =>
        (await TryPutAsync(key, value, options, cancellationToken).ConfigureAwait(false)).Value;

    /// <summary>As <see cref="PutAsync(string, ReadOnlyMemory{byte}, KeyValuePutOptions, CancellationToken)"/>, with failures as
    /// a result.</summary>
    public async ValueTask<NatsResult<ulong>> TryPutAsync(
        string key, ReadOnlyMemory<byte> value, KeyValuePutOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        bool endsKey = options.TimeToLive is not null && _history != 1;
        if (endsKey && !await EndsKeysAsync(cancellationToken).ConfigureAwait(false))
            return new KeyValueNotSupportedException("a time to live beside older revisions");
        return await _writer.TryWriteAsync(
            KeyValueOperation.Put, key, value.Span, options.ExpectedRevision, options.TimeToLive, cancellationToken, endsKey)
            .ConfigureAwait(false);
    }

    /// <summary>
    /// Extends the time that a key has to live, without its value being sent: a new revision with the same value. All or nothing,
    /// whoever else writes. Needs Rivulet's server.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="timeToLive">Time from now on until it expires, at least a second; null for the time it was given last.</param>
    /// <param name="expectedRevision">The key's last revision must be this.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The new revision.</returns>
    /// <exception cref="KeyValueKeyNotFoundException">The key has no value.</exception>
    /// <exception cref="KeyValueWrongLastRevisionException">The last revision is another.</exception>
    /// <exception cref="KeyValueNotSupportedException">The server does not offer it.</exception>
    /// <exception cref="JetStreamApiException">
    /// The bucket does not allow a time to live (10166), or there is none to extend (20003).
    /// </exception>
    public ValueTask<ulong> TouchAsync(
        string key,
        TimeSpan? timeToLive = null,
        ulong? expectedRevision = null,
        CancellationToken cancellationToken = default) =>
        _requests.TouchAsync(key, timeToLive, persist: false, expectedRevision, cancellationToken);

    /// <summary>As <see cref="TouchAsync"/>, but the key does not expire any more.</summary>
    public ValueTask<ulong> PersistAsync(
        string key, ulong? expectedRevision = null, CancellationToken cancellationToken = default) =>
        _requests.TouchAsync(key, null, persist: true, expectedRevision, cancellationToken);

    /// <summary>Sets a value if the key has none. Returns the revision.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <param name="timeToLive">Time until the key expires; the bucket must allow it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="KeyValueKeyExistsException">The key has a value.</exception>
    /// <exception cref="JetStreamApiException">The bucket does not allow a time to live (10166), or it is full (10077).</exception>
    [OverloadResolutionPriority(1)]
    public async ValueTask<ulong> CreateAsync(
        string key,
        ReadOnlyMemory<byte> value,
        TimeSpan? timeToLive = null,
        CancellationToken cancellationToken = default) =>
        (await TryCreateAsync(key, value, timeToLive, cancellationToken).ConfigureAwait(false)).Value;

    /// <inheritdoc cref="CreateAsync(string, ReadOnlyMemory{byte}, TimeSpan?, CancellationToken)"/>
    public async ValueTask<ulong> CreateAsync<T>(
        string key,
        T value,
        TimeSpan? timeToLive = null,
        INatsSerializer<T>? serializer = null,
        CancellationToken cancellationToken = default)
    {
        using ScratchWriter scratch = Serialize(value, serializer);
        return await CreateAsync(key, scratch.Memory, timeToLive, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>As <see cref="CreateAsync(string, ReadOnlyMemory{byte}, TimeSpan?, CancellationToken)"/>, with failures as
    /// a result.</summary>
    public ValueTask<NatsResult<ulong>> TryCreateAsync(
        string key,
        ReadOnlyMemory<byte> value,
        TimeSpan? timeToLive = null,
        CancellationToken cancellationToken = default) =>
        _writer.TryCreateAsync(key, value, timeToLive, cancellationToken);

    /// <summary>Sets a value if the key's last revision is the given one. Returns the new revision.</summary>
    /// <exception cref="KeyValueWrongLastRevisionException">It is another.</exception>
    [OverloadResolutionPriority(1)]
    public async ValueTask<ulong> UpdateAsync(
        string key, ReadOnlyMemory<byte> value, ulong revision, CancellationToken cancellationToken = default) =>
        (await TryUpdateAsync(key, value, revision, cancellationToken).ConfigureAwait(false)).Value;

    /// <inheritdoc cref="UpdateAsync(string, ReadOnlyMemory{byte}, ulong, CancellationToken)"/>
    public async ValueTask<ulong> UpdateAsync<T>(
        string key,
        T value,
        ulong revision,
        INatsSerializer<T>? serializer = null,
        CancellationToken cancellationToken = default)
    {
        using ScratchWriter scratch = Serialize(value, serializer);
        return await UpdateAsync(key, scratch.Memory, revision, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>As <see cref="UpdateAsync(string, ReadOnlyMemory{byte}, ulong, CancellationToken)"/>, with failures as a
    /// result.</summary>
    public ValueTask<NatsResult<ulong>> TryUpdateAsync(
        string key, ReadOnlyMemory<byte> value, ulong revision, CancellationToken cancellationToken = default) =>
        _writer.TryWriteAsync(KeyValueOperation.Put, key, value.Span, revision, null, cancellationToken);

    /// <summary>Deletes a key; older revisions are kept. A key without a value is deleted all the same.</summary>
    /// <param name="key">The key.</param>
    /// <param name="expectedRevision">The key's last revision must be this.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The revision that says so.</returns>
    /// <exception cref="KeyValueWrongLastRevisionException">The last revision is another.</exception>
    public async ValueTask<ulong> DeleteAsync(
        string key, ulong? expectedRevision = null, CancellationToken cancellationToken = default) =>
        (await TryDeleteAsync(key, expectedRevision, cancellationToken).ConfigureAwait(false)).Value;

    /// <summary>As <see cref="DeleteAsync"/>, with failures as a result.</summary>
    public ValueTask<NatsResult<ulong>> TryDeleteAsync(
        string key, ulong? expectedRevision = null, CancellationToken cancellationToken = default) =>
        _writer.TryWriteAsync(KeyValueOperation.Delete, key, default, expectedRevision, null, cancellationToken);

    /// <summary>Deletes a key and its older revisions.</summary>
    /// <param name="key">The key.</param>
    /// <param name="timeToLive">Time until the marker goes too; the bucket must allow it.</param>
    /// <param name="expectedRevision">The key's last revision must be this.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The revision that says so.</returns>
    /// <exception cref="KeyValueWrongLastRevisionException">The last revision is another.</exception>
    public async ValueTask<ulong> PurgeAsync(
        string key,
        TimeSpan? timeToLive = null,
        ulong? expectedRevision = null,
        CancellationToken cancellationToken = default) =>
        (await TryPurgeAsync(key, timeToLive, expectedRevision, cancellationToken).ConfigureAwait(false)).Value;

    /// <summary>As <see cref="PurgeAsync"/>, with failures as a result.</summary>
    public ValueTask<NatsResult<ulong>> TryPurgeAsync(
        string key,
        TimeSpan? timeToLive = null,
        ulong? expectedRevision = null,
        CancellationToken cancellationToken = default) =>
        _writer.TryWriteAsync(KeyValueOperation.Purge, key, default, expectedRevision, timeToLive, cancellationToken);

    /// <summary>The revisions kept of a key (or of the keys of a filter), oldest first; none if there are none.</summary>
    /// <exception cref="KeyValueInvalidKeyException">The key breaks the rules.</exception>
    /// <exception cref="KeyValueBucketNotFoundException">The bucket is gone.</exception>
    public IAsyncEnumerable<KeyValueEntry> HistoryAsync(string key, CancellationToken cancellationToken = default) =>
        InitialEntriesAsync([key], new KeyValueWatchOptions { IncludeHistory = true }, cancellationToken);

    /// <summary>
    /// The keys that have a value, or those of them that match one of the filters, in the order of their last change.
    /// </summary>
    /// <exception cref="KeyValueInvalidKeyException">A filter breaks the rules.</exception>
    /// <exception cref="KeyValueBucketNotFoundException">The bucket is gone.</exception>
    public async IAsyncEnumerable<string> KeysAsync(
        IReadOnlyList<string>? filters = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        KeyValueWatchOptions options = new() { MetaOnly = true, IgnoreDeletes = true };
        // A key that changes while it is being listed comes twice.
        HashSet<string> seen = [];
        await foreach (KeyValueEntry entry in InitialEntriesAsync(
            filters is { Count: > 0 } ? filters : [">"], options, cancellationToken).ConfigureAwait(false))
        {
            if (seen.Add(entry.Key))
                yield return entry.Key;
        }
    }

    /// <summary>
    /// A page of keys in the order of their bytes, with what there is to know of each but its value. It costs what it lists, not
    /// what the bucket holds. Needs Rivulet's server.
    /// </summary>
    /// <param name="selection">Which keys; null for all.</param>
    /// <param name="total">Whether to count all that match too, which costs as much as listing them.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="KeyValueRevisionCompactedException">The revision is not held any more.</exception>
    /// <exception cref="KeyValueNotSupportedException">The server does not offer it.</exception>
    public ValueTask<KeyValuePage> ListPageAsync(
        KeyValueSelection? selection = null, bool total = false, CancellationToken cancellationToken = default) =>
        _requests.ListAsync(selection ?? new KeyValueSelection(), total, cancellationToken);

    /// <summary>
    /// Keys in the order of their bytes, page after page. A key that stays is listed once; one that comes or goes meanwhile may
    /// be or not, unless the selection says as of which revision. Needs Rivulet's server.
    /// </summary>
    /// <exception cref="KeyValueRevisionCompactedException">The revision is not held any more.</exception>
    /// <exception cref="KeyValueNotSupportedException">The server does not offer it.</exception>
    public async IAsyncEnumerable<string> ListKeysAsync(
        KeyValueSelection selection, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(selection);
        for (KeyValueSelection? page = selection; page is not null;)
        {
            (IReadOnlyList<string> keys, string? next) =
                await _requests.ListKeysAsync(page, cancellationToken).ConfigureAwait(false);
            foreach (string key in keys)
                yield return key;
            page = next is null ? null : page with { From = next, After = null };
        }
    }

    /// <summary>How many keys have a value. Costs as much as listing them, on the server. Needs Rivulet's server.</summary>
    /// <exception cref="KeyValueNotSupportedException">The server does not offer it.</exception>
    public async ValueTask<ulong> CountKeysAsync(
        KeyValueSelection? selection = null, CancellationToken cancellationToken = default)
    {
        KeyValueSelection one = (selection ?? new KeyValueSelection()) with { Limit = 1 };
        return (await _requests.ListAsync(one, total: true, cancellationToken).ConfigureAwait(false)).Total ?? 0;
    }

    /// <summary>
    /// The values of many keys, up to 1024, in one request: all as of one revision of the bucket. Needs Rivulet's server.
    /// </summary>
    /// <param name="keys">The keys.</param>
    /// <param name="revision">The revision; 0 for the present.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="KeyValueInvalidKeyException">A key breaks the rules.</exception>
    /// <exception cref="KeyValueRevisionCompactedException">The revision is not held any more.</exception>
    /// <exception cref="KeyValueNotSupportedException">The server does not offer it.</exception>
    public ValueTask<KeyValueSnapshot> GetManyAsync(
        IReadOnlyList<string> keys, ulong revision = 0, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(keys);
        return _requests.GetManyAsync(keys, revision, cancellationToken);
    }

    /// <summary>
    /// The values of the keys that match, up to 1024, all as of one revision of the bucket, and where the next ones begin. Needs
    /// Rivulet's server.
    /// </summary>
    /// <exception cref="KeyValueRevisionCompactedException">The revision is not held any more.</exception>
    /// <exception cref="KeyValueNotSupportedException">The server does not offer it.</exception>
    public ValueTask<KeyValueSnapshot> GetManyAsync(
        KeyValueSelection selection, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(selection);
        return _requests.GetManyAsync(selection, cancellationToken);
    }

    /// <summary>
    /// The values that keys had as of a revision, in the order of the keys' bytes, page after page, as long as the bucket's
    /// history holds that revision. Needs Rivulet's server.
    /// </summary>
    /// <param name="revision">The revision, above 0.</param>
    /// <param name="selection">Which keys; null for all.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="KeyValueRevisionCompactedException">The revision is not held any more, perhaps since the page before.</exception>
    /// <exception cref="KeyValueNotSupportedException">The server does not offer it.</exception>
    public async IAsyncEnumerable<KeyValueEntry> ReadAsOfAsync(
        ulong revision,
        KeyValueSelection? selection = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfZero(revision);
        for (KeyValueSelection? page = (selection ?? new KeyValueSelection()) with { Revision = revision }; page is not null;)
        {
            KeyValueSnapshot snapshot = await _requests.GetManyAsync(page, cancellationToken).ConfigureAwait(false);
            foreach (KeyValueEntry entry in snapshot.Entries)
                yield return entry;
            page = snapshot.Next is { } next ? page with { From = next, After = null } : null;
        }
    }

    /// <summary>Where the bucket stands now, for a watch that is to go on from here some time. Needs Rivulet's server.</summary>
    /// <exception cref="KeyValueNotSupportedException">The server does not offer it.</exception>
    public ValueTask<KeyValuePosition> GetPositionAsync(CancellationToken cancellationToken = default) =>
        _requests.ResumeAsync(default, every: false, cancellationToken);

    /// <summary>Watches the keys of one filter; <c>&gt;</c> is the whole bucket.</summary>
    /// <inheritdoc cref="WatchAsync(IReadOnlyList{string}, KeyValueWatchOptions?, CancellationToken)"/>
    public ValueTask<KeyValueWatch> WatchAsync(
        string filter = ">", KeyValueWatchOptions? options = null, CancellationToken cancellationToken = default) =>
        WatchAsync([filter], options, cancellationToken);

    /// <summary>Watches the keys of several filters. The watch is in force when this returns.</summary>
    /// <exception cref="KeyValueInvalidKeyException">A filter breaks the rules.</exception>
    /// <exception cref="KeyValueBucketNotFoundException">The bucket is gone.</exception>
    public ValueTask<KeyValueWatch> WatchAsync(
        IReadOnlyList<string> filters,
        KeyValueWatchOptions? options = null,
        CancellationToken cancellationToken = default) =>
        KeyValueWatch.StartAsync(
            Bucket, Stream, _subjects, _entries, filters, options ?? new KeyValueWatchOptions(), _requests, cancellationToken);

    /// <summary>What the bucket is and holds now.</summary>
    /// <exception cref="KeyValueBucketNotFoundException">The bucket is gone.</exception>
    public async ValueTask<KeyValueStatus> StatusAsync(CancellationToken cancellationToken = default) =>
        (await TryStatusAsync(cancellationToken).ConfigureAwait(false)).Value;

    /// <summary>As <see cref="StatusAsync"/>, with failures as a result.</summary>
    public async ValueTask<NatsResult<KeyValueStatus>> TryStatusAsync(CancellationToken cancellationToken = default)
    {
        NatsResult<StreamInfo> answer =
            await Stream.TryGetInfoAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        return answer.TryGetValue(out StreamInfo? info)
            ? new KeyValueStatus(Bucket, info)
            : KeyValueErrors.OfBucket(answer.Error!, Bucket);
    }

    /// <summary>
    /// Removes what deletes and purges left behind: the older revisions of each deleted key, and the marker itself once it
    /// is older than <paramref name="olderThan"/> (30 minutes if null; zero or less: every marker).
    /// </summary>
    /// <exception cref="KeyValueBucketNotFoundException">The bucket is gone.</exception>
    public async ValueTask PurgeDeletesAsync(TimeSpan? olderThan = null, CancellationToken cancellationToken = default)
    {
        List<KeyValueEntry> markers = [];
        await foreach (KeyValueEntry entry in InitialEntriesAsync(
            [">"], new KeyValueWatchOptions { MetaOnly = true }, cancellationToken).ConfigureAwait(false))
        {
            if (entry.Operation != KeyValueOperation.Put)
                markers.Add(entry);
        }

        TimeSpan age = olderThan ?? MarkerAgeDefault;
        DateTimeOffset keptSince = age > TimeSpan.Zero
            ? Stream.Context.Connection.Options.TimeProvider.GetUtcNow() - age
            : DateTimeOffset.MaxValue;
        foreach (KeyValueEntry marker in markers)
        {
            StreamPurgeOptions purge = new()
            {
                Filter = _subjects.ReadPrefixText + marker.Key,
                Keep = marker.Created > keptSince ? 1u : 0u,
            };
            await Stream.PurgeAsync(purge, cancellationToken).ConfigureAwait(false);
        }
    }

    private async IAsyncEnumerable<KeyValueEntry> InitialEntriesAsync(
        IReadOnlyList<string> filters,
        KeyValueWatchOptions options,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        KeyValueWatch watch = await WatchAsync(filters, options, cancellationToken).ConfigureAwait(false);
        await using (((IAsyncDisposable)watch).ConfigureAwait(false))
        {
            await foreach (KeyValueEntry entry in watch.InitialEntriesAsync(cancellationToken).ConfigureAwait(false))
                yield return entry;
        }
    }

    /// <summary>Whether the server lets older revisions go with the one that expires; asked once of each server.</summary>
    private async ValueTask<bool> EndsKeysAsync(CancellationToken cancellationToken)
    {
        string server = Stream.Context.Connection.ServerInfo.ServerId;
        if (_endsKeysServerId == server)
            return true;
        if (!await _requests.IsSupportedAsync(cancellationToken).ConfigureAwait(false))
            return false;
        _endsKeysServerId = server;
        return true;
    }

    private ScratchWriter Serialize<T>(T value, INatsSerializer<T>? serializer)
    {
        ScratchWriter scratch = ScratchWriter.Rent();
        (serializer ?? Stream.Context.Connection.Options.Serializers.Get<T>()).Serialize(scratch, value);
        return scratch;
    }
}

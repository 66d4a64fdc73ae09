using Rivulet.Client.JetStream;

namespace Rivulet.Client.KeyValue;

/// <summary>A bucket: keys, each with a value and a row of revisions. Safe to use from any thread.</summary>
public sealed class KeyValueBucket
{
    internal KeyValueBucket(KeyValueContext context, string bucket)
    {
        Context = context;
        Bucket = bucket;
    }

    /// <summary>The context it came from.</summary>
    public KeyValueContext Context { get; }

    /// <summary>Name of the bucket.</summary>
    public string Bucket { get; }

    /// <summary>Name of the stream behind it.</summary>
    public string StreamName => throw new NotImplementedException();

    /// <summary>The stream behind it.</summary>
    public JetStreamStream Stream => throw new NotImplementedException();

    /// <summary>The latest value of a key, or the one of a revision.</summary>
    /// <exception cref="KeyValueKeyDeletedException">The key, or that revision, is a delete.</exception>
    /// <exception cref="KeyValueKeyNotFoundException">There is no such key, or the revision is not of this key.</exception>
    public ValueTask<KeyValueEntry> GetAsync(
        string key, ulong? revision = null, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>As <see cref="GetAsync"/>, with failures as a result.</summary>
    public ValueTask<NatsResult<KeyValueEntry>> TryGetAsync(
        string key, ulong? revision = null, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>Sets a value, whatever the key's state. Returns the revision.</summary>
    public ValueTask<ulong> PutAsync(
        string key, ReadOnlyMemory<byte> value, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <inheritdoc cref="PutAsync(string, ReadOnlyMemory{byte}, CancellationToken)"/>
    public ValueTask<ulong> PutAsync<T>(
        string key, T value, INatsSerializer<T>? serializer = null, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>As <see cref="PutAsync(string, ReadOnlyMemory{byte}, CancellationToken)"/>, with failures as a result.</summary>
    public ValueTask<NatsResult<ulong>> TryPutAsync(
        string key, ReadOnlyMemory<byte> value, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>Sets a value if the key has none. Returns the revision.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <param name="timeToLive">Time until the key expires; the bucket must allow it.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="KeyValueKeyExistsException">The key has a value.</exception>
    public ValueTask<ulong> CreateAsync(
        string key,
        ReadOnlyMemory<byte> value,
        TimeSpan? timeToLive = null,
        CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <inheritdoc cref="CreateAsync(string, ReadOnlyMemory{byte}, TimeSpan?, CancellationToken)"/>
    public ValueTask<ulong> CreateAsync<T>(
        string key,
        T value,
        TimeSpan? timeToLive = null,
        INatsSerializer<T>? serializer = null,
        CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>As <see cref="CreateAsync(string, ReadOnlyMemory{byte}, TimeSpan?, CancellationToken)"/>, with failures as
    /// a result.</summary>
    public ValueTask<NatsResult<ulong>> TryCreateAsync(
        string key,
        ReadOnlyMemory<byte> value,
        TimeSpan? timeToLive = null,
        CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Sets a value if the key's last revision is the given one. Returns the new revision.</summary>
    /// <exception cref="KeyValueWrongLastRevisionException">It is another.</exception>
    public ValueTask<ulong> UpdateAsync(
        string key, ReadOnlyMemory<byte> value, ulong revision, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <inheritdoc cref="UpdateAsync(string, ReadOnlyMemory{byte}, ulong, CancellationToken)"/>
    public ValueTask<ulong> UpdateAsync<T>(
        string key,
        T value,
        ulong revision,
        INatsSerializer<T>? serializer = null,
        CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>As <see cref="UpdateAsync(string, ReadOnlyMemory{byte}, ulong, CancellationToken)"/>, with failures as a
    /// result.</summary>
    public ValueTask<NatsResult<ulong>> TryUpdateAsync(
        string key, ReadOnlyMemory<byte> value, ulong revision, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>Deletes a key; older revisions are kept. A key without a value is deleted all the same.</summary>
    /// <param name="key">The key.</param>
    /// <param name="expectedRevision">The key's last revision must be this.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The revision that says so.</returns>
    /// <exception cref="KeyValueWrongLastRevisionException">The last revision is another.</exception>
    public ValueTask<ulong> DeleteAsync(
        string key, ulong? expectedRevision = null, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>As <see cref="DeleteAsync"/>, with failures as a result.</summary>
    public ValueTask<NatsResult<ulong>> TryDeleteAsync(
        string key, ulong? expectedRevision = null, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>Deletes a key and its older revisions.</summary>
    /// <param name="key">The key.</param>
    /// <param name="timeToLive">Time until the marker goes too; the bucket must allow it.</param>
    /// <param name="expectedRevision">The key's last revision must be this.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The revision that says so.</returns>
    /// <exception cref="KeyValueWrongLastRevisionException">The last revision is another.</exception>
    public ValueTask<ulong> PurgeAsync(
        string key,
        TimeSpan? timeToLive = null,
        ulong? expectedRevision = null,
        CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>As <see cref="PurgeAsync"/>, with failures as a result.</summary>
    public ValueTask<NatsResult<ulong>> TryPurgeAsync(
        string key,
        TimeSpan? timeToLive = null,
        ulong? expectedRevision = null,
        CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>The revisions kept of a key (or of the keys of a filter), oldest first; none if there are none.</summary>
    public IAsyncEnumerable<KeyValueEntry> HistoryAsync(string key, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>The keys that have a value, or those that match one of the filters, in the order of their last change.</summary>
    public IAsyncEnumerable<string> KeysAsync(
        IReadOnlyList<string>? filters = null, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>Watches the keys of one filter; <c>&gt;</c> is the whole bucket.</summary>
    /// <exception cref="KeyValueBucketNotFoundException">The bucket is gone.</exception>
    public ValueTask<KeyValueWatch> WatchAsync(
        string filter = ">", KeyValueWatchOptions? options = null, CancellationToken cancellationToken = default) =>
        WatchAsync([filter], options, cancellationToken);

    /// <summary>Watches the keys of several filters.</summary>
    /// <exception cref="KeyValueBucketNotFoundException">The bucket is gone.</exception>
    public ValueTask<KeyValueWatch> WatchAsync(
        IReadOnlyList<string> filters,
        KeyValueWatchOptions? options = null,
        CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>What the bucket is and holds now.</summary>
    /// <exception cref="KeyValueBucketNotFoundException">The bucket is gone.</exception>
    public ValueTask<KeyValueStatus> StatusAsync(CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>
    /// Removes what deletes and purges left behind: the older revisions of each deleted key, and the marker itself once it
    /// is older than <paramref name="olderThan"/> (30 minutes if null; zero or less: every marker).
    /// </summary>
    public ValueTask PurgeDeletesAsync(TimeSpan? olderThan = null, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();
}

using System.Runtime.CompilerServices;
using Rivulet.Client.JetStream;

namespace Rivulet.Client.KeyValue;

/// <summary>
/// A watch on keys. What was there when it began comes first, then every change; by one reader at a time. Enumerating it
/// hands out all of it; <see cref="InitialEntriesAsync"/> hands out the first part and ends where the changes begin.
/// </summary>
/// <remarks>
/// The watch is in force from the moment it is created: no change after that is missed, also over a reconnect. Leaving
/// an enumeration of the watch, cancelling it, or disposing of the watch ends it and deletes its consumer; leaving or
/// finishing <see cref="InitialEntriesAsync"/> does not.
/// </remarks>
public sealed class KeyValueWatch : IAsyncEnumerable<KeyValueEntry>, IAsyncDisposable
{
    private readonly string _bucket;
    private readonly OrderedConsumer _consumer;
    private readonly KeyValueEntryReader _entries;
    private readonly bool _ignoreDeletes;
    private ulong _initialLeft;
    private bool _initialRead;

    private KeyValueWatch(string bucket, OrderedConsumer consumer, KeyValueEntryReader entries, KeyValueWatchOptions options)
    {
        _bucket = bucket;
        _consumer = consumer;
        _entries = entries;
        _ignoreDeletes = options.IgnoreDeletes;
        _initialLeft = consumer.InitialPending;
        _initialRead = options.UpdatesOnly || _initialLeft == 0;
    }

    /// <summary>True once everything that was there when the watch began has been read. Then changes follow.</summary>
    public bool InitialEntriesRead => Volatile.Read(ref _initialRead);

    /// <summary>The entries that were there when the watch began, and ends; at once if there are none.</summary>
    /// <exception cref="KeyValueBucketNotFoundException">The bucket is gone.</exception>
    /// <exception cref="NatsConnectionClosedException">The connection was closed before the end was reached.</exception>
    public async IAsyncEnumerable<KeyValueEntry> InitialEntriesAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (!InitialEntriesRead)
        {
            WatchRead read = await ReadStepAsync(cancellationToken).ConfigureAwait(false);
            if (read.Entry is { } entry)
                yield return entry;
            else if (read.Ended && !_consumer.IsDisposed)
                throw new NatsConnectionClosedException(null);
            else if (read.Ended)
                yield break;
        }
    }

    /// <summary>The next entry; null when the watch has ended. Does not end it when cancelled.</summary>
    /// <exception cref="KeyValueBucketNotFoundException">The bucket is gone.</exception>
    /// <exception cref="NatsConnectionClosedException">The connection was closed by a failure.</exception>
    public async ValueTask<KeyValueEntry?> ReadAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            WatchRead read = await ReadStepAsync(cancellationToken).ConfigureAwait(false);
            if (read.Entry is not null || read.Ended)
                return read.Entry;
        }
    }

    /// <summary>The entries not read yet, and all changes to come.</summary>
    /// <exception cref="KeyValueBucketNotFoundException">The bucket is gone.</exception>
    /// <exception cref="NatsConnectionClosedException">The connection was closed by a failure.</exception>
    public async IAsyncEnumerator<KeyValueEntry> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        try
        {
            while (await ReadAsync(cancellationToken).ConfigureAwait(false) is { } entry)
                yield return entry;
        }
        finally
        {
            await DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Ends the watch and deletes its consumer.</summary>
    public ValueTask DisposeAsync() => _consumer.DisposeAsync();

    internal static async ValueTask<KeyValueWatch> StartAsync(
        string bucket,
        JetStreamStream stream,
        KeyValueSubjects subjects,
        KeyValueEntryReader entries,
        IReadOnlyList<string> filters,
        KeyValueWatchOptions options,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filters);
        ArgumentOutOfRangeException.ThrowIfZero(filters.Count, nameof(filters));
        if (options.IncludeHistory && options.UpdatesOnly)
            throw new ArgumentException("A watch has history or updates only, not both.", nameof(options));
        foreach (string filter in filters)
        {
            if (!KeyValueNames.IsFilter(filter))
                throw new KeyValueInvalidKeyException(filter);
        }

        OrderedConsumerOptions consumerOptions = new()
        {
            FilterSubjects = [.. filters.Select(filter => subjects.ReadPrefixText + filter)],
            DeliverPolicy = Policy(options),
            StartSequence = options.ResumeFromRevision,
            HeadersOnly = options.MetaOnly,
            IdleHeartbeat = options.IdleHeartbeat,
        };
        try
        {
            OrderedConsumer consumer =
                await stream.CreateOrderedConsumerAsync(consumerOptions, cancellationToken).ConfigureAwait(false);
            return new KeyValueWatch(bucket, consumer, entries, options);
        }
        catch (JetStreamApiException refused) when (refused.ErrorCode == ApiErrorCodes.StreamNotFound)
        {
            throw new KeyValueBucketNotFoundException(bucket, refused.Error);
        }
    }

    private static DeliverPolicy Policy(KeyValueWatchOptions options) =>
        options.ResumeFromRevision > 0 ? DeliverPolicy.ByStartSequence
        : options.IncludeHistory ? DeliverPolicy.All
        : options.UpdatesOnly ? DeliverPolicy.New
        : DeliverPolicy.LastPerSubject;

    /// <summary>One step: an entry, or something that is none (a delete to ignore, a restart), or the end.</summary>
    private async ValueTask<WatchRead> ReadStepAsync(CancellationToken cancellationToken)
    {
        OrderedRead read;
        try
        {
            read = await _consumer.ReadOrRestartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (JetStreamApiException refused) when (refused.ErrorCode == ApiErrorCodes.StreamNotFound)
        {
            throw new KeyValueBucketNotFoundException(_bucket, refused.Error);
        }

        if (read.Message is { } message)
            return new WatchRead(OnMessage(message), Ended: false);
        if (read.Restarted)
            OnRestarted();
        return new WatchRead(null, Ended: !read.Restarted);
    }

    /// <summary>
    /// The initial part ends with the message behind which nothing is pending, or with as many messages as were pending at
    /// the start: while others write, something is always pending.
    /// </summary>
    private KeyValueEntry? OnMessage(JetStreamMessage message)
    {
        KeyValueEntry? entry = _entries.TryRead(message, isUpdate: _initialRead);
        if (!_initialRead)
        {
            _initialLeft--;
            if (_initialLeft == 0 || message.Pending == 0)
                Volatile.Write(ref _initialRead, true);
        }

        return entry is not null && _ignoreDeletes && entry.Operation != KeyValueOperation.Put ? null : entry;
    }

    /// <summary>The rest of the initial part is what the new consumer has pending.</summary>
    private void OnRestarted()
    {
        if (_initialRead)
            return;
        _initialLeft = _consumer.CachedInfo.Pending;
        if (_initialLeft == 0)
            Volatile.Write(ref _initialRead, true);
    }

    private readonly record struct WatchRead(KeyValueEntry? Entry, bool Ended);
}

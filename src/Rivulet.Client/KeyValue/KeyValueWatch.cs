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
    private readonly bool _ignoreTouches;
    private ulong _initialLeft;
    private bool _initialRead;

    // Of a watch that goes on from a position; null in others.
    private readonly KeyValueRequests? _resuming;
    private readonly bool _everyRevision;
    private KeyValuePosition _position;
    private bool _mustCheck;
    private KeyValuePosition _checkFrom;
    private ulong _catchUpLeft;

    private KeyValueWatch(
        string bucket,
        OrderedConsumer consumer,
        KeyValueEntryReader entries,
        KeyValueWatchOptions options,
        KeyValueRequests? resuming)
    {
        _bucket = bucket;
        _consumer = consumer;
        _entries = entries;
        _ignoreDeletes = options.IgnoreDeletes;
        _ignoreTouches = options.IgnoreTouches;
        _everyRevision = options.EveryRevision;
        _resuming = resuming;
        _position = options.ResumeAfter ?? default;
        _initialLeft = consumer.InitialPending;
        _initialRead = options.UpdatesOnly || _initialLeft == 0;
    }

    /// <summary>True once everything that was there when the watch began has been read. Then changes follow.</summary>
    public bool InitialEntriesRead => Volatile.Read(ref _initialRead);

    /// <summary>
    /// How far the entries go that were read; another watch may go on from here. To be taken between two reads.
    /// </summary>
    public KeyValuePosition Position => _position;

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
        KeyValueRequests requests,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filters);
        ArgumentOutOfRangeException.ThrowIfZero(filters.Count, nameof(filters));
        if (options.IncludeHistory && options.UpdatesOnly)
            throw new ArgumentException("A watch has history or updates only, not both.", nameof(options));
        if (options.ResumeAfter is not null && (options.IncludeHistory || options.UpdatesOnly || options.ResumeFromRevision > 0))
            throw new ArgumentException("A watch that goes on from a position begins there and nowhere else.", nameof(options));
        foreach (string filter in filters)
        {
            if (!KeyValueNames.IsFilter(filter))
                throw new KeyValueInvalidKeyException(filter);
        }

        OrderedConsumerOptions consumerOptions = new()
        {
            FilterSubjects = [.. filters.Select(filter => subjects.ReadPrefixText + filter)],
            DeliverPolicy = Policy(options),
            StartSequence = options.ResumeAfter is { Revision: > 0 } after ? after.Revision + 1 : options.ResumeFromRevision,
            HeadersOnly = options.MetaOnly,
            IdleHeartbeat = options.IdleHeartbeat,
        };
        try
        {
            OrderedConsumer consumer =
                await stream.CreateOrderedConsumerAsync(consumerOptions, cancellationToken).ConfigureAwait(false);
            var watch = new KeyValueWatch(bucket, consumer, entries, options, options.ResumeAfter is null ? null : requests);
            await watch.BeginResumingAsync(cancellationToken).ConfigureAwait(false);
            return watch;
        }
        catch (JetStreamApiException refused) when (refused.ErrorCode == ApiErrorCodes.StreamNotFound)
        {
            throw new KeyValueBucketNotFoundException(bucket, refused.Error);
        }
    }

    private static DeliverPolicy Policy(KeyValueWatchOptions options) =>
        options.ResumeFromRevision > 0 || options.ResumeAfter is { Revision: > 0 } ? DeliverPolicy.ByStartSequence
        : options.IncludeHistory || (options.ResumeAfter is not null && options.EveryRevision) ? DeliverPolicy.All
        : options.UpdatesOnly ? DeliverPolicy.New
        : DeliverPolicy.LastPerSubject;

    /// <summary>One step: an entry, or something that is none (a delete to ignore, a restart), or the end.</summary>
    private async ValueTask<WatchRead> ReadStepAsync(CancellationToken cancellationToken)
    {
        if (_mustCheck)
            await CheckAsync(cancellationToken).ConfigureAwait(false);
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
    /// The consumer is there, so that nothing is missed from here on: may the watch go on? What is told of the removals so far
    /// is what the next check compares with.
    /// </summary>
    private async ValueTask BeginResumingAsync(CancellationToken cancellationToken)
    {
        if (_resuming is null)
            return;
        try
        {
            KeyValuePosition now =
                await _resuming.ResumeAsync(_position, _everyRevision, cancellationToken).ConfigureAwait(false);
            _position = _position with { Removals = _position.Removals ?? now.Removals };
            (_mustCheck, _checkFrom) = (!_initialRead, _position);
        }
        catch
        {
            await DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Asks again once all that was there has been read, or the consumer was lost: what was to be read may have gone before it
    /// was sent.
    /// </summary>
    private async ValueTask CheckAsync(CancellationToken cancellationToken)
    {
        if (!_initialRead || _catchUpLeft > 0)
            return;
        await _resuming!.ResumeAsync(_checkFrom, _everyRevision, cancellationToken).ConfigureAwait(false);
        _mustCheck = false;
    }

    /// <summary>
    /// The initial part ends with the message behind which nothing is pending, or with as many messages as were pending at
    /// the start: while others write, something is always pending.
    /// </summary>
    private KeyValueEntry? OnMessage(JetStreamMessage message)
    {
        KeyValueEntry? entry = _entries.TryRead(message, isUpdate: _initialRead);
        _position = _position with { Revision = Math.Max(_position.Revision, message.StreamSequence) };
        if (_catchUpLeft > 0)
            _catchUpLeft = message.Pending == 0 ? 0 : _catchUpLeft - 1;
        if (!_initialRead)
        {
            _initialLeft--;
            if (_initialLeft == 0 || message.Pending == 0)
                Volatile.Write(ref _initialRead, true);
        }

        bool isLeftOut = entry is not null
            && ((_ignoreDeletes && entry.Operation != KeyValueOperation.Put) || (_ignoreTouches && entry.TouchedRevision is not null));
        return isLeftOut ? null : entry;
    }

    /// <summary>The rest of the initial part is what the new consumer has pending.</summary>
    private void OnRestarted()
    {
        if (_resuming is not null && !_mustCheck)
            (_mustCheck, _checkFrom) = (true, _position);
        if (_initialRead)
        {
            _catchUpLeft = _consumer.CachedInfo.Pending;
            return;
        }

        _initialLeft = _consumer.CachedInfo.Pending;
        if (_initialLeft == 0)
            Volatile.Write(ref _initialRead, true);
    }

    private readonly record struct WatchRead(KeyValueEntry? Entry, bool Ended);
}

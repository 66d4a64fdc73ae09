using System.Text;
using Rivulet.JetStream.Buckets;
using Rivulet.JetStream.Consumers;
using Rivulet.JetStream.Hosting;
using Rivulet.JetStream.Origins;
using Rivulet.JetStream.Schedules;
using Rivulet.Protocol;
using Rivulet.Storage;

namespace Rivulet.JetStream.Streams;

/// <summary>
/// One stream: takes what is published on its subjects, decides what may be stored, and answers once it is committed.
/// </summary>
/// <remarks>
/// <para>
/// <see cref="WriterLock"/> guards the writer side of <see cref="Log"/> and everything that decides what is appended. It is
/// held for short steps of memory work; no I/O, no callback and no await happens under it. It comes before the locks of the
/// store, and after those of consumers, which append their state.
/// </para>
/// <para>
/// Created, updated and deleted by the account's API queue, one thing at a time. Publishers come in from any number of
/// receive loops; <see cref="OnCommitted"/> comes from one thread of the store at a time.
/// </para>
/// </remarks>
public sealed class JetStreamStream : IStreamObserver
{
    private readonly Dictionary<string, IDisposable> _subscriptions = new(StringComparer.Ordinal);
    private readonly RoundBatches _rounds;
    private volatile StreamConfig _config;
    private volatile Republisher? _republisher;
    private volatile OriginReaders? _readers;
    private volatile bool _isComplete;
    private volatile bool _isStopped;
    private long _trackedBytes;

    internal JetStreamStream(JetStreamAccount account, MessageStore store, StreamLog log, StreamConfig config)
    {
        Account = account;
        Store = store;
        Log = log;
        _config = config;
        _rounds = account.Engine.RoundsOf(store);
        Name = config.Name;
        NameBytes = Encoding.UTF8.GetBytes(config.Name);
        _republisher = Republisher.Create(this, config);
        Renamer = SubjectRenamer.Create(config, account.Engine.Host.Random);
        if (config.AllowSchedules)
            Schedules = new MessageSchedules(this);
        Publishing = new PublishHandler(this);
        Expiry = new ExpiryTimer(this);
        Consumers = new ConsumerSet(this);
        Consumed = new ConsumedMessages(this);
        Origins = new StreamOrigins(this);
        if (BucketNames.IsBucket(config))
            Revisions = new BucketRevisions(this);
    }

    /// <summary>The account it belongs to.</summary>
    public JetStreamAccount Account { get; }

    /// <summary>The account's subject space.</summary>
    public IAccountRouter Router => Account.Router;

    /// <summary>Name of the stream.</summary>
    public string Name { get; }

    /// <summary>Its name as bytes.</summary>
    public ReadOnlyMemory<byte> NameBytes { get; }

    /// <summary>The store that keeps its messages.</summary>
    public MessageStore Store { get; }

    /// <summary>Its messages.</summary>
    public StreamLog Log { get; }

    /// <summary>Its consumers.</summary>
    public ConsumerSet Consumers { get; }

    /// <summary>Its configuration. An update replaces the object; nothing changes it in place.</summary>
    public StreamConfig Config => _config;

    /// <summary>Held by whoever uses the writer side of <see cref="Log"/>.</summary>
    public Lock WriterLock { get; } = new();

    /// <summary>Whether it is deleted, or the server is shutting down: nothing may be appended any more.</summary>
    public bool IsStopped => _isStopped;

    /// <summary>Whether appends are committed later than they are made.</summary>
    internal bool IsDurable => _config.Storage == StorageType.File;

    /// <summary>What takes the published messages in.</summary>
    internal PublishHandler Publishing { get; }

    /// <summary>What removes the expired messages.</summary>
    internal ExpiryTimer Expiry { get; }

    /// <summary>What gives messages the subjects that they are stored under; <c>null</c> if they keep theirs. Under the writer lock.</summary>
    internal SubjectRenamer? Renamer { get; private set; }

    /// <summary>Its schedules; <c>null</c> if it may not have any. Once it may, it always may.</summary>
    internal MessageSchedules? Schedules { get; private set; }

    /// <summary>What removes the messages that no consumer needs any more, where that is what they are kept for.</summary>
    internal ConsumedMessages Consumed { get; }

    /// <summary>What remembers the removals of a bucket; <c>null</c> if the stream is none.</summary>
    internal BucketRevisions? Revisions { get; }

    /// <summary>What copies other streams into this one.</summary>
    internal StreamOrigins Origins { get; }

    /// <summary>Whether everything of it is there, consumers that were kept included, so that others may copy it.</summary>
    internal bool IsComplete
    {
        get => _isComplete;
        set => _isComplete = value;
    }

    /// <summary>Those who copy this stream; <c>null</c> if nobody does.</summary>
    internal OriginReaders? Readers
    {
        get => _readers;
        set => _readers = value;
    }

    /// <summary>What publishes the stored messages again; <c>null</c> if nothing does.</summary>
    internal Republisher? Republisher => _republisher;

    /// <summary>
    /// Begins to take messages. Before this, nothing else touches the stream. What it copies from other streams is begun by
    /// itself, by <see cref="StreamOrigins.Start"/>.
    /// </summary>
    internal void Start()
    {
        lock (WriterLock)
        {
            TrackUsage();
            Publishing.Recover();
            Schedules?.Recover();
            Revisions?.Recover();
        }

        Log.Observer = this;
        Consumers.Recover();

        // A stream that is restored has its consumers later, and one without any keeps what it has until there is one.
        if (Consumers.Count > 0)
            Consumed.Sweep();
        SubscribeSubjects();
        Expiry.Queue();
        Schedules?.Arm();
        Origins.Update(_config);
    }

    /// <summary>Stops taking messages: the stream is being deleted, or the server shut down.</summary>
    /// <param name="isDeleted">Whether it is deleted; those who wait for messages are told the difference.</param>
    internal void Stop(bool isDeleted)
    {
        lock (WriterLock)
        {
            if (_isStopped)
                return;
            _isStopped = true;
            Publishing.Stop();
            if (!isDeleted)
                Revisions?.Leave();
            Account.Usage.Add(_config.Storage, -_trackedBytes);
            _trackedBytes = 0;
        }

        Origins.Stop(isDeleted);
        Readers?.WakeAll();
        foreach (IDisposable subscription in _subscriptions.Values)
            subscription.Dispose();
        _subscriptions.Clear();
        Publishing.Dispose();
        Schedules?.Dispose();
        Expiry.Dispose();
        Consumers.Stop(isDeleted);
        Consumed.Stop();
    }

    /// <summary>Replaces the configuration.</summary>
    /// <param name="config">The new one, checked.</param>
    /// <returns>The change lasts once this is committed.</returns>
    internal LogPosition Update(StreamConfig config)
    {
        LogPosition position;
        lock (WriterLock)
        {
            if (Revisions is not null && BucketRevisions.MayRemove(_config, config))
                Revisions.OnRemoving();
            position = Log.Configure(StreamJson.Serialize(config), config.ToLimits());
            _config = config;
            _republisher = Republisher.Create(this, config);
            Renamer = SubjectRenamer.Create(config, Account.Engine.Host.Random);
            if (config.AllowSchedules)
                Schedules ??= new MessageSchedules(this);
            Publishing.DependOn(position);
            TrackUsage();
        }

        Origins.Update(config);
        Readers?.WakeAll();
        SubscribeSubjects();
        Expiry.Queue();
        Consumed.Sweep();
        Store.DeliverCommits();
        return position;
    }

    /// <summary>Deletes the stream with all it holds, after <see cref="Stop"/>.</summary>
    /// <returns>It is gone for good once this is committed.</returns>
    internal LogPosition Delete()
    {
        LogPosition position;
        lock (WriterLock)
            position = Log.Delete();
        Store.DeliverCommits();
        return position;
    }

    /// <summary>Removes messages.</summary>
    /// <param name="filter">Which subjects; empty is all.</param>
    /// <param name="beforeSequence">Only messages below this sequence; 0 is no bound.</param>
    /// <param name="keep">How many of the newest matching messages stay.</param>
    internal PurgeResult Purge(ReadOnlySpan<byte> filter, ulong beforeSequence, ulong keep)
    {
        PurgeResult result;
        lock (WriterLock)
        {
            Origins.WriteDown();
            Revisions?.OnPurging(filter, keep);
            result = Log.Purge(filter, beforeSequence, keep);
            if (result.Count > 0)
                Publishing.DependOn(result.Position);
            TrackUsage();
        }

        Consumers.PruneAfter(result.Position, isPurge: true);
        Store.DeliverCommits();
        return result;
    }

    /// <summary>Removes one message.</summary>
    /// <param name="sequence">Which.</param>
    /// <param name="erase">Whether its bytes are overwritten.</param>
    internal RemoveResult Remove(ulong sequence, bool erase)
    {
        RemoveResult result;
        lock (WriterLock)
        {
            Origins.WriteDown();
            if (Revisions is not null && Log.FindNext(sequence, FilterSet.All) == sequence)
                Revisions.OnRemoving();
            result = Log.Remove(sequence, erase);
            if (result.Removed)
                Publishing.DependOn(result.Position);
            TrackUsage();
        }

        Consumers.PruneAfter(result.Position, isPurge: false);
        Store.DeliverCommits();
        return result;
    }

    /// <summary>Under the writer lock, after every use of it: tells the account how the stream's size has changed.</summary>
    internal void TrackUsage() => TrackUsage(Log.Tail.Bytes);

    /// <summary>The same, where the size is known.</summary>
    internal void TrackUsage(ulong tailBytes)
    {
        long bytes = (long)tailBytes;
        if (bytes == _trackedBytes)
            return;
        Account.Usage.Add(_config.Storage, bytes - _trackedBytes);
        _trackedBytes = bytes;
    }

    /// <inheritdoc/>
    public void OnCommitted(in StreamCommit commit)
    {
        DeliveryBatch batch = _rounds.BatchOf(Account);
        Publishing.OnCommitted(commit.Position, batch);
        _republisher?.OnCommitted(commit, batch);
        Consumers.OnCommitted(commit);
        Consumed.OnCommitted();
        Readers?.OnCommitted(commit);
        if (commit.HasRemovals)
            Origins.OnRemovals();
    }

    /// <inheritdoc/>
    public void OnFailed(Exception cause) => Publishing.OnFailed(cause, _rounds.BatchOf(Account));

    /// <summary>Subscribes to the subjects that the configuration names, and to no others.</summary>
    private void SubscribeSubjects()
    {
        var wanted = new HashSet<string>(_config.Subjects ?? [], StringComparer.Ordinal);
        foreach (string subject in wanted)
        {
            if (!_subscriptions.ContainsKey(subject))
                _subscriptions.Add(subject, Router.Subscribe(Encoding.UTF8.GetBytes(subject), Publishing));
        }

        foreach (string subject in _subscriptions.Keys.Where(subject => !wanted.Contains(subject)).ToArray())
        {
            _subscriptions.Remove(subject, out IDisposable? subscription);
            subscription!.Dispose();
        }
    }
}

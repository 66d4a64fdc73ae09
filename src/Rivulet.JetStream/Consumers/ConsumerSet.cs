using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Rivulet.JetStream.Consumers.Acks;
using Rivulet.JetStream.Consumers.Configuration;
using Rivulet.JetStream.Consumers.Delivery;
using Rivulet.JetStream.Consumers.State;
using Rivulet.JetStream.Streams;
using Rivulet.Protocol;
using Rivulet.Storage;

namespace Rivulet.JetStream.Consumers;

/// <summary>
/// The consumers of one stream: finds them by name, and wakes those whose filters match what was committed.
/// </summary>
/// <remarks>
/// <para>
/// Consumers are made, changed and deleted by the account's queue of API requests, one thing at a time, and removed by
/// their own pumps when nobody uses them. Commits come from the store, one at a time.
/// </para>
/// <para>
/// The lock guards the names and the filters. A consumer's gate may be taken inside it. Filters change under a lock of their
/// own as well, the innermost of all, so that publishers look them up while they hold the stream's writer lock. A new consumer is found by its
/// filters before its pending messages are counted, and what arrives in between is sorted out by its cursor.
/// </para>
/// </remarks>
public sealed class ConsumerSet
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Consumer> _byName = new(Utf8NameComparer.Instance);
    private readonly SubjectMap<Consumer> _byFilter = new();
    private readonly Lock _filterGate = new();
    private readonly List<Consumer> _matched = [];
    private readonly HashSet<Consumer> _toWake = [];

    // Those that wait for acks, which the many watchers of a bucket do not. Under the gate.
    private readonly List<Consumer> _withAcks = [];
    private int _count;
    private ulong _lastCommitted;
    private long _removals;
    private LogPosition _pruneAt;
    private bool _mustPrune;
    private bool _wasPurged;
    private bool _isStopped;

    /// <summary>The consumers of a stream, none yet.</summary>
    public ConsumerSet(JetStreamStream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        Stream = stream;
        Ids = new Nuid(NewRandom());
        Followers = new FollowerGate(stream.Account.Engine.Host.Work);
        _lastCommitted = stream.Log.State.LastSequence;
    }

    /// <summary>The stream.</summary>
    public JetStreamStream Stream { get; }

    /// <summary>Number of consumers, those that serve other streams included.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Number of consumers that are shown to clients.</summary>
    internal int ShownCount
    {
        get
        {
            lock (_gate)
                return _byName.Values.Count(static consumer => !consumer.Config.Direct);
        }
    }

    /// <summary>Whether a consumer was kept that this server cannot read, so that nobody knows what it needs.</summary>
    internal bool HasUnreadable { get; private set; }

    /// <summary>Makes ids and names.</summary>
    internal Nuid Ids { get; }

    /// <summary>Where publishers wait for those who follow the stream.</summary>
    internal FollowerGate Followers { get; }

    /// <summary>Last sequence whose arrival was reported to the consumers.</summary>
    internal ulong LastCommitted => Volatile.Read(ref _lastCommitted);

    /// <summary>Raised whenever messages were removed.</summary>
    internal long Removals => Volatile.Read(ref _removals);

    /// <summary>A source of randomness for one owner, who guards it.</summary>
    internal Random NewRandom()
    {
        Random seeds = Stream.Account.Engine.Host.Random;
        lock (seeds)
            return new Random(seeds.Next());
    }

    /// <summary>Looks a consumer up by its name.</summary>
    internal bool TryGet(string name, [NotNullWhen(true)] out Consumer? consumer)
    {
        lock (_gate)
            return _byName.TryGetValue(name, out consumer);
    }

    /// <summary>Looks a consumer up by its name in UTF-8, without allocating.</summary>
    internal bool TryGet(ReadOnlySpan<byte> name, [NotNullWhen(true)] out Consumer? consumer)
    {
        lock (_gate)
            return _byName.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(name, out consumer);
    }

    /// <summary>The consumers that are shown to clients, by name.</summary>
    internal List<Consumer> Shown()
    {
        lock (_gate)
        {
            List<Consumer> shown = [.. _byName.Values.Where(consumer => !consumer.Config.Direct)];
            shown.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
            return shown;
        }
    }

    /// <summary>All consumers.</summary>
    internal List<Consumer> All()
    {
        lock (_gate)
            return [.. _byName.Values];
    }

    /// <summary>Lists all consumers, in place of what the list held.</summary>
    internal void CopyTo(List<Consumer> into)
    {
        into.Clear();
        lock (_gate)
            into.AddRange(_byName.Values);
    }

    /// <summary>Whether a message of this subject is for any consumer. Also under the stream's writer lock.</summary>
    internal bool HasInterest(ReadOnlySpan<byte> subject)
    {
        lock (_filterGate)
            return HasUnreadable || _byFilter.HasMatch(subject);
    }

    /// <summary>Adds the consumers that a message of this subject is for; one may come twice.</summary>
    internal void CopyMatching(ReadOnlySpan<byte> subject, List<Consumer> into)
    {
        lock (_filterGate)
            _byFilter.Match(subject, into);
    }

    /// <summary>Brings back the consumers that were kept with the stream. Before anything else.</summary>
    public void Recover()
    {
        ILogger log = Stream.Account.Engine.Host.Logging.CreateLogger<ConsumerSet>();
        foreach (StreamAttachment attachment in Stream.Log.Attachments.ToList())
        {
            if (!ConsumerRecord.TryGetName(attachment.Key, out string name) || attachment.Value.IsEmpty)
                continue;
            try
            {
                Add(ConsumerRecovery.Recover(this, name, attachment));
            }
            catch (InvalidDataException e)
            {
                HasUnreadable = true;
                ConsumerLog.CannotRecover(log, Stream.Account.Name, Stream.Name, name, e.Message);
            }
        }

        foreach (Consumer consumer in All())
        {
            consumer.Start();
            consumer.Release();
        }
    }

    /// <summary>Reports what was committed. By one thread at a time, in order, with no lock held.</summary>
    public void OnCommitted(in StreamCommit commit)
    {
        if (commit.HasRemovals)
        {
            Interlocked.Increment(ref _removals);
            ReportRemovals();
        }

        if (commit.Count > 0)
        {
            if (Count > 0)
                ReportArrivals(commit);
            Volatile.Write(ref _lastCommitted, commit[commit.Count - 1].Sequence);
        }

        PruneIfCommitted(commit.Position);
        foreach (Consumer consumer in _toWake)
            consumer.Wake();
        _toWake.Clear();
    }

    /// <summary>
    /// Has every consumer look at what it keeps about messages that were purged or deleted, once that is committed.
    /// </summary>
    /// <param name="position">Where the removal was appended.</param>
    /// <param name="isPurge">Whether they were purged.</param>
    public void PruneAfter(LogPosition position, bool isPurge)
    {
        lock (_gate)
        {
            _pruneAt = LogPosition.Max(_pruneAt, position);
            _wasPurged |= isPurge;
            _mustPrune = true;
        }

        PruneIfCommitted(Stream.Store.Committed);
    }

    /// <summary>Stops all consumers, and tells the requests that wait why.</summary>
    /// <param name="isDeleted">Whether the stream is deleted, or else the server shuts down.</param>
    public void Stop(bool isDeleted)
    {
        List<Consumer> all;
        lock (_gate)
        {
            _isStopped = true;
            all = [.. _byName.Values];
            _byName.Clear();
            _withAcks.Clear();
            _count = 0;
        }

        foreach (Consumer consumer in all)
        {
            if (isDeleted)
                consumer.ReportDeletion();
            consumer.Close(isDeleted ? ConsumerEnd.Deleted : ConsumerEnd.Stopped, remove: false);
        }
    }

    /// <summary>Takes a new consumer in. It is not started.</summary>
    /// <returns>False if its name is taken, or the stream has stopped.</returns>
    internal bool Add(Consumer consumer)
    {
        lock (_gate)
        {
            if (_isStopped || !_byName.TryAdd(consumer.Name, consumer))
                return false;
            AddFilters(consumer, consumer.Filters);
            if (consumer.Config.AckPolicy != AckPolicy.None)
                _withAcks.Add(consumer);
            _count = _byName.Count;
        }

        return true;
    }

    /// <summary>Finds a consumer by other filters from now on.</summary>
    internal void ReplaceFilters(Consumer consumer, FilterSet old)
    {
        lock (_gate)
        {
            RemoveFilters(consumer, old);
            AddFilters(consumer, consumer.Filters);
        }

        Stream.Consumed.Sweep(unmatchedFrom: KeptFrom(consumer));
    }

    /// <summary>Takes in a consumer of a stream that was restored, and lets it go on. The log has it already.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="config">Its configuration, checked.</param>
    /// <param name="createdNanos">When it was created, nanoseconds since 1970.</param>
    /// <param name="acks">What it has delivered.</param>
    internal void Restore(string name, ConsumerConfig config, long createdNanos, AckState acks)
    {
        ulong next = Math.Max(acks.Delivered.StreamSequence + 1, Math.Max(Stream.Log.State.FirstSequence, 1));
        var consumer = new Consumer(
            this, name, config, createdNanos, acks, new StartingPoint(next), ConsumerFactory.RemoveAfter(this, config))
        {
            MustCount = true,
            MustDropGone = true,
        };
        if (!Add(consumer))
            return;
        consumer.Start();
        consumer.Release();
    }

    /// <summary>Deletes a consumer.</summary>
    /// <returns>False if it was gone before.</returns>
    internal bool Remove(Consumer consumer)
    {
        lock (_gate)
        {
            if (!_byName.TryGetValue(consumer.Name, out Consumer? found) || !ReferenceEquals(found, consumer))
                return false;

            // Before its name is free: another consumer of that name begins in the log behind the end of this one.
            lock (consumer.Gate)
                consumer.Journal?.Remove();
            _byName.Remove(consumer.Name);
            RemoveFilters(consumer, consumer.Filters);
            _withAcks.Remove(consumer);
            _count = _byName.Count;
        }

        consumer.ReportDeletion();
        bool isFirst = consumer.Close(ConsumerEnd.Deleted, remove: true);
        Stream.Consumed.SweepAtOnce(unmatchedFrom: KeptFrom(consumer));
        return isFirst;
    }

    /// <summary>Deletes a consumer that nobody uses.</summary>
    internal void RemoveUnused(Consumer consumer) => Remove(consumer);

    private static ulong KeptFrom(Consumer consumer)
    {
        lock (consumer.Gate)
            return consumer.Acks.KeptFrom;
    }

    private void PruneIfCommitted(LogPosition committed)
    {
        if (!Volatile.Read(ref _mustPrune))
            return;
        bool wasPurged;
        lock (_gate)
        {
            if (!_mustPrune || _pruneAt > committed)
                return;
            _pruneAt = LogPosition.None;
            _mustPrune = false;
            wasPurged = _wasPurged;
            _wasPurged = false;
        }

        foreach (Consumer consumer in All())
        {
            consumer.RemovalsToPrune.Note(wasPurged);
            consumer.Wake();
        }
    }

    private void ReportRemovals()
    {
        lock (_gate)
        {
            foreach (Consumer consumer in _withAcks)
            {
                if (consumer.NoteRemovals())
                    _toWake.Add(consumer);
            }
        }
    }

    private void ReportArrivals(in StreamCommit commit)
    {
        lock (_gate)
        {
            foreach (CommittedMessage message in commit)
            {
                _matched.Clear();
                _byFilter.Match(message.Subject, _matched);
                foreach (Consumer consumer in _matched)
                {
                    if (consumer.NoteArrival(message.Sequence))
                        _toWake.Add(consumer);
                }
            }
        }
    }

    private void AddFilters(Consumer consumer, FilterSet filters)
    {
        lock (_filterGate)
        {
            if (filters.Filters.Count == 0)
                _byFilter.Add(">"u8, consumer);
            foreach (ReadOnlyMemory<byte> filter in filters.Filters)
                _byFilter.Add(filter.Span, consumer);
        }
    }

    private void RemoveFilters(Consumer consumer, FilterSet filters)
    {
        lock (_filterGate)
        {
            if (filters.Filters.Count == 0)
                _byFilter.Remove(">"u8, consumer);
            foreach (ReadOnlyMemory<byte> filter in filters.Filters)
                _byFilter.Remove(filter.Span, consumer);
        }
    }
}

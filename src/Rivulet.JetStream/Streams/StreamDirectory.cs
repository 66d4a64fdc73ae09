using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Microsoft.Extensions.Logging;
using Rivulet.JetStream.Api.Errors;
using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Backups;
using Rivulet.JetStream.Hosting;
using Rivulet.Protocol;
using Rivulet.Storage;

namespace Rivulet.JetStream.Streams;

/// <summary>
/// The streams of an account, by name and by the subjects they capture. The account's API queue changes it, one thing at a
/// time; any thread may look streams up.
/// </summary>
internal sealed class StreamDirectory
{
    private readonly JetStreamAccount _account;
    private readonly ConcurrentDictionary<string, JetStreamStream> _streams = new(Utf8NameComparer.Instance);
    private readonly SubjectMap<JetStreamStream> _subjects = new();
    private readonly ConcurrentDictionary<string, string> _offline = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, RestoreRun> _restores = new(StringComparer.Ordinal);
    private readonly ILogger _log;

    public StreamDirectory(JetStreamAccount account)
    {
        _account = account;
        _log = account.Engine.Host.Logging.CreateLogger<StreamDirectory>();
    }

    /// <summary>The streams, in no order.</summary>
    public IEnumerable<JetStreamStream> All => _streams.Select(pair => pair.Value);

    /// <summary>Looks a stream up by its name.</summary>
    public bool TryGet(string name, [NotNullWhen(true)] out JetStreamStream? stream) => _streams.TryGetValue(name, out stream);

    /// <summary>Looks a stream up by its name in UTF-8, without allocating.</summary>
    public bool TryGet(ReadOnlySpan<byte> name, [NotNullWhen(true)] out JetStreamStream? stream) =>
        _streams.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(name, out stream);

    /// <summary>Why streams are offline, by name: the store has them, and this server cannot run them.</summary>
    public IEnumerable<KeyValuePair<string, string>> Offline => _offline;

    /// <summary>
    /// Takes over a stream that the store has recovered. One that this server does not understand is left as it is, offline.
    /// </summary>
    public void Recover(MessageStore store, StreamLog log)
    {
        string? reason = StreamJson.TryDeserialize(log.Configuration.Span, out StreamConfig config);
        if (reason is null && StreamMetadata.IsRestoring(config))
        {
            JetStreamLog.RestoreUnfinished(_log, _account.Name, log.Identity.Name);
            log.Delete();
            store.DeliverCommits();
            return;
        }

        reason ??= StreamMetadata.WhyOffline(config);
        if (reason is null)
        {
            Resume(new JetStreamStream(_account, store, log, config));
            return;
        }

        _offline[log.Identity.Name] = reason;
        JetStreamLog.StreamOffline(_log, _account.Name, log.Identity.Name, reason);
    }

    /// <summary>Error 10194 if a stream of that name is offline, else 10059.</summary>
    public ApiError WhyMissing(string name) => _offline.TryGetValue(name, out string? reason)
        ? JetStreamError.StreamOfflineReason.With(reason)
        : JetStreamError.StreamNotFound;

    /// <summary>
    /// Creates a stream, or finds the one that is there with the same configuration. A new one copies nothing yet.
    /// </summary>
    /// <param name="requested">The configuration as asked for.</param>
    /// <param name="pedantic">Whether to refuse what would have to be adjusted.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="position">The creation lasts once this is committed.</param>
    /// <returns>Why not, or <c>null</c>.</returns>
    public ApiError? Create(StreamConfig requested, bool pedantic, out JetStreamStream? stream, out LogPosition position)
    {
        stream = null;
        position = LogPosition.None;
        if (CheckNew(requested, pedantic, out StreamConfig config) is { } error)
            return error;
        if (TryGet(config.Name, out stream))
            return StreamJson.AreEqual(config, stream.Config) ? null : JetStreamError.StreamNameExist;
        if (_restores.ContainsKey(config.Name))
            return JetStreamError.StreamNameExist;
        if (StreamOriginRules.FindBadFilter(config) is { } mistake)
            return JetStreamError.StreamCreate.With(mistake);
        return CheckRoomFor(config) ?? Store(config, out stream, out position);
    }

    /// <summary>
    /// Begins to restore a stream: its name is taken, and nobody finds it before <see cref="EndRestore"/>.
    /// </summary>
    /// <param name="requested">The configuration as asked for.</param>
    /// <param name="client">Who asked.</param>
    /// <param name="run">Takes the backup in.</param>
    /// <returns>Why not, or <c>null</c>.</returns>
    public ApiError? BeginRestore(StreamConfig requested, ClientIdentity? client, out RestoreRun? run)
    {
        run = null;
        if (CheckNew(requested, pedantic: false, out StreamConfig config) is { } error)
            return error;
        if (TryGet(config.Name, out _) || _restores.ContainsKey(config.Name))
            return JetStreamError.StreamNameExistRestoreFailed;
        if (CheckRoomFor(config) is { } refusal)
            return refusal;
        MessageStore store = _account.Engine.StoreOf(config.Storage);
        try
        {
            StreamLog log = store.CreateStream(
                new StreamIdentity(_account.Name, config.Name),
                StreamJson.Serialize(StreamMetadata.Restoring(config)),
                RestoredStream.LimitsOf(config));
            run = new RestoreRun(_account, config, client, log);
        }
        catch (StoreFailedException failure)
        {
            return JetStreamError.StreamRestore.With(failure.Message);
        }

        _restores[config.Name] = run;
        store.DeliverCommits();
        return null;
    }

    /// <summary>Whether a stream may be added beside those that are there.</summary>
    public ApiError? CheckRoomFor(StreamConfig config) =>
        _account.Usage.CheckReservation(config) ?? CheckOverlap(config, self: null);

    /// <summary>A stream that was restored is there from now on: everything about it is committed.</summary>
    /// <param name="config">Its configuration.</param>
    /// <param name="restored">What was restored.</param>
    public JetStreamStream EndRestore(StreamConfig config, RestoredStream restored)
    {
        var stream = new JetStreamStream(_account, _account.Engine.StoreOf(config.Storage), restored.Log, config);
        Add(stream);
        foreach (BackupConsumer consumer in restored.Consumers)
            stream.Consumers.Restore(consumer.Name, consumer.Config, restored.CreatedNanos, consumer.Acks);
        if (stream.Consumers.Count > 0)
            stream.Consumed.Sweep();
        stream.Origins.Start();
        _account.Origins.OnAdded(stream);
        LeaveRestore(config.Name);
        return stream;
    }

    /// <summary>Frees the name of a stream that was to be restored.</summary>
    public void LeaveRestore(string name) => _restores.TryRemove(name, out _);

    /// <summary>Gives up what is being restored: the server shuts down.</summary>
    public void AbandonRestores()
    {
        foreach ((_, RestoreRun run) in _restores)
            run.Abandon();
    }

    /// <summary>Changes a stream's configuration.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="requested">The new configuration, checked by itself.</param>
    /// <param name="position">The change lasts once this is committed.</param>
    /// <returns>Why not, or <c>null</c>.</returns>
    public ApiError? Update(JetStreamStream stream, StreamConfig requested, out LogPosition position)
    {
        position = LogPosition.None;
        StreamConfig config = StreamMetadata.Stored(requested);
        ApiError? error = CheckTier(config)
            ?? StreamUpdateRules.Check(stream.Config, config)
            ?? _account.Usage.CheckReservation(config)
            ?? CheckOverlap(config, stream);
        if (error is null && StreamOriginRules.FindBadFilter(config) is { } mistake)
            error = JetStreamError.StreamUpdate.With(mistake);
        if (error is not null)
            return error;
        Index(stream, add: false);
        position = stream.Update(config);
        Index(stream, add: true);
        return null;
    }

    /// <summary>Deletes a stream.</summary>
    /// <returns>It is gone for good once this is committed.</returns>
    public LogPosition Delete(JetStreamStream stream)
    {
        _streams.TryRemove(stream.Name, out _);
        Index(stream, add: false);
        stream.Stop(isDeleted: true);
        return stream.Delete();
    }

    /// <summary>Deletes the streams that are offline.</summary>
    /// <returns>They are gone for good once this is committed.</returns>
    public LogPosition DeleteOffline()
    {
        LogPosition deleted = _account.Engine.DeleteStored(_account.Name, name => _streams.ContainsKey(name) || _restores.ContainsKey(name));
        _offline.Clear();
        return deleted;
    }

    /// <summary>Checks the configuration of a stream that is not there yet.</summary>
    private ApiError? CheckNew(StreamConfig requested, bool pedantic, out StreamConfig config)
    {
        config = requested;
        ApiError? error = CheckTier(requested) ?? CheckLimits(requested) ?? StreamConfigRules.Check(_account, requested, pedantic, out requested);
        if (error is not null)
            return error;
        if (requested.Replicas > 1)
            return JetStreamError.StreamReplicasNotSupported;
        config = StreamMetadata.Stored(requested);
        return _offline.ContainsKey(config.Name) ? WhyMissing(config.Name) : null;
    }

    private ApiError? CheckTier(StreamConfig config) =>
        _account.Limits.HasTierOf(config.Replicas) ? null : JetStreamError.NoLimits;

    private ApiError? CheckLimits(StreamConfig config) =>
        _account.Usage.CheckStreamCount(config.Name) ?? _account.Usage.CheckReservation(config);

    private ApiError? CheckOverlap(StreamConfig config, JetStreamStream? self)
    {
        var overlapping = new List<JetStreamStream>();
        foreach (string subject in config.Subjects ?? [])
            _subjects.Overlapping(Encoding.UTF8.GetBytes(subject), overlapping);
        return overlapping.Exists(other => other != self) ? JetStreamError.StreamSubjectOverlap : null;
    }

    private ApiError? Store(StreamConfig config, out JetStreamStream? stream, out LogPosition position)
    {
        stream = null;
        position = LogPosition.None;
        MessageStore store = _account.Engine.StoreOf(config.Storage);
        StreamLog log;
        try
        {
            log = store.CreateStream(
                new StreamIdentity(_account.Name, config.Name), StreamJson.Serialize(config), config.ToLimits());
        }
        catch (StoreFailedException failure)
        {
            return JetStreamError.StreamCreate.With($"error creating store for stream: {failure.Message}");
        }

        stream = new JetStreamStream(_account, store, log, config);
        lock (stream.WriterLock)
        {
            if (config.FirstSequence > 1)
                log.SkipTo(config.FirstSequence);
        }

        // A store that failed while the stream was made has appended nothing of it, and never commits it.
        position = store.Failure is null ? store.Appended : LogPosition.Never;
        Add(stream);
        _account.Origins.OnAdded(stream);
        store.DeliverCommits();
        return null;
    }

    private void Resume(JetStreamStream stream)
    {
        TimeProvider time = _account.Engine.Host.Time;
        long startedAt = time.GetTimestamp();
        JetStreamLog.StreamRestoring(_log, _account.Name, stream.Name);
        Add(stream);
        stream.Origins.Start();
        _account.Origins.OnAdded(stream);
        long elapsedNanos = (long)time.GetElapsedTime(startedAt).TotalMilliseconds * 1_000_000;
        ulong messages = stream.Log.State.Messages;
        JetStreamLog.StreamRestored(_log, messages, _account.Name, stream.Name, DurationText.Format(elapsedNanos));
    }

    private void Add(JetStreamStream stream)
    {
        _streams[stream.Name] = stream;
        Index(stream, add: true);
        stream.Start();
    }

    private void Index(JetStreamStream stream, bool add)
    {
        _account.Usage.Reserve(stream.Config, isThere: add);
        foreach (string subject in stream.Config.Subjects ?? [])
        {
            byte[] filter = Encoding.UTF8.GetBytes(subject);
            if (add)
                _subjects.Add(filter, stream);
            else
                _subjects.Remove(filter, stream);
        }
    }
}

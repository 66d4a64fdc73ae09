using System.Text;
using Rivulet.JetStream.Api.Errors;
using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Hosting;
using Rivulet.JetStream.Schedules;
using Rivulet.Protocol;
using Rivulet.Storage;

namespace Rivulet.JetStream.Streams;

/// <summary>
/// Takes what is published on a stream's subjects: checks it, appends it, and answers once the commit is done that covers
/// everything the answer says; at once if the stream persists asynchronously.
/// </summary>
/// <remarks>
/// <see cref="Handle"/> runs in the receive loops of publishers, several at once; the stream's writer lock makes them take
/// turns, and guards every field here. <see cref="OnCommitted"/> and <see cref="OnFailed"/> run on the store's committing
/// thread. Nothing is sent and nothing called back while the lock is held.
/// </remarks>
internal sealed class PublishHandler : ITraceableHandler, IDisposable
{
    private readonly JetStreamStream _stream;
    private readonly PublishReplyWriter _writer;
    private readonly MessageIds _ids;
    private readonly ReplyQueue _replies = new();
    private readonly StoredHeaders _headers = new();
    private LogPosition _lastAppended;

    // Few streams have these.
    private CounterTotals? _counters;
    private AtomicPublisher? _atomic;
    private FastPublisher? _fast;
    private CopiedMessages? _copies;

    // Of the message that is being published, where the stream has schedules.
    private ScheduleChange _scheduleChange;

    public PublishHandler(JetStreamStream stream)
    {
        _stream = stream;
        _writer = new PublishReplyWriter(stream.Name, stream.Account.Engine.Options.Domain);
        _ids = new MessageIds(stream);
    }

    /// <summary>Message ids remembered. Under the writer lock.</summary>
    public int DuplicateCount => _ids.Count;

    /// <summary>What the writer sees is committed once this is. Under the writer lock.</summary>
    public LogPosition LastAppended => _lastAppended;

    /// <summary>Takes the messages of origins. Under the writer lock.</summary>
    public CopiedMessages Copies => _copies ??= new CopiedMessages(_stream, this, _ids, Counters);

    private CounterTotals Counters => _counters ??= new CounterTotals(_stream);

    private AtomicPublisher Atomic => _atomic ??= new AtomicPublisher(_stream, _ids, Counters);

    private FastPublisher Fast => _fast ??= new FastPublisher(_stream, this);

    /// <summary>
    /// What an answer waits for. Under the writer lock. A stream that persists asynchronously does not wait for its
    /// messages, only for its sequences to be its own for good.
    /// </summary>
    private LogPosition AnswersWaitFor =>
        _stream.Config.PersistMode == PersistMode.Async ? _stream.Log.ReservationPosition : _lastAppended;

    /// <inheritdoc/>
    public string StreamName => _stream.Name;

    /// <inheritdoc/>
    public bool Handle(in RoutedMessage message, DeliveryBatch batch) => HandleOne(message, batch, out _);

    /// <inheritdoc/>
    public bool HandleTraced(in RoutedMessage message, DeliveryBatch batch, out MessageFate fate)
    {
        ReadOnlySpan<byte> headers = message.Headers;
        if (new HeaderBlock(headers).TryGet(MessageFates.DestinationHeader, out _))
            headers = HeaderEdits.With(headers, MessageFates.DestinationHeader, MessageFates.Disabled);
        var kept = new RoutedMessage(message.Subject, message.Reply, headers, message.Payload, message.Publisher);
        bool isReceived = HandleOne(kept, batch, out PublishReply answer);
        fate = isReceived ? FateOf(message, answer) : default;
        return isReceived;
    }

    /// <inheritdoc/>
    public bool Probe(in RoutedMessage message, DeliveryBatch batch, out MessageFate fate)
    {
        PublishReply answer = default;
        PublishHeaders headers = PublishHeaders.Read(message.Headers);
        fate = default;
        _stream.WriterLock.EnterBriefly();
        try
        {
            if (_stream.IsStopped)
                return false;

            // What a batch leads to is decided when it ends.
            if (headers.BatchId.IsEmpty || !_stream.Config.AllowAtomicPublish)
            {
                ReadOnlySpan<byte> subject = _stream.Renamer is { } renamer ? renamer.Rename(message.Subject) : message.Subject;
                var renamed = new RoutedMessage(subject, default, message.Headers, message.Payload, message.Publisher);
                answer = headers.BatchId.IsEmpty
                    ? Check(_stream.Config, renamed, headers, MessageTtl.Parse(headers.Ttl), out _, out _)
                    : PublishReply.Refusal(JetStreamError.AtomicPublishDisabled);
            }
        }
        finally
        {
            _stream.WriterLock.Exit();
        }

        fate = FateOf(message, answer);
        if (fate.Error is not null && !message.Reply.IsEmpty && !_stream.Config.NoAck)
            Send(message.Reply, answer, batch);
        return true;
    }

    private MessageFate FateOf(in RoutedMessage message, in PublishReply answer)
    {
        PublishHeaders headers = PublishHeaders.Read(message.Headers);
        _stream.WriterLock.EnterBriefly();
        try
        {
            // What the checks refuse has no subject yet; what the store refuses has.
            string? error = MessageFates.ErrorOf(answer, headers, _ids.Last);
            if (error is not null && answer.Error?.Is(JetStreamError.StreamStoreFailed) != true)
                return new MessageFate(null, NoInterest: false, error);
            ReadOnlySpan<byte> stored = _stream.Renamer is { } renamer ? renamer.Rename(message.Subject) : message.Subject;
            bool isWanted = _stream.Config.Retention != RetentionPolicy.Interest || _stream.Consumers.HasInterest(stored);
            return new MessageFate(Encoding.UTF8.GetString(stored), !isWanted, error);
        }
        finally
        {
            _stream.WriterLock.Exit();
        }
    }

    private bool HandleOne(in RoutedMessage message, DeliveryBatch batch, out PublishReply answer)
    {
        answer = default;
        PublishEffects effects = default;
        bool answerNow;
        while (true)
        {
            _stream.WriterLock.EnterBriefly();
            try
            {
                if (_stream.IsStopped)
                    return false;
                effects = new PublishEffects { HasOpenedBatch = effects.HasOpenedBatch };
                answer = _stream.Renamer is { } renamer
                    ? PublishRenamed(message, renamer, ref effects)
                    : Publish(message, ref effects);
                if (effects.Appended != LogPosition.None)
                    _lastAppended = effects.Appended;
                bool wanted = !message.Reply.IsEmpty && !_stream.Config.NoAck && answer.Kind > PublishReplyKind.Unread;
                LogPosition waitFor = AnswersWaitFor;
                answerNow = wanted && IsSettled(waitFor, effects) && _replies.IsIdle;
                if (wanted && !answerNow)
                    AddReplies(waitFor, message.Reply, effects.Earlier, answer);
            }
            finally
            {
                _stream.WriterLock.Exit();
            }

            if (answer.Kind != PublishReplyKind.Unread)
                break;
            _counters!.Load(answer.Number);
        }

        if (effects.Appended != LogPosition.None)
            AfterAppend(message.Publisher, effects, batch);
        if (effects.HasOpenedBatch)
            ArmBatches();
        if (answerNow)
            SendNow(message.Reply, effects.Earlier, answer, batch);
        if (effects.Abandoned is { } abandoned)
            _stream.Account.Events.BatchAbandoned(_stream.Name, abandoned.Id, abandoned.Reason);
        return true;
    }

    /// <summary>Stores a message that the server itself makes, such as a marker. Under the writer lock.</summary>
    /// <param name="message">The message.</param>
    /// <param name="expiresSooner">Whether the expiry has to be told after the lock is released.</param>
    public void AppendOwn(in NewMessage message, out bool expiresSooner)
    {
        AppendResult result = _stream.Log.Append(message);
        expiresSooner = false;
        if (result.Status != AppendStatus.Stored)
            return;
        _lastAppended = result.Position;
        _ids.ForgetLast();
        if (_stream.Config.AllowCounter)
            Counters.RememberBroken(result.Sequence, result.Position);
        _stream.TrackUsage(result.TailBytes);
        expiresSooner = _stream.Expiry.IsSooner(_stream.Expiry.DeadlineOf(result.TimestampNanos, message.ExpiresAtNanos));
    }

    /// <summary>Under the writer lock: stores what a schedule made, and ends a schedule that has no further time.</summary>
    /// <param name="made">The message.</param>
    /// <param name="scheduler">Subject of the schedule.</param>
    /// <param name="effects">What this leads to.</param>
    /// <returns>Whether it could be stored.</returns>
    public bool AppendScheduled(ScheduledMessage made, byte[] scheduler, ref PublishEffects effects)
    {
        StreamConfig config = _stream.Config;
        ReadOnlySpan<byte> subject = made.Subject.Span;
        if (_stream.Renamer is { } renamer)
            subject = renamer.Rename(subject);
        var message = new RoutedMessage(subject, default, made.Headers.Span, made.Payload.Span, publisher: null);
        PublishHeaders headers = PublishHeaders.Read(message.Headers);
        if (config.Sealed || PublishChecks.CheckSize(config, message.Headers.Length, message.Payload.Length).IsFinal)
            return false;
        long sizeBytes = _stream.Log.AccountedSizeBytes(subject.Length, message.Headers.Length, message.Payload.Length);
        bool isRefused = PublishChecks.CheckRollup(config, headers, out RollupScope rollup).IsFinal
            || _stream.Account.Usage.CheckRoom(config.Storage, sizeBytes) is not null;
        if (isRefused)
            return false;
        PublishReply reply = Append(config, message, headers, MessageTtl.Parse(headers.Ttl), rollup, ref effects);
        if (reply.Kind != PublishReplyKind.Ack)
            return false;
        var change = new ScheduleChange(0, NeedsRollup: false, KeepsSubject: true, made.NextNanos is null ? scheduler : null);
        _stream.Schedules!.OnAppended(subject, reply.Number, change, ref effects);
        _lastAppended = effects.Appended;
        return true;
    }

    /// <summary>
    /// Under the writer lock: something was removed, or the configuration changed, and what is answered from now on may
    /// have seen that.
    /// </summary>
    /// <param name="position">Its commit; <see cref="LogPosition.None"/> if nothing was appended.</param>
    public void DependOn(LogPosition position) => _lastAppended = LogPosition.Max(_lastAppended, position);

    /// <summary>
    /// Under the writer lock: an answer of another kind than a publish's that depends on what the writer sees, to be sent in its
    /// turn and once that is committed.
    /// </summary>
    /// <param name="subject">Where it goes.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="effects">What was appended for it.</param>
    /// <returns>Whether it is to be sent now, by <see cref="SendAnswer"/> once the lock is released.</returns>
    public bool IsAnswerDue(ReadOnlySpan<byte> subject, in PublishReply answer, in PublishEffects effects)
    {
        if (effects.Appended != LogPosition.None)
            _lastAppended = effects.Appended;
        if (subject.IsEmpty)
            return false;
        LogPosition waitFor = AnswersWaitFor;
        if (IsSettled(waitFor, effects) && _replies.IsIdle)
            return true;
        _replies.Add(waitFor, subject, answer);
        return false;
    }

    /// <summary>Without the lock: sends an answer.</summary>
    public void SendAnswer(ReadOnlySpan<byte> subject, in PublishReply answer, DeliveryBatch batch) =>
        Send(subject, answer, batch);

    /// <summary>Sends the answers whose commit is done.</summary>
    public void OnCommitted(LogPosition committed, DeliveryBatch batch)
    {
        while (BeginOrEndDrain(committed))
        {
            while (_replies.TryTake(committed, out ReadOnlySpan<byte> subject, out PublishReply reply))
                Send(subject, reply, batch);
        }
    }

    /// <summary>Tells everyone who waits that the store has failed, and that their message may or may not survive.</summary>
    public void OnFailed(Exception cause, DeliveryBatch batch)
    {
        PublishReply failure = PublishReply.Refusal(PublishChecks.StoreFailed(cause));
        while (BeginOrEndDrain(LogPosition.Never))
        {
            while (_replies.TryTake(LogPosition.Never, out ReadOnlySpan<byte> subject, out _))
                Send(subject, failure, batch);
        }
    }

    /// <summary>Reads back what messages that are stored tell. Before the stream takes messages.</summary>
    public void Recover() => _ids.Recover();

    /// <summary>Under the writer lock: the stream takes no more messages, and unfinished batches are given up.</summary>
    public void Stop()
    {
        _atomic?.Batches.Clear();
        _fast?.Batches.Clear();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _atomic?.Batches.Dispose();
        _fast?.Batches.Dispose();
    }

    /// <summary>
    /// Under the writer lock: whether an answer may go now. What the committer has told this stream is committed, though the store
    /// goes on to say so when all streams of the round have heard of it.
    /// </summary>
    private bool IsSettled(LogPosition waitFor, in PublishEffects effects) =>
        waitFor <= _stream.Store.Committed
        || waitFor <= _replies.ToldUpTo
        || (effects.Appended == LogPosition.None && _stream.Store.Failure is not null);

    private void ArmBatches()
    {
        _atomic?.Batches.Arm();
        _fast?.Batches.Arm();
    }

    private void AddReplies(
        LogPosition waitFor, ReadOnlySpan<byte> subject, List<PublishReply>? earlier, in PublishReply answer)
    {
        for (int i = 0; i < earlier?.Count; i++)
            _replies.Add(waitFor, subject, earlier[i]);
        _replies.Add(waitFor, subject, answer);
    }

    private void SendNow(
        ReadOnlySpan<byte> subject, List<PublishReply>? earlier, in PublishReply answer, DeliveryBatch batch)
    {
        for (int i = 0; i < earlier?.Count; i++)
            Send(subject, earlier[i], batch);
        Send(subject, answer, batch);
    }

    private bool BeginOrEndDrain(LogPosition committed)
    {
        if (_replies.TryGoOnDraining(committed, out bool more))
            return more;
        _stream.WriterLock.EnterBriefly();
        try
        {
            return _replies.BeginOrEndDrain(committed);
        }
        finally
        {
            _stream.WriterLock.Exit();
        }
    }

    private PublishReply PublishRenamed(in RoutedMessage message, SubjectRenamer renamer, ref PublishEffects effects)
    {
        var renamed = new RoutedMessage(
            renamer.Rename(message.Subject), message.Reply, message.Headers, message.Payload, message.Publisher);
        return Publish(renamed, ref effects);
    }

    private PublishReply Publish(in RoutedMessage message, ref PublishEffects effects)
    {
        if (message.Reply.EndsWith(".$FI"u8))
            return Fast.Publish(message, ref effects);
        PublishHeaders headers = message.Headers.IsEmpty ? default : PublishHeaders.Read(message.Headers);
        return headers.BatchId.IsEmpty
            ? PublishOne(message, headers, ref effects)
            : Atomic.Publish(message, headers, ref effects);
    }

    /// <summary>Under the writer lock: checks and stores a message that depends on no other.</summary>
    /// <param name="message">The message, under the subject that it is stored under.</param>
    /// <param name="headers">Its headers.</param>
    /// <param name="effects">What it leads to.</param>
    public PublishReply PublishOne(in RoutedMessage message, in PublishHeaders headers, ref PublishEffects effects)
    {
        StreamConfig config = _stream.Config;
        MessageTtl ttl = MessageTtl.Parse(headers.Ttl);
        PublishReply refusal = Check(config, message, headers, ttl, out RollupScope rollup, out CounterTotal? count);
        if (refusal.IsFinal)
            return refusal;
        if (_stream.Schedules is { } schedules)
            return AppendBesideSchedules(config, message, headers, ttl, rollup, schedules, ref effects);
        return count is null
            ? Append(config, message, headers, ttl, rollup, ref effects)
            : AppendCount(config, message, headers, ttl, count, ref effects);
    }

    private PublishReply Check(
        StreamConfig config,
        in RoutedMessage message,
        in PublishHeaders headers,
        MessageTtl ttl,
        out RollupScope rollup,
        out CounterTotal? count)
    {
        rollup = RollupScope.None;
        count = null;
        PublishReply reply = PublishChecks.CheckShape(config, message, headers);
        if (!reply.IsFinal && !message.Headers.IsEmpty)
        {
            reply = PublishChecks.CheckExpectations(config, _stream.Log, message.Subject, headers, ttl);
            if (!reply.IsFinal)
                reply = CheckSchedule(config, message, headers);
            if (!reply.IsFinal)
                reply = PublishChecks.CheckSource(headers);
            if (!reply.IsFinal)
                reply = CheckIds(headers);
            if (!reply.IsFinal)
                reply = PublishChecks.CheckRollup(config, headers, out rollup);
        }

        if (!reply.IsFinal && config.AllowCounter)
            reply = Counters.Add(message.Subject, headers, message.Headers, running: null, out count);
        if (!reply.IsFinal && ttl.Kind == MessageTtlKind.Invalid)
            reply = PublishReply.Refusal(JetStreamError.MessageTTLInvalid);
        if (reply.IsFinal)
            return reply;
        ApiError? exhausted = _stream.Account.Usage.CheckRoom(
            config.Storage,
            _stream.Log.AccountedSizeBytes(message.Subject.Length, message.Headers.Length, message.Payload.Length));
        return exhausted is null ? default : PublishReply.Refusal(exhausted);
    }

    private PublishReply CheckSchedule(StreamConfig config, in RoutedMessage message, in PublishHeaders headers) =>
        config.AllowSchedules
            ? ScheduleRules.Check(
                _stream, message.Subject, message.Headers, headers.Rollup, inBatch: null, out _scheduleChange)
            : PublishChecks.CheckNoSchedule(message.Subject, headers);

    private PublishReply CheckIds(in PublishHeaders headers)
    {
        ulong seen = _ids.Find(headers.MessageId);
        if (seen != 0)
            return PublishReply.Duplicate(seen);
        if (headers.ExpectedLastMessageId.IsEmpty || headers.ExpectedLastMessageId.SequenceEqual(_ids.Last))
            return default;
        return PublishReply.Refusal(JetStreamError.StreamWrongLastMsgID.With(Encoding.UTF8.GetString(_ids.Last)));
    }

    /// <summary>Stores a message that may be a schedule, end one, or take the place of one.</summary>
    private PublishReply AppendBesideSchedules(
        StreamConfig config,
        in RoutedMessage message,
        in PublishHeaders headers,
        MessageTtl ttl,
        RollupScope rollup,
        MessageSchedules schedules,
        ref PublishEffects effects)
    {
        ScheduleChange change = message.Headers.IsEmpty ? default : _scheduleChange;
        ReadOnlySpan<byte> block = change.NeedsRollup
            ? HeaderEdits.With(message.Headers, "Nats-Rollup"u8, "sub"u8)
            : message.Headers;
        var kept = new RoutedMessage(message.Subject, message.Reply, block, message.Payload, message.Publisher);
        PublishReply reply = Append(
            config, kept, headers, ttl, change.NeedsRollup ? RollupScope.Subject : rollup, ref effects);
        if (reply.Kind == PublishReplyKind.Ack)
            schedules.OnAppended(message.Subject, reply.Number, change, ref effects);
        return reply;
    }

    /// <summary>Stores what a counter stands at, in place of the message that adds to it.</summary>
    private PublishReply AppendCount(
        StreamConfig config,
        in RoutedMessage message,
        in PublishHeaders headers,
        MessageTtl ttl,
        CounterTotal count,
        ref PublishEffects effects)
    {
        byte[] body = count.ToBody();
        ReadOnlySpan<byte> block = count.InheritedSources is { } sources
            ? HeaderEdits.With(message.Headers, "Nats-Counter-Sources"u8, sources)
            : message.Headers;
        PublishReply reply = PublishChecks.CheckSize(config, block.Length, body.Length);
        if (reply.IsFinal)
            return reply;
        var counted = new RoutedMessage(message.Subject, message.Reply, block, body, message.Publisher);
        reply = Append(config, counted, headers, ttl, RollupScope.None, ref effects);
        if (reply.Kind != PublishReplyKind.Ack)
            return reply;
        count.StoredAs(reply.Number, effects.Appended);
        Counters.Remember(count);
        return PublishReply.Ack(reply.Number, new AckDetail(count.Text));
    }

    /// <summary>Under the writer lock: stores a message of another stream, which was checked.</summary>
    /// <param name="message">The message as it is kept.</param>
    /// <param name="headers">Its headers.</param>
    /// <param name="ttl">Its time to live here.</param>
    /// <param name="rollup">Which older messages it removes.</param>
    /// <param name="timestampNanos">Its time, in nanoseconds since the Unix epoch; 0 for the present one.</param>
    /// <param name="effects">What it leads to.</param>
    public PublishReply AppendCopy(
        in RoutedMessage message,
        in PublishHeaders headers,
        MessageTtl ttl,
        RollupScope rollup,
        long timestampNanos,
        ref PublishEffects effects)
    {
        PublishReply reply = Append(_stream.Config, message, headers, ttl, rollup, ref effects, timestampNanos);
        if (reply.Kind == PublishReplyKind.Ack)
            _lastAppended = effects.Appended;
        return reply;
    }

    private PublishReply Append(
        StreamConfig config,
        in RoutedMessage message,
        in PublishHeaders headers,
        MessageTtl ttl,
        RollupScope rollup,
        ref PublishEffects effects,
        long timestampNanos = 0)
    {
        if (config.Retention == RetentionPolicy.Interest && !_stream.Consumers.HasInterest(message.Subject))
            return PassBy(message.Subject, headers.MessageId, rollup, timestampNanos, ref effects);

        long raisedSeconds = ttl.RaisedSeconds(config);
        if (raisedSeconds > 0)
            ttl = ttl with { Seconds = raisedSeconds };
        if (timestampNanos == 0 && ttl.Kind != MessageTtlKind.None)
            timestampNanos = NextTimestampNanos();
        ulong lastOfSubject = _stream.Republisher is { } republisher && republisher.Wants(message.Subject)
            ? _stream.Log.TailLastSequenceOf(message.Subject)
            : 0;
        var stored = new NewMessage
        {
            Subject = message.Subject,
            Headers = _headers.Prepare(message.Headers, raisedSeconds),
            Payload = message.Payload,
            TimestampNanos = timestampNanos,
            ExpiresAtNanos = ttl.ExpiresAt(timestampNanos),
            Rollup = rollup,
            CallerDelivers = true,
        };
        if (rollup == RollupScope.All)
            _stream.Revisions?.OnReplacingAll();
        AppendResult result = _stream.Log.Append(stored);
        if (result.Status != AppendStatus.Stored)
            return PublishChecks.AfterAppend(result.Status, _stream.Store);

        effects.Appended = result.Position;
        _ids.Remember(headers.MessageId, result.Sequence, result.TimestampNanos);
        if (_stream.Republisher is { } wanting && wanting.Wants(message.Subject))
            wanting.Note(result.Sequence, lastOfSubject);
        _stream.TrackUsage(result.TailBytes);
        effects.ExpiresSooner = _stream.Expiry.IsSooner(
            _stream.Expiry.DeadlineOf(result.TimestampNanos, stored.ExpiresAtNanos));
        if (rollup == RollupScope.Subject)
            RollUpMatching(message.Subject, result.Sequence, ref effects);
        return PublishReply.Ack(result.Sequence);
    }

    /// <summary>
    /// Under the writer lock, after a message that rolls up its subject was stored. A subject with wildcards stands for all
    /// subjects that match it, as it does for the reference server: clients purge many keys of a bucket so, with one message.
    /// </summary>
    /// <param name="subject">Its subject.</param>
    /// <param name="sequence">Its sequence; it stays.</param>
    /// <param name="effects">Where the log ends behind the removal, if anything went.</param>
    public void RollUpMatching(ReadOnlySpan<byte> subject, ulong sequence, ref PublishEffects effects)
    {
        if (Subject.IsLiteral(subject))
            return;
        _stream.Origins.WriteDown();
        _stream.Revisions?.OnPurging(subject, keep: 0);
        PurgeResult purge = _stream.Log.Purge(subject, beforeSequence: sequence, keep: 0);
        if (purge.Count == 0)
            return;
        effects.Appended = purge.Position;
        effects.Purged = purge.Position;
        _stream.TrackUsage();
    }

    /// <summary>
    /// Takes a message that no consumer is interested in: it has its sequence and its id, and what it rolls up goes, but it
    /// is not kept, whatever the limits say.
    /// </summary>
    private PublishReply PassBy(
        ReadOnlySpan<byte> subject, ReadOnlySpan<byte> id, RollupScope rollup, long timestampNanos, ref PublishEffects effects)
    {
        if (rollup != RollupScope.None)
            _stream.Log.Purge(rollup == RollupScope.Subject ? subject : default, beforeSequence: 0, keep: 0);
        ulong sequence = _stream.Log.Tail.LastSequence + 1;
        if (timestampNanos == 0)
            timestampNanos = NextTimestampNanos();
        effects.Appended = _stream.Log.SkipTo(sequence + 1, timestampNanos);
        _ids.Remember(id, sequence, timestampNanos);
        _stream.TrackUsage();
        return PublishReply.Ack(sequence);
    }

    private long NextTimestampNanos() =>
        Math.Max(_stream.Account.Engine.Host.Time.UnixNanosNow(), _stream.Log.Tail.LastTimestampNanos);

    /// <summary>Without the lock, after something was appended under it: sees to what that leads to.</summary>
    /// <param name="publisher">Whose message it was; <c>null</c> for the server's.</param>
    /// <param name="effects">What it leads to.</param>
    /// <param name="batch">Has the commit handed over when it is flushed.</param>
    public void AfterAppend(PublisherContext? publisher, in PublishEffects effects, DeliveryBatch batch)
    {
        publisher?.Await(_stream.Account.Engine, effects.Appended, _stream.IsDurable);
        if (publisher is not null && _stream.Consumers.Followers.IsAnyBehind)
            publisher.Outrun = _stream.Consumers.Followers;
        if (effects.ExpiresSooner)
            _stream.Expiry.Arm();
        if (effects.HasSoonerSchedule)
            _stream.Schedules?.Arm();
        if (effects.Purged != LogPosition.None)
            _stream.Consumers.PruneAfter(effects.Purged, isPurge: true);
        batch.NoteAppended(_stream.Store, _stream.Account);
    }

    private void Send(ReadOnlySpan<byte> subject, in PublishReply reply, DeliveryBatch batch)
    {
        if (reply.Error is { } error)
        {
            ReadOnlySpan<byte> status = reply.Kind == PublishReplyKind.Overloaded
                ? "NATS/1.0 429 Too Many Requests\r\n\r\n"u8
                : default;
            _stream.Router.Publish(subject, default, status, _writer.WriteError(error), batch);
            return;
        }

        if (reply.Detail is AckDetail detail)
        {
            _stream.Router.Publish(subject, default, default, _writer.WriteDetailed(reply.Number, detail), batch);
            return;
        }

        if (reply.Kind is PublishReplyKind.TakenIn or PublishReplyKind.Text)
        {
            _stream.Router.Publish(subject, default, default, reply.Detail as byte[] ?? [], batch);
            return;
        }

        Span<byte> json = stackalloc byte[_writer.LengthMax];
        _stream.Router.Publish(subject, default, default, json[.._writer.Write(reply, json)], batch);
    }
}

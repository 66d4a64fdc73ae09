using System.Text;
using Rivulet.JetStream.Api.Errors;
using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Hosting;
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
internal sealed class PublishHandler : IMessageHandler
{
    /// <summary>How many messages pass between two looks for ids that are too old.</summary>
    private const int ForgetInterval = 64;

    private const long NanosPerSecond = 1_000_000_000;

    private readonly JetStreamStream _stream;
    private readonly PublishReplyWriter _writer;
    private readonly DuplicateTable _duplicates = new();
    private readonly ReplyQueue _replies = new();
    private readonly StoredHeaders _headers = new();
    private LogPosition _lastAppended;
    private byte[] _lastMessageId = [];
    private int _lastMessageIdLength;
    private int _untilForget = ForgetInterval;

    public PublishHandler(JetStreamStream stream)
    {
        _stream = stream;
        _writer = new PublishReplyWriter(stream.Name, stream.Account.Engine.Options.Domain);
    }

    /// <summary>Message ids remembered. Under the writer lock.</summary>
    public int DuplicateCount => _duplicates.Count;

    /// <summary>
    /// What an answer waits for. Under the writer lock. A stream that persists asynchronously does not wait for its
    /// messages, only for its sequences to be its own for good.
    /// </summary>
    private LogPosition AnswersWaitFor =>
        _stream.Config.PersistMode == PersistMode.Async ? _stream.Log.ReservationPosition : _lastAppended;

    /// <inheritdoc/>
    public bool Handle(in RoutedMessage message, DeliveryBatch batch)
    {
        PublishReply answer;
        LogPosition appended;
        bool answerNow, expiresSooner;
        _stream.WriterLock.EnterBriefly();
        try
        {
            if (_stream.IsStopped)
                return false;
            answer = Publish(message, out appended, out expiresSooner);
            bool wanted = !message.Reply.IsEmpty && !_stream.Config.NoAck;
            LogPosition waitFor = AnswersWaitFor;
            bool isSettled = waitFor <= _stream.Store.Committed ||
                (appended == LogPosition.None && _stream.Store.Failure is not null);
            answerNow = wanted && isSettled && _replies.IsIdle;
            if (wanted && !answerNow)
                _replies.Add(waitFor, message.Reply, answer);
        }
        finally
        {
            _stream.WriterLock.Exit();
        }

        if (appended != LogPosition.None)
            AfterAppend(message.Publisher, appended, expiresSooner, batch);
        if (answerNow)
            Send(message.Reply, answer, batch);
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
        _lastMessageIdLength = 0;
        _stream.TrackUsage(result.TailBytes);
        expiresSooner = _stream.Expiry.IsSooner(_stream.Expiry.DeadlineOf(result.TimestampNanos, message.ExpiresAtNanos));
    }

    /// <summary>
    /// Under the writer lock: something was removed, or the configuration changed, and what is answered from now on may
    /// have seen that.
    /// </summary>
    /// <param name="position">Its commit; <see cref="LogPosition.None"/> if nothing was appended.</param>
    public void DependOn(LogPosition position) => _lastAppended = LogPosition.Max(_lastAppended, position);

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

    /// <summary>
    /// Reads back the message ids of the duplicate window: of messages that have headers, the others have none. Before the
    /// stream takes messages.
    /// </summary>
    public void Recover()
    {
        long windowNanos = _stream.Config.DuplicateWindowNanos;
        if (windowNanos <= 0)
            return;
        using var message = new StoredMessage();
        long now = _stream.Account.Engine.Host.Time.UnixNanosNow();
        ulong sequence = _stream.Log.FindByTime(now - windowNanos);
        while ((sequence = _stream.Log.FindNextWithHeaders(sequence)) != 0)
        {
            if (_stream.Log.Read(sequence, message) == ReadStatus.Found)
                RememberId(PublishHeaders.Read(message.Headers).MessageId, message.Sequence, message.TimestampNanos);
            sequence++;
        }
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

    private PublishReply Publish(in RoutedMessage message, out LogPosition appended, out bool expiresSooner)
    {
        appended = LogPosition.None;
        expiresSooner = false;
        StreamConfig config = _stream.Config;
        PublishHeaders headers = message.Headers.IsEmpty ? default : PublishHeaders.Read(message.Headers);
        MessageTtl ttl = MessageTtl.Parse(headers.Ttl);
        PublishReply refusal = Check(config, message, headers, ttl, out RollupScope rollup);
        return refusal.IsFinal
            ? refusal
            : Append(config, message, headers, ttl, rollup, ref appended, ref expiresSooner);
    }

    private PublishReply Check(
        StreamConfig config, in RoutedMessage message, in PublishHeaders headers, MessageTtl ttl, out RollupScope rollup)
    {
        rollup = RollupScope.None;
        PublishReply reply = PublishChecks.CheckShape(config, message, headers);
        if (!reply.IsFinal && !message.Headers.IsEmpty)
        {
            reply = PublishChecks.CheckExpectations(config, _stream.Log, message.Subject, headers, ttl);
            if (!reply.IsFinal)
                reply = PublishChecks.CheckReserved(message.Subject, headers);
            if (!reply.IsFinal)
                reply = CheckIds(config, headers);
            if (!reply.IsFinal)
                reply = PublishChecks.CheckRollup(config, headers, out rollup);
            if (!reply.IsFinal && ttl.Kind == MessageTtlKind.Invalid)
                reply = PublishReply.Refusal(JetStreamError.MessageTTLInvalid);
        }

        if (reply.IsFinal)
            return reply;
        ApiError? exhausted = _stream.Account.Usage.CheckRoom(
            config.Storage,
            _stream.Log.AccountedSizeBytes(message.Subject.Length, message.Headers.Length, message.Payload.Length));
        return exhausted is null ? default : PublishReply.Refusal(exhausted);
    }

    private PublishReply CheckIds(StreamConfig config, in PublishHeaders headers)
    {
        if (!headers.MessageId.IsEmpty && config.DuplicateWindowNanos > 0)
        {
            _duplicates.ForgetBefore(_stream.Account.Engine.Host.Time.UnixNanosNow() - config.DuplicateWindowNanos);
            ulong seen = _duplicates.Find(headers.MessageId);
            if (seen != 0)
                return PublishReply.Duplicate(seen);
        }

        ReadOnlySpan<byte> last = _lastMessageId.AsSpan(0, _lastMessageIdLength);
        if (headers.ExpectedLastMessageId.IsEmpty || headers.ExpectedLastMessageId.SequenceEqual(last))
            return default;
        return PublishReply.Refusal(JetStreamError.StreamWrongLastMsgID.With(Encoding.UTF8.GetString(last)));
    }

    private PublishReply Append(
        StreamConfig config,
        in RoutedMessage message,
        in PublishHeaders headers,
        MessageTtl ttl,
        RollupScope rollup,
        ref LogPosition appended,
        ref bool expiresSooner)
    {
        if (config.Retention == RetentionPolicy.Interest && !_stream.Consumers.HasInterest(message.Subject))
            return PassBy(message.Subject, headers.MessageId, rollup, out appended);

        long raisedSeconds = RaisedTtlSeconds(config, ttl);
        if (raisedSeconds > 0)
            ttl = ttl with { Seconds = raisedSeconds };
        long timestampNanos = ttl.Kind == MessageTtlKind.None ? 0 : NextTimestampNanos();
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
        AppendResult result = _stream.Log.Append(stored);
        if (result.Status != AppendStatus.Stored)
            return PublishChecks.AfterAppend(result.Status, _stream.Store);

        appended = _lastAppended = result.Position;
        RememberId(headers.MessageId, result.Sequence, result.TimestampNanos);
        if (_stream.Republisher is { } wanting && wanting.Wants(message.Subject))
            wanting.Note(result.Sequence, lastOfSubject);
        _stream.TrackUsage(result.TailBytes);
        expiresSooner = _stream.Expiry.IsSooner(
            _stream.Expiry.DeadlineOf(result.TimestampNanos, stored.ExpiresAtNanos));
        return PublishReply.Ack(result.Sequence);
    }

    /// <summary>
    /// Takes a message that no consumer is interested in: it has its sequence and its id, and what it rolls up goes, but it
    /// is not kept, whatever the limits say.
    /// </summary>
    private PublishReply PassBy(
        ReadOnlySpan<byte> subject, ReadOnlySpan<byte> id, RollupScope rollup, out LogPosition appended)
    {
        if (rollup != RollupScope.None)
            _stream.Log.Purge(rollup == RollupScope.Subject ? subject : default, beforeSequence: 0, keep: 0);
        ulong sequence = _stream.Log.Tail.LastSequence + 1;
        long timestampNanos = NextTimestampNanos();
        appended = _lastAppended = _stream.Log.SkipTo(sequence + 1, timestampNanos);
        RememberId(id, sequence, timestampNanos);
        _stream.TrackUsage();
        return PublishReply.Ack(sequence);
    }

    /// <summary>
    /// The time to live that replaces one that is shorter than that of markers, else 0: a marker would otherwise outlive
    /// what it marks. A stream that keeps one message of a subject has no older one to hide.
    /// </summary>
    private static long RaisedTtlSeconds(StreamConfig config, MessageTtl ttl)
    {
        long markerSeconds = config.SubjectDeleteMarkerTtlNanos / NanosPerSecond;
        bool raise = ttl.Kind == MessageTtlKind.Seconds && ttl.Seconds < markerSeconds && config.MaxMessagesPerSubject != 1;
        return raise ? markerSeconds : 0;
    }

    private long NextTimestampNanos() =>
        Math.Max(_stream.Account.Engine.Host.Time.UnixNanosNow(), _stream.Log.Tail.LastTimestampNanos);

    private void RememberId(ReadOnlySpan<byte> id, ulong sequence, long timestampNanos)
    {
        if (--_untilForget == 0)
        {
            _untilForget = ForgetInterval;
            _duplicates.ForgetBefore(timestampNanos - _stream.Config.DuplicateWindowNanos);
        }

        if (_lastMessageId.Length < id.Length)
            _lastMessageId = new byte[id.Length * 2];
        id.CopyTo(_lastMessageId);
        _lastMessageIdLength = id.Length;
        if (!id.IsEmpty && _stream.Config.DuplicateWindowNanos > 0)
            _duplicates.Add(id, sequence, timestampNanos);
    }

    private void AfterAppend(
        PublisherContext? publisher, LogPosition appended, bool expiresSooner, DeliveryBatch batch)
    {
        if (publisher is not null && _stream.IsDurable)
            publisher.PendingCommit = LogPosition.Max(publisher.PendingCommit, appended);
        else if (publisher is not null)
            publisher.PendingMemoryCommit = LogPosition.Max(publisher.PendingMemoryCommit, appended);
        if (publisher is not null && _stream.Consumers.Followers.IsAnyBehind)
            publisher.Outrun = _stream.Consumers.Followers;
        if (expiresSooner)
            _stream.Expiry.Arm();
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

        Span<byte> json = stackalloc byte[_writer.LengthMax];
        _stream.Router.Publish(subject, default, default, json[.._writer.Write(reply, json)], batch);
    }
}

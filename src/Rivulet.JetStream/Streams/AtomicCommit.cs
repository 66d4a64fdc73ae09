using System.Text;
using Rivulet.JetStream.Api.Errors;
using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Schedules;
using Rivulet.Storage;

namespace Rivulet.JetStream.Streams;

/// <summary>
/// Checks the messages of a complete batch, each against the stream and what the batch does to it before, and appends them as one.
/// Checks run in the reference's order: the first message that fails one gives the answer, and nothing is stored.
/// </summary>
/// <remarks>The stream's writer lock guards it.</remarks>
internal sealed class AtomicCommit
{
    private readonly JetStreamStream _stream;
    private readonly MessageIds _ids;
    private readonly CounterTotals _counters;

    // What the messages checked so far do. Empty between batches.
    private readonly Dictionary<ReadOnlyMemory<byte>, WrittenSubject> _subjects = new(SubjectBytesComparer.Instance);
    private readonly HashSet<ReadOnlyMemory<byte>> _newIds = new(SubjectBytesComparer.Instance);
    private BatchMessage[] _messages = [];
    private ScheduleChange[] _changes = [];
    private long _nowNanos;

    public AtomicCommit(JetStreamStream stream, MessageIds ids, CounterTotals counters)
    {
        _stream = stream;
        _ids = ids;
        _counters = counters;
    }

    /// <summary>Stores a batch.</summary>
    /// <param name="batch">The batch, complete.</param>
    /// <param name="effects">What it leads to.</param>
    public PublishReply Commit(AtomicBatch batch, ref PublishEffects effects)
    {
        _messages = new BatchMessage[batch.Count];
        _changes = new ScheduleChange[batch.Count];
        _nowNanos = Math.Max(_stream.Account.Engine.Host.Time.UnixNanosNow(), _stream.Log.Tail.LastTimestampNanos);
        try
        {
            for (int i = 0; i < batch.Count; i++)
            {
                PublishReply refusal = Check(batch, i);
                if (refusal.IsFinal)
                    return refusal;
            }

            return Append(batch, ref effects);
        }
        finally
        {
            _subjects.Clear();
            _newIds.Clear();
            (_messages, _changes) = ([], []);
        }
    }

    private PublishReply Check(AtomicBatch batch, int index)
    {
        StagedMessage message = batch[index];
        ReadOnlyMemory<byte> block = message.Headers;
        if (batch.IsEndedBehindLast && index == batch.Count - 1)
            block = HeaderEdits.With(block.Span, "Nats-Batch-Commit"u8, "1"u8);
        PublishHeaders headers = PublishHeaders.Read(block.Span);
        MessageTtl ttl = MessageTtl.Parse(headers.Ttl);
        PublishReply reply = CheckContent(message, block, headers, ttl);
        if (reply.IsFinal)
            return reply;

        CounterTotal? count = null;
        _subjects.TryGetValue(message.Subject, out WrittenSubject? written);
        if (_stream.Config.AllowCounter)
        {
            reply = _counters.Add(message.Subject.Span, headers, block.Span, written?.Count, out count);
            if (reply.IsFinal)
                return reply;
        }

        reply = CheckExpectations(message, headers, index);
        if (!reply.IsFinal)
            reply = CheckSchedule(message, block, headers, index);
        if (reply.IsFinal)
            return reply;
        if (_changes[index].NeedsRollup)
        {
            block = HeaderEdits.With(block.Span, "Nats-Rollup"u8, "sub"u8);
            headers = PublishHeaders.Read(block.Span);
        }

        reply = CheckRollup(headers, isFirst: index == 0, isFirstOfSubject: written is null, out RollupScope rollup);
        return reply.IsFinal ? reply : Plan(message, block, ttl, rollup, count, index);
    }

    private PublishReply CheckContent(
        StagedMessage message, ReadOnlyMemory<byte> block, in PublishHeaders headers, MessageTtl ttl)
    {
        StreamConfig config = _stream.Config;
        if (!headers.ExpectedLastMessageId.IsEmpty)
            return PublishReply.Refusal(JetStreamError.AtomicPublishUnsupportedHeaderBatch.With("Nats-Expected-Last-Msg-Id"));
        PublishReply size = PublishChecks.CheckSize(config, block.Length, message.Payload.Length);
        if (size.IsFinal)
            return size;
        if (!headers.Increment.IsEmpty)
        {
            PublishReply increment = PublishChecks.CheckIncrement(config, message.Payload.Span, headers);
            if (increment.IsFinal)
                return increment;
        }

        if (!PublishChecks.IsExpectedStream(config, headers))
            return Refuse(JetStreamError.StreamNotMatch);
        if (ttl.Kind != MessageTtlKind.None && !config.AllowMessageTtl)
            return Refuse(JetStreamError.MessageTTLDisabled);
        if (ttl.Kind == MessageTtlKind.Invalid)
            return Refuse(JetStreamError.MessageTTLInvalid);
        if (!headers.MessageId.IsEmpty)
        {
            bool isNew = _ids.Find(headers.MessageId) == 0 && _newIds.Add(headers.MessageId.ToArray());
            if (!isNew)
                return Refuse(JetStreamError.AtomicPublishContainsDuplicateMessage);
        }

        return headers.StreamSource.IsEmpty ? default : Refuse(JetStreamError.MessageSourceHdrNotAllowed);
    }

    /// <summary>
    /// A batch may expect something of the stream, and nothing of what it writes itself, which its publisher knows better.
    /// </summary>
    private PublishReply CheckExpectations(StagedMessage message, in PublishHeaders headers, int index)
    {
        if (!headers.ExpectedLastSequence.IsEmpty)
        {
            ulong last = _stream.Log.Tail.LastSequence + (ulong)index;
            if (last != PublishHeaders.Sequence(headers.ExpectedLastSequence))
                return PublishReply.WrongLastSequence(last);
            if (index > 0)
                return Refuse(JetStreamError.StreamWrongLastSequenceConstant);
        }

        ReadOnlySpan<byte> filter = headers.ExpectedLastSubjectSequenceFilter;
        if (headers.ExpectedLastSubjectSequence.IsEmpty)
            return filter.IsEmpty ? default : Refuse(JetStreamError.StreamExpectedLastSeqPerSubjectInvalid);
        ReadOnlyMemory<byte> subject = filter.IsEmpty ? message.Subject : filter.ToArray();
        if (_subjects.ContainsKey(subject))
            return Refuse(JetStreamError.StreamWrongLastSequenceConstant);
        ulong actual = _stream.Log.TailLastSequenceOf(subject.Span);
        return actual == PublishHeaders.Sequence(headers.ExpectedLastSubjectSequence)
            ? default
            : PublishReply.WrongLastSequence(actual);
    }

    private PublishReply CheckSchedule(StagedMessage message, ReadOnlyMemory<byte> block, in PublishHeaders headers, int index) =>
        _stream.Config.AllowSchedules
            ? ScheduleRules.Check(
                _stream, message.Subject.Span, block.Span, headers.Rollup, IsScheduleInBatch, out _changes[index])
            : PublishChecks.CheckNoSchedule(message.Subject.Span, headers);

    /// <summary>Whether the last message of a subject in the batch is a schedule; <c>null</c> if it has none there.</summary>
    private bool? IsScheduleInBatch(ReadOnlyMemory<byte> subject) =>
        _subjects.TryGetValue(subject, out WrittenSubject? written) ? written.IsSchedule : null;

    /// <summary>A rollup may remove what is there before the batch, and nothing of the batch.</summary>
    private PublishReply CheckRollup(in PublishHeaders headers, bool isFirst, bool isFirstOfSubject, out RollupScope rollup)
    {
        PublishReply reply = PublishChecks.CheckRollup(_stream.Config, headers, out rollup);
        if (reply.IsFinal)
            return reply;
        if (rollup == RollupScope.Subject && !isFirstOfSubject)
            return PublishReply.Refusal(JetStreamError.StreamRollupFailed.With("batch rollup sub invalid"));
        return rollup == RollupScope.All && !isFirst
            ? PublishReply.Refusal(JetStreamError.StreamRollupFailed.With("batch rollup all invalid"))
            : default;
    }

    /// <summary>Notes a message that passed its checks, as it is going to be stored.</summary>
    private PublishReply Plan(
        StagedMessage message, ReadOnlyMemory<byte> block, MessageTtl ttl, RollupScope rollup, CounterTotal? count, int index)
    {
        StreamConfig config = _stream.Config;
        ReadOnlyMemory<byte> payload = message.Payload;
        if (count is not null)
        {
            payload = count.ToBody();
            if (count.InheritedSources is { } sources)
                block = HeaderEdits.With(block.Span, "Nats-Counter-Sources"u8, sources);
            PublishReply size = PublishChecks.CheckSize(config, block.Length, payload.Length);
            if (size.IsFinal)
                return size;
        }

        long raisedSeconds = ttl.RaisedSeconds(config);
        if (raisedSeconds > 0)
        {
            ttl = ttl with { Seconds = raisedSeconds };
            block = HeaderEdits.With(block.Span, "Nats-TTL"u8, Encoding.ASCII.GetBytes($"{raisedSeconds}"));
        }

        _messages[index] = new BatchMessage
        {
            Subject = message.Subject,
            Headers = block,
            Payload = payload,
            TimestampNanos = _nowNanos,
            ExpiresAtNanos = ttl.ExpiresAt(_nowNanos),
            Rollup = rollup,
        };
        if (!_subjects.TryGetValue(message.Subject, out WrittenSubject? written))
            _subjects.Add(message.Subject, written = new WrittenSubject());
        written.Count = count;
        written.LastIndex = index;
        written.IsSchedule = _changes[index].IsSchedule;
        return default;
    }

    private PublishReply Append(AtomicBatch batch, ref PublishEffects effects)
    {
        ulong[] lastOfSubjects = FindLastOfSubjects();
        if (_messages[0].Rollup == RollupScope.All)
            _stream.Revisions?.OnReplacingAll();
        BatchResult result = _stream.Log.AppendBatch(_messages);
        if (result.Status != AppendStatus.Stored)
            return PublishChecks.AfterAppend(result.Status, _stream.Store);
        effects.Appended = result.Position;
        for (int i = 0; i < _messages.Length; i++)
        {
            ref readonly BatchMessage message = ref _messages[i];
            ulong sequence = result.FirstSequence + (ulong)i;
            _ids.Remember(PublishHeaders.Read(message.Headers.Span).MessageId, sequence, message.TimestampNanos);
            if (_stream.Republisher is { } republisher && republisher.Wants(message.Subject.Span))
                republisher.Note(sequence, lastOfSubjects[i]);
            effects.ExpiresSooner |= _stream.Expiry.IsSooner(
                _stream.Expiry.DeadlineOf(message.TimestampNanos, message.ExpiresAtNanos));

            // A batch is stored whole; what nobody is interested in goes at once.
            if (_stream.Config.Retention == RetentionPolicy.Interest && !_stream.Consumers.HasInterest(message.Subject.Span))
                _stream.Consumed.Note(sequence);
        }

        if (_stream.Schedules is { } schedules)
        {
            for (int i = 0; i < _messages.Length; i++)
                schedules.OnAppended(_messages[i].Subject.Span, result.FirstSequence + (ulong)i, _changes[i], ref effects);
        }

        foreach (WrittenSubject written in _subjects.Values)
        {
            if (written.Count is not { } count)
                continue;
            count.StoredAs(result.FirstSequence + (ulong)written.LastIndex, result.Position);
            _counters.Remember(count);
        }

        for (int i = 0; i < _messages.Length; i++)
        {
            if (_messages[i].Rollup == RollupScope.Subject)
                _stream.Publishing.RollUpMatching(_messages[i].Subject.Span, result.FirstSequence + (ulong)i, ref effects);
        }

        _stream.TrackUsage();
        return PublishReply.Ack(result.LastSequence, new AckDetail(null, batch.IdText, (ulong)_messages.Length));
    }

    /// <summary>For each message that is republished, which message of its subject came before it.</summary>
    private ulong[] FindLastOfSubjects()
    {
        if (_stream.Republisher is not { } republisher)
            return [];
        ulong[] found = new ulong[_messages.Length];
        ulong next = _stream.Log.Tail.LastSequence + 1;
        var last = new Dictionary<ReadOnlyMemory<byte>, ulong>(SubjectBytesComparer.Instance);
        for (int i = 0; i < found.Length; i++)
        {
            ReadOnlyMemory<byte> subject = _messages[i].Subject;
            if (republisher.Wants(subject.Span))
                found[i] = last.TryGetValue(subject, out ulong inBatch) ? inBatch : _stream.Log.TailLastSequenceOf(subject.Span);
            last[subject] = next + (ulong)i;
        }

        return found;
    }

    private static PublishReply Refuse(JetStreamError error) => PublishReply.Refusal(error);

    /// <summary>A subject that the batch writes to.</summary>
    private sealed class WrittenSubject
    {
        /// <summary>What its counter stands at.</summary>
        public CounterTotal? Count { get; set; }

        /// <summary>Whether its last message in the batch is a schedule.</summary>
        public bool IsSchedule { get; set; }

        /// <summary>Its last message in the batch.</summary>
        public int LastIndex { get; set; }
    }
}

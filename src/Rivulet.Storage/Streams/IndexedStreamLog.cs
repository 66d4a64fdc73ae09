using Rivulet.Protocol;
using Rivulet.Storage.Indexing;
using Rivulet.Storage.Records;

namespace Rivulet.Storage.Streams;

/// <summary>
/// A stream of either store: the one place where its parts meet. The stores differ in the backend, and in who calls
/// <see cref="Merge"/> and <see cref="DeliverCommit"/>.
/// </summary>
internal sealed class IndexedStreamLog : StreamLog
{
    private readonly StreamCore _core;
    private readonly CommitOutbox _outbox = new();
    private readonly StreamWriter _writer;
    private readonly BatchWriter _batchWriter;
    private readonly StreamRemover _remover;
    private readonly StreamExpiry _expiry;
    private readonly StreamMerger _merger;
    private readonly StreamSearch _search;
    private readonly StreamReader _reader;
    private readonly StreamPages _pages;
    private readonly AttachmentSet _attachments;

    // Written under the writer lock and the index lock.
    private volatile StreamDescription _description;

    public IndexedStreamLog(StreamDescription description, IStreamBackend backend, TimeProvider time)
    {
        _description = description;
        _core = new StreamCore(description.Identity, backend);
        var steps = new AppendSteps(_core, time);
        _writer = new StreamWriter(_core, steps);
        _batchWriter = new BatchWriter(_core, steps);
        _remover = new StreamRemover(_core);
        _expiry = new StreamExpiry(_core);
        _merger = new StreamMerger(_core, _outbox);
        _search = new StreamSearch(_core);
        _reader = new StreamReader(_core, _search);
        _pages = new StreamPages(_core, _reader);
        _attachments = new AttachmentSet(_core);
    }

    public override StreamIdentity Identity => _description.Identity;

    public override ReadOnlyMemory<byte> Configuration => _description.Configuration;

    public override StreamLimits Limits => _description.Limits;

    public override long CreatedNanos => _description.CreatedNanos;

    public override IEnumerable<StreamAttachment> Attachments => _attachments.ToList();

    public override StreamCounters Tail
    {
        get
        {
            lock (_core.Gate)
            {
                StreamIndex index = _core.Newest;
                ulong last = _core.TailLast;
                ulong first = index.TailMessages > 0 ? index.TailFirst : last == 0 ? 0 : last + 1;
                return new StreamCounters(
                    index.TailMessages, index.TailBytes, first, last, _core.TailLastTimestampNanos);
            }
        }
    }

    public override LogPosition ReservationPosition
    {
        get
        {
            lock (_core.Gate)
                return Limits.ReserveSequences ? _core.Backend.ReservedAt : _core.TailPosition;
        }
    }

    public override StreamState State => _reader.State;

    internal StreamCore Core => _core;

    /// <summary>What the stream is. Under the index lock, one object for as long as it is the same.</summary>
    internal StreamDescription Description => _description;

    internal AttachmentSet AttachmentSet => _attachments;

    /// <summary>The round of the log's tail that lists this stream. Under the tail lock.</summary>
    internal long TouchedRound { get; set; }

    /// <summary>Whether the stream is deleted, as its writer sees it.</summary>
    internal bool IsDeleted => _core.IsDeleted;

    /// <summary>For the thread that merges.</summary>
    internal bool IsDeletionCommitted => _core.IsDeletionCommitted;

    public override long AccountedSizeBytes(int subjectBytes, int headersBytes, int payloadBytes) =>
        _core.Backend.Accounting.SizeOf(subjectBytes + headersBytes + payloadBytes, headersBytes > 0);

    public override ulong TailLastSequenceOf(ReadOnlySpan<byte> subjectOrFilter) => _search.TailLast(subjectOrFilter);

    public override AppendResult Append(in NewMessage message) => _writer.Append(in message, _description.Limits);

    public override BatchResult AppendBatch(ReadOnlySpan<BatchMessage> messages) =>
        _batchWriter.Append(messages, _description.Limits);

    public override RemoveResult Remove(ulong sequence, bool erase) => _remover.Remove(sequence, erase);

    public override PurgeResult Purge(ReadOnlySpan<byte> filter, ulong beforeSequence, ulong keep) =>
        _remover.Purge(filter, beforeSequence, keep);

    public override LogPosition Configure(ReadOnlySpan<byte> configuration, StreamLimits limits)
    {
        var description = new StreamDescription(Identity, CreatedNanos, limits, configuration.ToArray());
        lock (_core.Gate)
        {
            if (description.Limits.MaxAgeNanos != _description.Limits.MaxAgeNanos)
                _expiry.Restart();
            _description = description;

            // Written twice, so that one damaged record cannot bring back older limits.
            byte[] body = DescriptionBody();
            _core.Backend.AppendControl(RecordKind.StreamConfigured, RecordFlags.None, _core.TailLast, body);
            AppendMark(RecordKind.StreamConfigured, _core.TailLast, body);
        }
        _remover.ApplyLimits(limits);
        lock (_core.Gate)
            return _core.TailPosition;
    }

    public override LogPosition SkipTo(ulong nextSequence, long timestampNanos = 0)
    {
        lock (_core.Gate)
        {
            if (nextSequence <= _core.TailLast + 1)
                return _core.TailPosition;
            if (timestampNanos != 0)
                _core.TailLastTimestampNanos = timestampNanos;
            _core.Backend.ReserveUpTo(nextSequence - 1, Limits);
            LogPosition position = _core.Backend.AppendControl(
                RecordKind.SkipTo, RecordFlags.None, nextSequence,
                SkipToBody.Create(_core.TailLastTimestampNanos, _core.TailLast));
            _core.TailLast = nextSequence - 1;
            _core.AddToTail(new PendingOperation
            {
                Kind = PendingKind.SkipTo,
                Sequence = nextSequence - 1,
                TimestampNanos = timestampNanos,
                Position = position,
            });
            return position;
        }
    }

    public override LogPosition Delete()
    {
        lock (_core.Gate)
        {
            if (_core.IsDeleted)
                return _core.TailPosition;
            _core.IsDeleted = true;

            // Written twice, so that one damaged record cannot bring back a whole stream.
            _core.Backend.AppendControl(RecordKind.StreamDeleted, RecordFlags.None, 0, default);
            LogPosition position = _core.Backend.AppendControl(
                RecordKind.StreamDeleted, RecordFlags.None, 0, default);
            _core.AddToTail(new PendingOperation { Kind = PendingKind.Delete, Position = position });
            return position;
        }
    }

    public override ExpireResult Expire(
        long nowNanos,
        int max,
        Action<IReadOnlyList<ExpiredMessage>>? beforeRemoval = null,
        Func<ExpiredMessage, bool>? takesOlder = null)
    {
        var expired = new List<ExpiredMessage>();
        var sequences = new List<ulong>();
        long maxAgeNanos = Limits.MaxAgeNanos;
        long nextNanos;
        lock (_core.Gate)
        {
            _expiry.SweepIfWanted();
            _expiry.Collect(nowNanos, maxAgeNanos, max, takesOlder is null ? ulong.MaxValue : _core.CommittedLast, expired);
            nextNanos = _expiry.NextDeadlineNanos(maxAgeNanos);
        }
        for (int i = 0; i < expired.Count; i++)
        {
            ExpiredMessage message = expired[i];
            if (takesOlder is not null && message is { Newer: 0, WasLastOfSubject: false } && takesOlder(message))
                expired[i] = TakeOlder(message, sequences);

            // Behind those that go with it: whoever sees some of them gone still sees this one.
            sequences.Add(message.Sequence);
        }
        beforeRemoval?.Invoke(expired);
        LogPosition position = _remover.AppendRemoval(sequences, RemoveReason.Expired);
        return new ExpireResult(expired, nextNanos, position);
    }

    public override LogPosition SetAttachment(string key, ReadOnlySpan<byte> value) =>
        _attachments.Append(RecordKind.AttachmentSet, key, value);

    public override LogPosition AppendAttachmentDelta(string key, ReadOnlySpan<byte> delta) =>
        _attachments.Append(RecordKind.AttachmentDelta, key, delta);

    public override LogPosition RemoveAttachment(string key) =>
        _attachments.Append(RecordKind.AttachmentRemoved, key, default);

    public override void LeaveAttachment(string key, ReadOnlySpan<byte> value) => _attachments.Leave(key, value);

    public override ReadStatus Read(ulong sequence, StoredMessage into) => _reader.Read(sequence, into);

    public override ReadStatus ReadLast(ReadOnlySpan<byte> subjectOrFilter, StoredMessage into) =>
        _reader.ReadLast(subjectOrFilter, into);

    public override ReadStatus ReadNext(ulong fromSequence, FilterSet filter, StoredMessage into) =>
        _reader.ReadNext(fromSequence, filter, into);

    public override ulong FindNext(ulong fromSequence, FilterSet filter) => _search.FindNext(fromSequence, filter);

    /// <inheritdoc/>
    public override ulong FindNextWithHeaders(ulong fromSequence) => _search.FindNextWithHeaders(fromSequence);

    public override ulong FindLast(ReadOnlySpan<byte> subjectOrFilter, ulong upToSequence) =>
        _search.FindLast(subjectOrFilter, upToSequence);

    public override ulong FindByTime(long timestampNanos) => _reader.FindByTime(timestampNanos);

    public override (ulong Count, ulong Upto) CountPending(
        ulong fromSequence, FilterSet filter, bool lastPerSubject) =>
        _reader.CountPending(fromSequence, filter, lastPerSubject);

    public override int LastPerSubject(FilterSet filter, ulong upToSequence, int max, List<ulong> into) =>
        _reader.LastPerSubject(filter, upToSequence, max, into);

    public override SubjectWalk Subjects(FilterSet filter) => new IndexSubjectWalk(_core, filter);

    public override void FindSubjects(in SubjectRange range, ulong upToSequence, int max, SubjectPage into) =>
        _pages.Find(in range, upToSequence, max, into);

    public override void FindSubjects(
        IReadOnlyList<ReadOnlyMemory<byte>> subjects, ulong upToSequence, SubjectPage into) =>
        _pages.Find(subjects, upToSequence, into);

    public override ReadStatus Read(SubjectPage page, int index, StoredMessage into) => _pages.Read(page, index, into);

    public override int DeletedSequences(ulong fromSequence, int max, List<ulong> into) =>
        _reader.DeletedSequences(fromSequence, max, into);

    /// <summary>Writes down that the stream begins; twice, so that one damaged record cannot lose a whole stream.</summary>
    internal void AppendCreation()
    {
        byte[] body = DescriptionBody();
        lock (_core.Gate)
        {
            _core.Backend.AppendControl(RecordKind.StreamCreated, RecordFlags.None, 0, body);
            AppendMark(RecordKind.StreamConfigured, 0, body);
        }
    }

    /// <summary>Writes down once more what the stream is. Under the index lock.</summary>
    internal void AppendDescription() => AppendMark(RecordKind.StreamConfigured, _core.TailLast, DescriptionBody());

    /// <summary>Writes down where the stream goes on, when that does not follow from its records.</summary>
    /// <param name="lastTimestampNanos">When the last message came, where nothing else is left to say it; otherwise 0.</param>
    internal void AppendPosition(long lastTimestampNanos = 0)
    {
        byte[] body = lastTimestampNanos == 0 ? [] : SkipToBody.Create(lastTimestampNanos);
        lock (_core.Gate)
        {
            LogPosition position = _core.Backend.AppendControl(
                RecordKind.SkipTo, RecordFlags.None, _core.TailLast + 1, body);
            _core.AddToTail(new PendingOperation { Kind = PendingKind.Mark, Position = position });
        }
    }

    /// <summary>Writes down that messages are gone which recovery found and did not count.</summary>
    internal void AppendDropped(List<ulong> sequences) => _remover.AppendDropped(sequences);

    /// <summary>What the stream is, as its records say it.</summary>
    internal byte[] DescriptionBody() => StreamBody.Create(Identity, CreatedNanos, Limits, Configuration.Span);

    /// <summary>Writes down that messages are lost that a damaged store held; the next recovery lists them.</summary>
    internal void AppendLost(List<ulong> sequences) => _remover.AppendLost(sequences);

    /// <summary>Recovery found a description of the stream.</summary>
    internal void ReplayDescription(StreamDescription description) => _description = description;

    /// <summary>Makes everything up to a position visible. Called by one thread at a time.</summary>
    internal void Merge(LogPosition upTo) => _merger.MergeUpTo(upTo, Observer is not null);

    /// <summary>Tells the observer what was merged. Called by one thread at a time, with no lock held.</summary>
    internal void DeliverCommit()
    {
        LogPosition position;
        bool hasRemovals;
        _core.Gate.EnterBriefly();
        try
        {
            if (!_outbox.TryTake(out position, out hasRemovals))
                return;
        }
        finally
        {
            _core.Gate.Exit();
        }
        Observer?.OnCommitted(new StreamCommit(position, _outbox.Taken, hasRemovals));
        _outbox.ClearTaken();
    }

    private ExpiredMessage TakeOlder(in ExpiredMessage message, List<ulong> sequences)
    {
        lock (_core.Gate)
            _expiry.TakeOlder(message.Subject.Span, message.Sequence, sequences);
        return message with { WasLastOfSubject = true };
    }

    private void AppendMark(RecordKind kind, ulong sequence, ReadOnlySpan<byte> body)
    {
        LogPosition position = _core.Backend.AppendControl(kind, RecordFlags.None, sequence, body);
        _core.AddToTail(new PendingOperation { Kind = PendingKind.Mark, Position = position });
    }
}

using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Rivulet.JetStream.Api.Errors;
using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Hosting;
using Rivulet.JetStream.Streams;
using Rivulet.Storage;

namespace Rivulet.JetStream.Origins;

/// <summary>
/// Copies one origin into a stream: reads the origin's committed messages in their order and appends them to the stream, in
/// slices on the host's threads, whenever there is something new.
/// </summary>
/// <remarks>
/// <para>
/// Nothing of an origin waits for those who copy it: it wakes them after its commits and forgets them. A copy that cannot go on,
/// since its stream is full or the message too large, tries again when messages have left the stream, when its configuration has
/// changed, and every two seconds.
/// </para>
/// <para>
/// One run at a time. The stream's writer lock is taken for each message, and for <see cref="Stop"/>: nothing is appended once that
/// has returned. The last run gives back what it read into.
/// </para>
/// </remarks>
internal abstract class OriginFollower : IRoomWaiter, ICommitWaiter
{
    private const int SliceMessages = 256;
    private const int SliceBytes = 1024 * 1024;
    private const long NanosPerSecond = 1_000_000_000;

    // As long as the reference server takes until it hears of an origin without messages; clients look before.
    private const long FirstWordAfterNanos = 150_000_000;
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);

    private readonly WorkTurn _turn;
    private readonly ITimer _retry;
    private readonly DeliveryBatch _batch;

    // Guards whether it has begun, and where. Innermost, but for the registry of origins.
    private readonly Lock _gate = new();
    private volatile JetStreamAccount? _place;
    private volatile JetStreamStream? _origin;
    private volatile ApiError? _error;
    private volatile bool _isStarted;
    private volatile bool _isStopped;
    private volatile bool _isBlocked;
    private string? _reported;
    private OriginConsumer? _consumer;

    // When something was last heard of the origin, 0 for never; and when it was found.
    private long _contactNanos;
    private long _foundNanos;
    private ulong _copiedUpTo;
    private long _copiedPosition;

    protected OriginFollower(JetStreamStream target, StreamSource source)
    {
        Target = target;
        Source = source;
        IJetStreamHost host = target.Account.Engine.Host;
        Filter = new OriginFilter(source, host.Random);
        _batch = target.Router.CreateBatch();
        _turn = new WorkTurn(host.Work, Run);
        _retry = host.Time.CreateTimer(_ => Retry(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The stream that is copied into.</summary>
    public JetStreamStream Target { get; }

    /// <summary>What its configuration says about the origin.</summary>
    public StreamSource Source { get; }

    /// <summary>Which messages are copied.</summary>
    public OriginFilter Filter { get; }

    /// <summary>Name of the origin, wherever it is.</summary>
    public string OriginName => Source.Name;

    /// <summary>Whether direct gets for the origin may be answered by the stream.</summary>
    public virtual bool AnswersForOrigin => false;

    /// <summary>Name of the consumer that has an origin keep messages until they are copied, where origins do that.</summary>
    protected abstract string ConsumerName { get; }

    /// <summary>What that consumer says in its metadata and its deliver subject.</summary>
    protected abstract OriginKind Kind { get; }

    /// <summary>The lowest sequence of the origin that was not looked at.</summary>
    protected ulong Next { get; set; }

    /// <summary>What was read last.</summary>
    protected StoredMessage Message { get; } = new();

    /// <summary>Begins to copy, if it has not begun.</summary>
    public void Start()
    {
        lock (_gate)
        {
            if (_isStarted || _isStopped)
                return;
            JetStreamAccount? place = OriginPlace.Find(Target.Account, Source);
            if (place is null)
            {
                _retry.Change(RetryAfter, Timeout.InfiniteTimeSpan);
                return;
            }

            _place = place;
            _isStarted = true;
            place.Origins.Add(this);
        }

        Wake();
    }

    /// <summary>Stops for good: nothing is copied once this has returned. Not under the writer lock.</summary>
    /// <param name="isRemoved">Whether nobody will go on with it, so that the origin need keep nothing for it.</param>
    public void Stop(bool isRemoved)
    {
        lock (Target.WriterLock)
            _isStopped = true;
        JetStreamAccount? place;
        lock (_gate)
        {
            place = _isStarted ? _place : null;
            place?.Origins.Remove(this);
            _retry.Dispose();
        }

        _turn.Wake();
        if (isRemoved && place is not null && Source.Consumer is null && place.TryGetStream(OriginName, out JetStreamStream? origin))
            new OriginConsumer(this, origin, ConsumerName, Kind).Remove();
    }

    /// <summary>Looks for something to copy soon. Any thread.</summary>
    public void Wake()
    {
        if (_isStarted && !_isStopped)
            _turn.Wake();
    }

    /// <summary>Tries again if it could not go on. Any thread.</summary>
    public void Unblock()
    {
        _isBlocked = false;
        Wake();
    }

    /// <summary>Goes on with what was in the way, or begins if there was nowhere to.</summary>
    private void Retry()
    {
        if (_isStarted)
            Unblock();
        else
            Start();
    }

    /// <summary>Tries again if it waits for room in its stream: messages have left it.</summary>
    public void OnRemovals()
    {
        if (_isBlocked)
            Unblock();
    }

    /// <summary>Whether everything that is committed in the origin is committed in the stream too.</summary>
    public bool HasCopiedAll(JetStreamStream origin) =>
        Volatile.Read(ref _copiedUpTo) >= origin.Consumers.LastCommitted
        && Target.Store.Committed.Value >= Volatile.Read(ref _copiedPosition)
        && _origin == origin;

    /// <summary>What is told about it.</summary>
    /// <param name="isNew">Whether the stream is being created, so that nothing is known yet.</param>
    public virtual StreamSourceInfo Describe(bool isNew)
    {
        JetStreamStream? origin = isNew ? null : _origin;
        return new StreamSourceInfo
        {
            Name = Source.Name,
            External = Source.External,
            Lag = origin is { IsStopped: false } ? origin.Log.CountPending(Next, Filter.Set, lastPerSubject: false).Count : 0,
            ActiveNanos = isNew ? -1 : SilenceNanos(),
            Error = isNew ? null : _error,
            FilterSubject = Source.SubjectTransforms is null ? Source.FilterSubject : null,
            SubjectTransforms = Source.SubjectTransforms,
        };
    }

    void IRoomWaiter.OnRoom() => Wake();

    void ICommitWaiter.OnCommitted(LogPosition position) => Wake();

    void ICommitWaiter.OnFailed(Exception cause)
    {
        // Nothing is copied into a store that has failed.
    }

    /// <summary>Whether nothing may be appended any more. Under the writer lock this does not change.</summary>
    protected bool IsOver => _isStopped || Target.IsStopped;

    /// <summary>Finds out where to go on in an origin that was not there before.</summary>
    /// <param name="origin">The origin.</param>
    /// <returns>False to be called again: there is more to look at, or something to wait for.</returns>
    protected abstract bool Begin(JetStreamStream origin);

    /// <summary>Appends what was read, or finds that it is there or not wanted.</summary>
    /// <param name="effects">What this leads to.</param>
    /// <returns>A refusal if it has to be tried again; anything else if it is done with.</returns>
    protected abstract PublishReply Take(ref PublishEffects effects);

    /// <summary>Under the writer lock, at the end of a slice: writes down how far it has come, where that does not show.</summary>
    public virtual void WriteDown()
    {
    }

    /// <summary>Has the run called again at once.</summary>
    protected void GoOn() => _turn.Wake();

    /// <summary>The time, in nanoseconds since the Unix epoch.</summary>
    protected long NowNanos => Target.Account.Engine.Host.Time.UnixNanosNow();

    /// <summary>
    /// An origin of this server is heard of every second: that is how often others say that they are there when they have nothing
    /// to say. A first word comes a little after the origin was found.
    /// </summary>
    /// <returns>How long nothing has been heard, in nanoseconds; -1 if nothing ever was.</returns>
    private long SilenceNanos()
    {
        long contact = Volatile.Read(ref _contactNanos);
        bool isThere = _origin is { IsStopped: false };
        if (contact == 0)
        {
            contact = Volatile.Read(ref _foundNanos) + FirstWordAfterNanos;
            if (!isThere || NowNanos < contact)
                return -1;
        }

        long silence = Math.Max(0, NowNanos - contact);
        return isThere ? silence % NanosPerSecond : silence;
    }

    [SuppressMessage("Design", "CA1031", Justification = "A copy that fails must not take a thread of the host with it; it is reported.")]
    private bool Run()
    {
        try
        {
            if (!_isStopped)
                return RunSlice();
            Message.Dispose();
        }
        catch (Exception failure)
        {
            if (!IsOver)
                Block(JetStreamError.StreamGeneral.With(failure.Message), failure);
        }

        return false;
    }

    /// <returns>Whether there is more to do at once.</returns>
    private bool RunSlice()
    {
        _consumer?.SettleCommitted();
        if (_isBlocked || !_isStarted || Target.IsStopped || Target.Store.Failure is not null || !IsInPlace() || !TryAttach(out JetStreamStream? origin))
            return false;
        if (!Target.Store.HasRoom)
        {
            Target.Store.WhenRoom(this);
            return false;
        }

        if (!TryHold(origin))
            return false;
        return CopySlice(origin);
    }

    /// <summary>Sees to it that an origin of another account is copied only as long as that is allowed.</summary>
    private bool IsInPlace()
    {
        JetStreamAccount? place = _place;
        if (place == Target.Account || OriginPlace.Find(Target.Account, Source) == place)
            return true;
        lock (_gate)
        {
            if (_isStopped)
                return false;
            place!.Origins.Remove(this);
            _isStarted = false;
        }

        Detach();
        Start();
        return false;
    }

    private bool TryAttach([NotNullWhen(true)] out JetStreamStream? origin)
    {
        JetStreamAccount place = _place!;
        origin = _origin;
        if (origin is { IsStopped: false })
            return true;
        if (origin is not null)
            Detach();
        if (!place.TryGetStream(OriginName, out origin) || origin.IsStopped || !origin.IsComplete)
        {
            _error = place.Directory.WhyMissing(OriginName);
            return false;
        }

        if (!Begin(origin))
            return false;
        _origin = origin;
        _error = null;
        _reported = null;
        Volatile.Write(ref _foundNanos, NowNanos);
        if (_contactNanos != 0)
            Volatile.Write(ref _contactNanos, NowNanos);
        return true;
    }

    private void Detach()
    {
        long silence = SilenceNanos();
        Volatile.Write(ref _contactNanos, silence < 0 ? 0 : NowNanos - silence);
        Volatile.Write(ref _copiedUpTo, 0);
        _consumer = null;
        _origin = null;
    }

    /// <summary>Sees to it that an origin that keeps messages for its consumers only keeps those that are not copied.</summary>
    /// <returns>Whether it does.</returns>
    private bool TryHold(JetStreamStream origin)
    {
        bool isKept = origin.Config.Retention != RetentionPolicy.Limits;
        if (!isKept && Source.Consumer is null)
        {
            _consumer?.Remove();
            _consumer = null;
            return true;
        }

        _consumer ??= new OriginConsumer(this, origin, ConsumerName, Kind);
        if (_consumer.TryHold(Next, out ulong from))
        {
            Next = Math.Max(Next, from);
            return true;
        }

        if (_consumer.Error is { } error)
        {
            _error = error;
            Block(error);
        }

        return false;
    }

    private bool CopySlice(JetStreamStream origin)
    {
        // Read before the search: what is not found up to here is not there.
        ulong committed = origin.Consumers.LastCommitted;
        var effects = default(PublishEffects);
        bool expiresSooner = false;
        bool isAtEnd = false;
        int bytes = 0;
        for (int count = 0; count < SliceMessages && bytes < SliceBytes && !_isBlocked && !_isStopped; count++)
        {
            ReadStatus status = origin.Log.ReadNext(Next, Filter.Set, Message);
            isAtEnd = status == ReadStatus.NotFound;
            if (isAtEnd)
                break;
            if (status == ReadStatus.Failed)
            {
                Block(JetStreamError.StreamGeneral.With("the origin's disk failed"));
                break;
            }

            // A damaged message stays a gap, as it is one in the origin.
            if (status == ReadStatus.Found && !TryTake(ref effects))
                break;
            expiresSooner |= effects.ExpiresSooner;
            bytes += Message.Headers.Length + Message.Payload.Length;
            Next = Message.Sequence + 1;
        }

        if (isAtEnd)
            PassOver(committed);
        effects.ExpiresSooner = expiresSooner;
        FinishSlice(effects);
        if (isAtEnd)
            Volatile.Write(ref _copiedUpTo, committed);
        return !isAtEnd && !_isBlocked;
    }

    private bool TryTake(ref PublishEffects effects)
    {
        PublishReply reply = Take(ref effects);
        if (reply.Error is { } refusal)
        {
            Block(refusal);
            return false;
        }

        Volatile.Write(ref _contactNanos, NowNanos);
        return true;
    }

    private void PassOver(ulong committed)
    {
        Message.ReleaseAhead();
        if (Next <= committed)
            Next = committed + 1;
    }

    private void FinishSlice(in PublishEffects effects)
    {
        lock (Target.WriterLock)
        {
            if (Target.IsStopped)
                return;
            if (!_isStopped)
                WriteDown();
        }

        if (effects.Appended != LogPosition.None)
        {
            Volatile.Write(ref _copiedPosition, effects.Appended.Value);
            Target.Publishing.AfterAppend(publisher: null, effects, _batch);
        }

        _batch.NoteAppended(Target.Store, Target.Account);
        _batch.Flush();
        _consumer?.SettleAfter(new LogPosition(_copiedPosition), Next - 1);
    }

    /// <summary>Waits before it tries again. What is in the way is reported once.</summary>
    private void Block(ApiError reason, Exception? failure = null)
    {
        _isBlocked = true;
        _retry.Change(RetryAfter, Timeout.InfiniteTimeSpan);
        string text = reason.Description;
        if (text == _reported)
            return;
        _reported = text;
        ILogger log = Target.Account.Engine.Host.Logging.CreateLogger<OriginFollower>();
        JetStreamLog.CopyBlocked(log, OriginName, Target.Account.Name, Target.Name, text, failure);
    }
}

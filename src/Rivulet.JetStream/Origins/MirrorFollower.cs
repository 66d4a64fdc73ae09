using Rivulet.JetStream.Hosting;
using Rivulet.JetStream.Streams;
using Rivulet.Storage;

namespace Rivulet.JetStream.Origins;

/// <summary>
/// Makes a stream the mirror of another: its messages have the sequences and times that they have there, gaps included. So the
/// last sequence of the mirror says how far it is.
/// </summary>
internal sealed class MirrorFollower(JetStreamStream target, StreamSource source) : OriginFollower(target, source)
{
    private readonly CopiedHeaders _headers = new();
    private ulong _kept;

    /// <inheritdoc/>
    public override bool AnswersForOrigin =>
        Target.Config.MirrorDirect && OriginPlace.IsHere(Target.Account, Source) && Volatile.Read(ref _kept) > 0;

    /// <inheritdoc/>
    protected override string ConsumerName => Source.Consumer?.Name ?? OriginNames.MirrorConsumerOf(Target);

    /// <inheritdoc/>
    protected override OriginKind Kind => OriginKind.Mirror;

    /// <inheritdoc/>
    public override StreamSourceInfo Describe(bool isNew)
    {
        StreamSourceInfo info = base.Describe(isNew);

        // As in the reference: a mirror says what it takes once it has begun.
        if (isNew)
            info.FilterSubject = null;
        return info;
    }

    /// <inheritdoc/>
    protected override bool Begin(JetStreamStream origin)
    {
        StreamState state = origin.Log.State;
        ulong first = Math.Max(state.FirstSequence, 1);
        LogPosition skipped = LogPosition.None;
        lock (Target.WriterLock)
        {
            if (IsOver)
                return false;
            ulong last = Target.Log.Tail.LastSequence;
            Next = Math.Max(first, last == 0 ? StartIn(origin) : last + 1);
            if (Next > last + 1 && !Target.Config.Sealed)
            {
                skipped = Target.Log.SkipTo(Next);
                Target.Publishing.DependOn(skipped);
            }
        }

        if (skipped != LogPosition.None)
            Target.Store.DeliverCommits();
        Volatile.Write(ref _kept, 1);
        return true;
    }

    /// <inheritdoc/>
    protected override PublishReply Take(ref PublishEffects effects)
    {
        var copy = new RoutedMessage(
            Filter.Rename(Message.Subject), default, _headers.ForMirror(Message.Headers), Message.Payload, publisher: null);
        lock (Target.WriterLock)
        {
            return IsOver || Message.Sequence <= Target.Log.Tail.LastSequence
                ? default
                : Target.Publishing.Copies.AppendMirrored(copy, Message.Sequence, Message.TimestampNanos, ref effects);
        }
    }

    private ulong StartIn(JetStreamStream origin) => Source switch
    {
        { StartSequence: > 0 } => Source.StartSequence,
        { StartTimeNanos: { } time } => origin.Log.FindByTime(time),
        _ => 1,
    };
}

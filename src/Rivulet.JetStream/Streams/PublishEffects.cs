using Rivulet.Storage;

namespace Rivulet.JetStream.Streams;

/// <summary>What a publish leads to beside its answer, to be seen to once the writer lock is released.</summary>
internal struct PublishEffects
{
    /// <summary>Where the log ends behind what was appended; <see cref="LogPosition.None"/> if nothing was.</summary>
    public LogPosition Appended;

    /// <summary>Where the log ends behind a removal of messages that consumers may count on; <see cref="LogPosition.None"/> for none.</summary>
    public LogPosition Purged;

    /// <summary>Whether something expires before everything else.</summary>
    public bool ExpiresSooner;

    /// <summary>Whether a schedule fires before everything else.</summary>
    public bool HasSoonerSchedule;

    /// <summary>What is answered before the answer; <c>null</c> for nothing.</summary>
    public List<PublishReply>? Earlier;

    /// <summary>Whether there is a batch that has to be given up some time.</summary>
    public bool HasOpenedBatch;

    /// <summary>An atomic batch that the message ended, for a reason that is told; <c>null</c> for none.</summary>
    public AbandonedBatch? Abandoned;
}

/// <summary>A batch that was given up.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Reason">Why, in the word that the event has for it.</param>
internal sealed record AbandonedBatch(string Id, string Reason);

using Rivulet.JetStream.Consumers.Configuration;
using Rivulet.Protocol;
using Rivulet.Storage;

namespace Rivulet.JetStream.Consumers.Delivery;

/// <summary>Where a consumer starts.</summary>
/// <param name="Next">First sequence to read, after the list.</param>
/// <param name="Listed">Sequences to deliver before, ascending; <c>null</c> for none.</param>
internal readonly record struct StartingPoint(ulong Next, List<ulong>? Listed = null)
{
    /// <summary>The lowest sequence that may be delivered.</summary>
    public ulong First => Listed is { Count: > 0 } ? Listed[0] : Next;

    /// <summary>Chooses by the deliver policy.</summary>
    /// <param name="config">Configuration of the consumer.</param>
    /// <param name="filters">Its filters.</param>
    /// <param name="log">Messages of the stream.</param>
    /// <param name="oneMessagePerSubject">Whether the stream keeps only the last message of each subject anyway.</param>
    public static StartingPoint Choose(ConsumerConfig config, FilterSet filters, StreamLog log, bool oneMessagePerSubject)
    {
        StreamState state = log.State;
        if (config.DeliverPolicy == DeliverPolicy.LastPerSubject && !oneMessagePerSubject)
        {
            var listed = new List<ulong>();
            log.LastPerSubject(filters, state.LastSequence, int.MaxValue, listed);
            return listed.Count > 0
                ? new StartingPoint(state.LastSequence + 1, listed)
                : new StartingPoint(Math.Max(Math.Max(state.LastSequence, state.FirstSequence), 1));
        }

        ulong next = config.DeliverPolicy switch
        {
            DeliverPolicy.Last => LastMatch(filters, log, state.LastSequence),
            DeliverPolicy.New => state.LastSequence + 1,
            DeliverPolicy.ByStartSequence => config.StartSequence,
            DeliverPolicy.ByStartTime => log.FindByTime(config.StartTimeNanos ?? 0),
            _ => state.FirstSequence,
        };

        // A start in the future stays there only if it was asked for by its number.
        if (config.DeliverPolicy != DeliverPolicy.ByStartSequence)
            next = Math.Min(next, state.LastSequence + 1);
        return new StartingPoint(Math.Max(next, Math.Max(state.FirstSequence, 1)));
    }

    private static ulong LastMatch(FilterSet filters, StreamLog log, ulong lastSequence)
    {
        if (filters.MatchesAll)
            return lastSequence;
        ulong last = 0;
        foreach (ReadOnlyMemory<byte> filter in filters.Filters)
            last = Math.Max(last, log.FindLast(filter.Span, lastSequence));
        return last;
    }
}

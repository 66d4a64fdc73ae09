using Rivulet.Simulation.Tests.Model;

namespace Rivulet.Simulation.Tests.Damage;

/// <summary>Something about a stream that a stretch of the log changed.</summary>
/// <param name="Stream">The stream's name.</param>
/// <param name="Incarnation">Which stream of that name.</param>
/// <param name="Start">Where in the log the records begin.</param>
/// <param name="End">Where they end.</param>
/// <param name="Message">The message that they brought.</param>
/// <param name="Removed">The sequence of a message that they removed.</param>
/// <param name="Attachment">The attachment that they changed.</param>
/// <param name="IsDescription">Whether they created, configured or deleted the stream.</param>
internal sealed record SampleChange(
    string Stream, int Incarnation, long Start, long End, ModelMessage? Message = null, ulong Removed = 0,
    string? Attachment = null, bool IsDescription = false)
{
    /// <summary>What is different between a store before and after a call.</summary>
    public static IEnumerable<SampleChange> Between(ModelStore before, ModelStore after, long start, long end)
    {
        foreach (string name in before.Streams.Keys.Union(after.Streams.Keys))
        {
            ModelStream? old = before.Streams.GetValueOrDefault(name);
            ModelStream? now = after.Streams.GetValueOrDefault(name);
            var change = new SampleChange(name, (now ?? old)!.Incarnation, start, end);
            if (old is null || now is null)
            {
                yield return change with { IsDescription = true };
                continue;
            }
            foreach (SampleChange each in Between(old, now, change))
                yield return each;
        }
    }

    private static IEnumerable<SampleChange> Between(ModelStream old, ModelStream now, SampleChange change)
    {
        if (old.Configuration != now.Configuration)
            yield return change with { IsDescription = true };

        // A message may be gone at once, when a limit leaves no room for it.
        foreach (ModelMessage message in now.Messages.Where(message => message.Sequence > old.Last))
            yield return change with { Message = message };
        foreach (ModelMessage message in old.Messages.Where(message => !now.Messages.Contains(message)))
            yield return change with { Removed = message.Sequence };
        foreach (string key in old.Attachments.Keys.Union(now.Attachments.Keys))
        {
            if (old.Attachments.GetValueOrDefault(key) != now.Attachments.GetValueOrDefault(key))
                yield return change with { Attachment = key };
        }
    }
}

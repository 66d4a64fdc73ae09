using System.Text;
using Rivulet.Protocol;
using Rivulet.Storage;

namespace Rivulet.Simulation.Tests.Model;

/// <summary>
/// What a stream should hold, kept as plainly as can be: a list of messages, searched from end to end for everything.
/// </summary>
internal sealed class ModelStream
{
    public List<ModelMessage> Messages { get; private init; } = [];

    /// <summary>Every message that was ever appended, by sequence; copies share it.</summary>
    public Dictionary<ulong, ModelMessage> Appended { get; private init; } = [];

    public Dictionary<string, ModelAttachment> Attachments { get; private init; } = [];

    public StreamLimits Limits { get; set; } = new();

    public string Configuration { get; set; } = "";

    public ulong Last { get; set; }

    /// <summary>Tells streams of one name apart that followed one another.</summary>
    public int Incarnation { get; init; }

    public long Bytes => Messages.Sum(message => message.SizeBytes);

    public ModelStream Copy() => new()
    {
        Messages = [.. Messages],
        Appended = Appended,
        Attachments = new Dictionary<string, ModelAttachment>(Attachments),
        Limits = Limits,
        Configuration = Configuration,
        Last = Last,
        Incarnation = Incarnation,
    };

    public List<ModelMessage> Of(string subject) => Messages.FindAll(message => message.Subject == subject);

    public ulong LastOf(string subject) => Messages.FindLast(message => message.Subject == subject)?.Sequence ?? 0;

    /// <summary>What a stream that discards new messages says.</summary>
    public AppendStatus Judge(string subject, long sizeBytes, RollupScope rollup)
    {
        if (!Limits.DiscardNew)
            return AppendStatus.Stored;
        List<ModelMessage> same = Of(subject);
        bool full = Limits.MaxMessagesPerSubject > 0 && same.Count >= Limits.MaxMessagesPerSubject;
        if (full && Limits.DiscardNewPerSubject && rollup == RollupScope.None)
            return AppendStatus.MaximumMessagesPerSubjectExceeded;
        if (Limits.MaxMessages > 0 && Messages.Count >= Limits.MaxMessages && !full)
            return AppendStatus.MaximumMessagesExceeded;
        bool tooLarge = Limits.MaxBytes > 0 && Bytes + sizeBytes > Limits.MaxBytes;
        return tooLarge && (!full || same[0].SizeBytes < sizeBytes)
            ? AppendStatus.MaximumBytesExceeded
            : AppendStatus.Stored;
    }

    /// <summary>Appends, and removes what rollup and limits say.</summary>
    public void Append(ModelMessage message, RollupScope rollup)
    {
        Last = message.Sequence;
        Appended[message.Sequence] = message;
        if (rollup == RollupScope.All)
            Messages.Clear();
        else if (rollup == RollupScope.Subject)
            Messages.RemoveAll(other => other.Subject == message.Subject);
        Messages.Add(message);
        if (rollup == RollupScope.None && Limits.MaxMessagesPerSubject > 0 &&
            Of(message.Subject) is var same && same.Count > Limits.MaxMessagesPerSubject)
        {
            Messages.Remove(same[0]);
        }
        if (!Limits.DiscardNew)
            RemoveBelow(FirstWithinLimits());
    }

    /// <summary>The oldest messages of a subject that are too many already, before another one comes.</summary>
    public List<ulong> SurplusOf(string subject) => Limits.MaxMessagesPerSubject > 0
        ? [.. Of(subject).SkipLast((int)Limits.MaxMessagesPerSubject).Select(message => message.Sequence)]
        : [];

    /// <summary>The oldest messages of every subject that are too many.</summary>
    public List<ulong> Surplus() =>
        [.. Messages.Select(message => message.Subject).Distinct().ToArray().SelectMany(SurplusOf)];

    /// <summary>The sequence below which count and byte limits let nothing stay; 0 when everything may.</summary>
    public ulong FirstWithinLimits()
    {
        long count = Messages.Count;
        long bytes = Bytes;
        ulong first = 0;
        for (int i = 0; IsOver(count, Limits.MaxMessages) || IsOver(bytes, Limits.MaxBytes); i++)
        {
            count--;
            bytes -= Messages[i].SizeBytes;
            first = Messages[i].Sequence + 1;
        }
        return first;
    }

    public void RemoveBelow(ulong sequence) => Messages.RemoveAll(message => message.Sequence < sequence);

    public void Remove(IReadOnlyCollection<ulong> sequences) =>
        Messages.RemoveAll(message => sequences.Contains(message.Sequence));

    public List<ulong> Purgeable(string filter, ulong before, ulong keep)
    {
        List<ulong> going = [.. Messages
            .Where(message => filter.Length == 0 ||
                Subject.Matches(Encoding.UTF8.GetBytes(message.Subject), Encoding.UTF8.GetBytes(filter)))
            .Where(message => before == 0 || message.Sequence < before)
            .Select(message => message.Sequence)];
        return keep == 0 ? going : [.. going.SkipLast((int)keep)];
    }

    /// <summary>What is due by the stream's age, or by an expiry of its own if its sequence is not above a bound.</summary>
    public List<ulong> Due(long nowNanos, ulong ownUpTo) =>
    [
        .. Messages
            .Where(message => (message.ExpiresAtNanos != 0 && message.ExpiresAtNanos <= nowNanos && message.Sequence <= ownUpTo) ||
                (Limits.MaxAgeNanos > 0 && message.ExpiresAtNanos != long.MaxValue &&
                message.TimestampNanos + Limits.MaxAgeNanos <= nowNanos))
            .Select(message => message.Sequence),
    ];

    public void AddDelta(string key, string delta)
    {
        ModelAttachment present = Attachments.GetValueOrDefault(key) ?? new ModelAttachment("", []);
        Attachments[key] = present with { Deltas = [.. present.Deltas, delta] };
    }

    /// <summary>What is different about a stream as it was read back, in words; null when nothing is.</summary>
    /// <param name="read">What was read back.</param>
    /// <param name="mayGap">Whether it may go on later than the model does.</param>
    public string? DifferenceFrom(ModelStream read, bool mayGap)
    {
        if (mayGap ? read.Last < Last : read.Last != Last)
            return $"it goes on behind {read.Last} in place of {Last}";
        if (Configuration != read.Configuration || Limits != read.Limits)
            return $"configuration {Configuration} {Limits} was read as {read.Configuration} {read.Limits}";
        if (DifferenceInMessages(read) is { } difference)
            return difference;
        if (Attachments.Count == 0 && read.Attachments.Count == 0)
            return null;
        string expected = Describe(Attachments);
        string found = Describe(read.Attachments);
        return expected == found ? null : $"attachments differ: expected {expected}, read {found}";
    }

    /// <summary>The same, of the messages alone.</summary>
    public string? DifferenceInMessages(ModelStream read)
    {
        for (int i = 0; i < Math.Max(Messages.Count, read.Messages.Count); i++)
        {
            if (i >= Messages.Count || i >= read.Messages.Count || !Messages[i].IsSameAs(read.Messages[i]))
                return $"expected {Messages.ElementAtOrDefault(i)}, read {read.Messages.ElementAtOrDefault(i)}";
        }
        return null;
    }

    private static string Describe(Dictionary<string, ModelAttachment> attachments) => string.Join(
        ' ', attachments.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}"));

    private static bool IsOver(long value, long limit) => limit > 0 && value > limit;
}

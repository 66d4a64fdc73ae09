using System.Text;
using Rivulet.Protocol;

namespace Rivulet.Storage.Tests.Model;

/// <summary>
/// What a stream should hold, kept as plainly as can be: a list of messages, searched from end to end for everything.
/// </summary>
internal sealed class StreamModel(StreamLimits limits, Func<int, int, int, long> sizeOf)
{
    public sealed record Message(ulong Sequence, string Subject, string Headers, string Payload, long Timestamp, long Expires);

    public List<Message> Messages { get; private set; } = [];

    public ulong Last { get; set; }

    public StreamLimits Limits { get; set; } = limits;

    public StreamModel Copy() => new(Limits, sizeOf) { Messages = [.. Messages], Last = Last };

    public long SizeOf(Message message) =>
        sizeOf(message.Subject.Length, message.Headers.Length, message.Payload.Length);

    public long Bytes => Messages.Sum(SizeOf);

    public AppendStatus Append(string subject, string headers, string payload, long timestamp, long expires, RollupScope rollup)
    {
        var message = new Message(Last + 1, subject, headers, payload, timestamp, expires);
        List<Message> same = Messages.FindAll(m => m.Subject == subject);
        bool full = Limits.MaxMessagesPerSubject > 0 && same.Count >= Limits.MaxMessagesPerSubject;
        if (Limits.DiscardNew)
        {
            if (full && Limits.DiscardNewPerSubject && rollup == RollupScope.None)
                return AppendStatus.MaximumMessagesPerSubjectExceeded;
            if (Limits.MaxMessages > 0 && Messages.Count >= Limits.MaxMessages && !full)
                return AppendStatus.MaximumMessagesExceeded;
            if (Limits.MaxBytes > 0 && Bytes + SizeOf(message) > Limits.MaxBytes &&
                (!full || SizeOf(same[0]) < SizeOf(message)))
            {
                return AppendStatus.MaximumBytesExceeded;
            }
        }
        Last++;
        if (rollup == RollupScope.All)
            Messages.Clear();
        else if (rollup == RollupScope.Subject)
            Messages.RemoveAll(m => m.Subject == subject);
        Messages.Add(message);
        ApplyLimits();
        return AppendStatus.Stored;
    }

    public void ApplyLimits()
    {
        if (Limits.MaxMessagesPerSubject > 0)
        {
            foreach (IGrouping<string, Message> group in Messages.GroupBy(m => m.Subject).ToArray())
            {
                foreach (Message surplus in group.SkipLast((int)Limits.MaxMessagesPerSubject))
                    Messages.Remove(surplus);
            }
        }
        if (Limits.DiscardNew)
            return;
        while ((Limits.MaxMessages > 0 && Messages.Count > Limits.MaxMessages) ||
            (Limits.MaxBytes > 0 && Bytes > Limits.MaxBytes))
        {
            Messages.RemoveAt(0);
        }
    }

    public bool Remove(ulong sequence) => Messages.RemoveAll(m => m.Sequence == sequence) > 0;

    public int Purge(string filter, ulong before, ulong keep)
    {
        List<Message> going = Matching(filter).Where(m => before == 0 || m.Sequence < before).ToList();
        if (keep > 0)
            going = [.. going.SkipLast((int)keep)];
        return Messages.RemoveAll(going.Contains);
    }

    public List<Message> Expire(long now)
    {
        List<Message> due = Messages.FindAll(m =>
            (m.Expires != 0 && m.Expires <= now) ||
            (Limits.MaxAgeNanos > 0 && m.Expires != long.MaxValue && m.Timestamp + Limits.MaxAgeNanos <= now));
        Messages.RemoveAll(due.Contains);
        return due;
    }

    public IEnumerable<Message> Matching(string filter) => filter.Length == 0
        ? Messages
        : Messages.Where(m => Subject.Matches(Encoding.UTF8.GetBytes(m.Subject), Encoding.UTF8.GetBytes(filter)));
}

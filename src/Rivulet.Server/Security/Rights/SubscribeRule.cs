using System.Text;

namespace Rivulet.Server.Security.Rights;

/// <summary>One entry of a permission to subscribe: a subject, and perhaps the queue groups that it is about.</summary>
/// <param name="Subject">Filter of the subjects.</param>
/// <param name="Queue">Name of the queue group, perhaps with wildcards; null where it is about all subscriptions.</param>
internal readonly record struct SubscribeRule(byte[] Subject, byte[]? Queue)
{
    /// <summary>Reads an entry: <c>orders.* workers</c>.</summary>
    public static SubscribeRule Parse(string entry)
    {
        // Blanks that are none in subjects may be in their names.
        byte[] whole = Encoding.UTF8.GetBytes(entry);
        if (Protocol.Subject.IsValidSubscription(whole))
            return new SubscribeRule(whole, null);
        string[] parts = entry.Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return new SubscribeRule(Encoding.UTF8.GetBytes(parts[0]), parts.Length > 1 ? Encoding.UTF8.GetBytes(parts[1]) : null);
    }

    /// <summary>Whether it is about a queue group.</summary>
    public bool IsFor(ReadOnlySpan<byte> queue)
    {
        // A name may itself hold what elsewhere is a wildcard.
        return queue.SequenceEqual(Queue) || Protocol.Subject.IsSubset(queue, Queue);
    }
}

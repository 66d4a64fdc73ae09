using System.Globalization;

namespace Rivulet.JetStream.Tests.Model;

/// <summary>
/// A message of the model. <c>LivesFor</c> is its own time to live, <see cref="long.MaxValue"/> for ever, null for that of the stream.
/// </summary>
internal sealed record ModelMessage(ulong Sequence, string Subject, string Payload, string? Id, long At, long SizeBytes, long? LivesFor);

/// <summary>What a stream of the model was asked to be. Limits of 0 or less are none; times are nanoseconds.</summary>
internal sealed record StreamRules
{
    public bool InMemory { get; init; }

    public string Retention { get; init; } = "limits";

    public bool DiscardNew { get; init; }

    public bool DiscardNewPerSubject { get; init; }

    public int MaxMessages { get; init; }

    public int MaxBytes { get; init; }

    public int MaxPerSubject { get; init; }

    public int MaxMessageBytes { get; init; }

    public long MaxAge { get; init; }

    public long Window { get; init; }

    /// <summary>Whether messages may have times to live of their own.</summary>
    public bool AllowsTtl { get; init; }

    /// <summary>Whether every message adds to the sum of its subject.</summary>
    public bool IsCounter { get; init; }

    /// <summary>Whether messages may come in batches.</summary>
    public bool AllowsBatches { get; init; }
}

/// <summary>
/// What a publisher asks for beside its message. <c>LivesFor</c> is its time to live, <see cref="long.MaxValue"/> for ever, null to ask for
/// none.
/// </summary>
internal sealed record PublishRules(
    string? Id = null, ulong? LastOfSubject = null, ulong? Last = null, bool Rollup = false, long? LivesFor = null, int? Adds = null)
{
    /// <summary>The header block, empty for none.</summary>
    public string ToHeaders()
    {
        string lines = (Id is null ? "" : $"Nats-Msg-Id: {Id}\r\n")
            + (LastOfSubject is { } subject ? $"Nats-Expected-Last-Subject-Sequence: {subject}\r\n" : "")
            + (Last is { } last ? $"Nats-Expected-Last-Sequence: {last}\r\n" : "")
            + (Rollup ? "Nats-Rollup: sub\r\n" : "")
            + (Adds is { } adds ? $"Nats-Incr: {adds}\r\n" : "")
            + (LivesFor is { } lives ? $"Nats-TTL: {(lives == long.MaxValue ? "never" : lives / RunRules.Second)}\r\n" : "");
        return lines.Length == 0 ? "" : $"NATS/1.0\r\n{lines}\r\n";
    }
}

/// <summary>
/// What a stream has to hold, in the plainest form: a sorted list, walked from end to end for every question.
/// </summary>
/// <param name="rules">What it was asked to be.</param>
internal sealed class ModelStream(StreamRules rules)
{
    /// <summary>Expiry is a timer's work, and comes with the next millisecond.</summary>
    private const long ExpiryLag = 1_000_000;

    private List<(string Id, ulong Sequence, long At)> _ids = [];

    public StreamRules Rules { get; set; } = rules;

    public SortedList<ulong, ModelMessage> Messages { get; } = [];

    public ulong Last { get; private set; }

    public ulong First => Messages.Count > 0 ? Messages.Keys[0] : Last == 0 ? 0 : Last + 1;

    public long Bytes => Messages.Values.Sum(message => message.SizeBytes);

    /// <summary>Whether any consumer wants a message; asked by streams that keep what is of interest.</summary>
    public Func<string, bool> IsWanted { get; set; } = _ => false;

    /// <summary>Told of each message that goes, whatever took it.</summary>
    public Action<ulong> WhenRemoved { get; set; } = _ => { };

    /// <summary>When the next message is too old; <see cref="long.MaxValue"/> for never.</summary>
    public long NextExpiry
    {
        get
        {
            long next = Messages.Count == 0 ? long.MaxValue : Messages.Values.Min(ExpiresAt);
            return next == long.MaxValue ? next : next + ExpiryLag;
        }
    }

    public List<ModelMessage> Matching(string filter) => [.. Messages.Values.Where(each => ModelSubject.Matches(each.Subject, filter))];

    /// <summary>Publishes.</summary>
    /// <returns>The sequence, <c>duplicate</c> with the earlier one, or the text of the refusal.</returns>
    public string Publish(long now, string subject, string payload, PublishRules asked)
    {
        if (asked.Adds is { } adds)
            payload = Sum(SumOf(subject) + adds);
        int headerBytes = asked.ToHeaders().Length;
        if (Rules.MaxMessageBytes > 0 && headerBytes + payload.Length > Rules.MaxMessageBytes)
            return "message size exceeds maximum allowed";
        List<ModelMessage> same = Matching(subject);
        ulong lastOfSubject = same.Count == 0 ? 0 : same[^1].Sequence;
        if (asked.LastOfSubject is { } expected && expected != lastOfSubject)
            return $"wrong last sequence: {lastOfSubject}";
        if (asked.Last is { } last && last != Last)
            return $"wrong last sequence: {Last}";
        if (asked.Id is not null && _ids.Find(each => each.Id == asked.Id && now - each.At <= Rules.Window) is { Id: not null } seen)
            return $"duplicate {seen.Sequence}";

        long size = SizeOf(subject, payload, headerBytes);
        bool isKept = Rules.Retention != "interest" || IsWanted(subject);
        if (isKept && Rules.DiscardNew && Refuse(same, size, asked.Rollup) is { } refusal)
            return refusal;

        Last++;
        if (asked.Id is not null)
            _ids.Add((asked.Id, Last, now));
        if (asked.Rollup)
            same.ForEach(each => Remove(each.Sequence));
        if (isKept)
        {
            Messages.Add(Last, new ModelMessage(Last, subject, payload, asked.Id, now, size, asked.LivesFor));
            Enforce();
        }

        return $"{Last}";
    }

    /// <summary>Publishes messages that are stored together; limits look at them when all are there.</summary>
    public void PublishBatch(long now, IEnumerable<(string Subject, string Payload, string Headers)> batch)
    {
        foreach ((string subject, string payload, string headers) in batch)
        {
            Last++;
            long size = SizeOf(subject, payload, headers.Length);
            Messages.Add(Last, new ModelMessage(Last, subject, payload, Id: null, now, size, LivesFor: null));
        }

        Enforce();
    }

    /// <summary>What a counter stands at.</summary>
    public long SumOf(string subject) =>
        Matching(subject) is [.., { } last] ? long.Parse(last.Payload["{\"val\":\"".Length..^2], CultureInfo.InvariantCulture) : 0;

    private static string Sum(long value) => $"{{\"val\":\"{value}\"}}";

    /// <summary>Removes whatever is beyond the limits, the oldest first.</summary>
    public void Enforce()
    {
        foreach (string subject in Messages.Values.Select(each => each.Subject).Distinct().ToList())
        {
            List<ModelMessage> same = Matching(subject);
            for (int i = 0; Rules.MaxPerSubject > 0 && i < same.Count - Rules.MaxPerSubject; i++)
                Remove(same[i].Sequence);
        }

        while (Rules.MaxMessages > 0 && Messages.Count > Rules.MaxMessages)
            Remove(First);
        while (Rules.MaxBytes > 0 && Bytes > Rules.MaxBytes)
            Remove(First);
    }

    public void Expire(long now)
    {
        foreach (ModelMessage message in Messages.Values.Where(each => ExpiresAt(each) <= now).ToList())
            Remove(message.Sequence);
    }

    private long ExpiresAt(ModelMessage message)
    {
        long ofStream = Rules.MaxAge > 0 && message.LivesFor != long.MaxValue ? Rules.MaxAge : long.MaxValue;
        long lives = Math.Min(message.LivesFor ?? long.MaxValue, ofStream);
        return lives == long.MaxValue ? lives : message.At + lives;
    }

    /// <summary>Removes what matches, below a sequence if one is given, all but the newest few if that is asked for.</summary>
    /// <returns>How many.</returns>
    public int Purge(string filter, ulong before, int keep)
    {
        List<ModelMessage> going = Matching(filter);
        if (before > 0)
            going.RemoveAll(each => each.Sequence >= before);
        going.RemoveRange(Math.Max(0, going.Count - keep), Math.Min(keep, going.Count));
        going.ForEach(each => Remove(each.Sequence));
        return going.Count;
    }

    public void Remove(ulong sequence)
    {
        if (Messages.Remove(sequence))
            WhenRemoved(sequence);
    }

    /// <summary>A restart reads ids back from messages, so that those of removed ones are forgotten.</summary>
    public void Restart() =>
        _ids = [.. Messages.Values.Where(each => each.Id is not null).Select(each => (each.Id!, each.Sequence, each.At))];

    private string? Refuse(List<ModelMessage> same, long size, bool isRollup)
    {
        // A subject at its limit makes room for one message by itself, if the one that goes is as large.
        bool isFull = Rules.MaxPerSubject > 0 && same.Count >= Rules.MaxPerSubject;
        if (isFull && Rules.DiscardNewPerSubject && !isRollup)
            return "maximum messages per subject exceeded";
        if (Rules.MaxMessages > 0 && Messages.Count >= Rules.MaxMessages && !isFull)
            return "maximum messages exceeded";
        bool isTooMuch = Rules.MaxBytes > 0 && Bytes + size > Rules.MaxBytes;
        return isTooMuch && !(isFull && same[0].SizeBytes >= size) ? "maximum bytes exceeded" : null;
    }

    private long SizeOf(string subject, string payload, int headerBytes)
    {
        int content = subject.Length + payload.Length + headerBytes;
        return Rules.InMemory ? content + 16 : content + 30 + (headerBytes > 0 ? 4 : 0);
    }
}

/// <summary>Subjects of the model: <c>&gt;</c>, <c>s.*</c>, or one by name.</summary>
internal static class ModelSubject
{
    public static bool Matches(string subject, string filter)
    {
        string[] tokens = subject.Split('.');
        string[] wanted = filter.Split('.');
        for (int i = 0; i < wanted.Length; i++)
        {
            if (wanted[i] == ">")
                return tokens.Length > i;
            if (i == tokens.Length || (wanted[i] != "*" && wanted[i] != tokens[i]))
                return false;
        }

        return tokens.Length == wanted.Length;
    }
}

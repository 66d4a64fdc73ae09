using System.Text;
using Rivulet.Protocol;

namespace Rivulet.Storage.Tests;

/// <summary>Calls of a stream in the words of the tests.</summary>
internal static class StreamLogCalls
{
    public static AppendResult Put(
        this StreamLog stream, string subject, string payload = "", string headers = "", long expiresAtNanos = 0,
        long timestampNanos = 0, RollupScope rollup = RollupScope.None) =>
        stream.Append(new NewMessage
        {
            Subject = Encoding.UTF8.GetBytes(subject),
            Headers = Encoding.UTF8.GetBytes(headers),
            Payload = Encoding.UTF8.GetBytes(payload),
            ExpiresAtNanos = expiresAtNanos,
            TimestampNanos = timestampNanos,
            Rollup = rollup,
        });

    /// <summary>"subject=payload" of a message, or the status.</summary>
    public static string Get(this StreamLog stream, ulong sequence)
    {
        using var message = new StoredMessage();
        return Describe(stream.Read(sequence, message), message);
    }

    public static string GetLast(this StreamLog stream, string filter)
    {
        using var message = new StoredMessage();
        return Describe(stream.ReadLast(Encoding.UTF8.GetBytes(filter), message), message);
    }

    public static string GetNext(this StreamLog stream, ulong from, params string[] filters)
    {
        using var message = new StoredMessage();
        return Describe(stream.ReadNext(from, FilterSet.From(filters), message), message);
    }

    public static PurgeResult PurgeOf(this StreamLog stream, string filter = "", ulong before = 0, ulong keep = 0) =>
        stream.Purge(Encoding.UTF8.GetBytes(filter), before, keep);

    public static ulong TailLastOf(this StreamLog stream, string filter) =>
        stream.TailLastSequenceOf(Encoding.UTF8.GetBytes(filter));

    /// <summary>Every visible message as "sequence:subject=payload".</summary>
    public static List<string> Everything(this StreamLog stream)
    {
        var found = new List<string>();
        using var message = new StoredMessage();
        ulong from = 1;
        while (stream.ReadNext(from, FilterSet.All, message) == ReadStatus.Found)
        {
            found.Add($"{message.Sequence}:{Describe(ReadStatus.Found, message)}");
            from = message.Sequence + 1;
        }
        return found;
    }

    public static List<string> SubjectList(this StreamLog stream, params string[] filters)
    {
        var found = new List<string>();
        using SubjectWalk walk = stream.Subjects(FilterSet.From(filters));
        while (walk.MoveNext())
            found.Add($"{Encoding.UTF8.GetString(walk.Subject)}:{walk.Count}:{walk.First}-{walk.Last}");
        return found;
    }

    private static string Describe(ReadStatus status, StoredMessage message)
    {
        if (status != ReadStatus.Found)
            return status.ToString();
        string headers = message.Headers.IsEmpty ? "" : "[" + Encoding.UTF8.GetString(message.Headers) + "]";
        return Encoding.UTF8.GetString(message.Subject) + headers + "=" + Encoding.UTF8.GetString(message.Payload);
    }
}

using System.Text.Json;
using Rivulet.JetStream.Tests.Consumers.Support;

namespace Rivulet.JetStream.Tests.Model;

/// <summary>What the model says, and what the server tells, in the same words, one line each.</summary>
internal static class Facts
{
    public static string Of(ModelStream stream, int consumers)
    {
        var subjects = stream.Messages.Values.GroupBy(each => each.Subject).OrderBy(each => each.Key, StringComparer.Ordinal);
        ulong[] deleted = [.. Range(stream.First, stream.Last).Where(each => stream.Messages.Count > 0 && !stream.Messages.ContainsKey(each))];
        return $"{stream.First}-{stream.Last}, {stream.Messages.Count} messages of {stream.Bytes} bytes, without {string.Join(' ', deleted)}, "
            + $"{string.Join(' ', subjects.Select(each => $"{each.Key}:{each.Count()}"))}, {consumers} consumers";
    }

    public static string OfStream(JsonElement state)
    {
        var subjects = state.TryGetProperty("subjects", out JsonElement found)
            ? found.EnumerateObject().OrderBy(each => each.Name, StringComparer.Ordinal).Select(each => $"{each.Name}:{each.Value}")
            : [];
        var deleted = state.TryGetProperty("deleted", out found) ? found.EnumerateArray().Select(each => each.ToString()) : [];
        return $"{state.GetProperty("first_seq")}-{state.GetProperty("last_seq")}, {state.GetProperty("messages")} messages of "
            + $"{state.GetProperty("bytes")} bytes, without {string.Join(' ', deleted)}, {string.Join(' ', subjects)}, "
            + $"{state.GetProperty("consumer_count")} consumers";
    }

    public static string Of(ModelConsumer consumer, long now) =>
        $"delivered {consumer.Delivered.Consumer}/{consumer.Delivered.Stream}, floor {consumer.Floor.Consumer}/{consumer.Floor.Stream}, "
        + $"ack pending {consumer.Pending.Count}, redelivered {consumer.Redelivered}, waiting {consumer.Pulls.Count}, "
        + $"pending {consumer.Ahead}, paused {consumer.PausedUntil > now}, bound {consumer.IsBound}";

    public static string OfConsumer(JsonElement info)
    {
        JsonElement delivered = info.GetProperty("delivered");
        JsonElement floor = info.GetProperty("ack_floor");
        return $"delivered {delivered.GetProperty("consumer_seq")}/{delivered.GetProperty("stream_seq")}, "
            + $"floor {floor.GetProperty("consumer_seq")}/{floor.GetProperty("stream_seq")}, "
            + $"ack pending {info.GetProperty("num_ack_pending")}, redelivered {info.GetProperty("num_redelivered")}, "
            + $"waiting {info.GetProperty("num_waiting")}, pending {info.GetProperty("num_pending")}, "
            + $"paused {info.TryGetProperty("paused", out _)}, bound {info.TryGetProperty("push_bound", out _)}";
    }

    /// <summary>A message of the stream with the numbers in its ack subject, or a status.</summary>
    public static string OfMessage(Received message) => message.Reply.Length == 0
        ? message.Status
        : $"{message.Subject} {string.Join('.', message.Reply.Split('.')[^5..])} {message.Payload}";

    private static IEnumerable<ulong> Range(ulong first, ulong last)
    {
        for (ulong each = first; each <= last && each > 0; each++)
            yield return each;
    }
}

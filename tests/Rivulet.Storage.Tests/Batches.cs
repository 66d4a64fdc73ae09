using System.Text;

namespace Rivulet.Storage.Tests;

/// <summary>Atomic batches in the words of the tests.</summary>
internal static class Batches
{
    /// <summary>Appends "subject=payload" messages as one.</summary>
    public static BatchResult PutBatch(this StreamLog stream, params string[] messages) =>
        stream.AppendBatch([.. messages.Select(Message)]);

    public static BatchMessage Message(string text)
    {
        string[] parts = text.Split('=');
        return Message(parts[0], parts.Length > 1 ? parts[1] : "");
    }

    public static BatchMessage Message(
        string subject, string payload, string headers = "", long expiresAtNanos = 0, RollupScope rollup = RollupScope.None) =>
        new()
        {
            Subject = Encoding.UTF8.GetBytes(subject),
            Headers = Encoding.UTF8.GetBytes(headers),
            Payload = Encoding.UTF8.GetBytes(payload),
            ExpiresAtNanos = expiresAtNanos,
            Rollup = rollup,
        };

    /// <summary>So many messages of one size, each with a subject of its own.</summary>
    public static BatchMessage[] Many(int count, int payloadBytes, string prefix = "k") =>
        [.. Enumerable.Range(0, count).Select(i => Message($"{prefix}{i}", new string('x', payloadBytes)))];
}

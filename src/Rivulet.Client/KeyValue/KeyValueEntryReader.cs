using System.Text;
using Rivulet.Client.JetStream;

namespace Rivulet.Client.KeyValue;

/// <summary>Makes entries of stored messages. Immutable.</summary>
internal sealed class KeyValueEntryReader(string bucket, KeyValueSubjects subjects)
{
    /// <summary>From the answer of a direct get. Null: the message is not of this bucket.</summary>
    public KeyValueEntry? TryRead(NatsMessage message)
    {
        if (!DirectHeaders.TryRead(message, out DirectHeaders headers))
            return null;
        return TryKey(headers.Subject) is { } key ? Read(message, key, headers.Sequence, headers.Timestamp, 0, false) : null;
    }

    /// <summary>From a delivered message. Null: the message is not of this bucket.</summary>
    public KeyValueEntry? TryRead(JetStreamMessage message, bool isUpdate) =>
        TryKey(message.Message.SubjectBytes) is { } key
            ? Read(message.Message, key, message.StreamSequence, message.Timestamp, message.Pending, isUpdate)
            : null;

    /// <summary>From the answer of the API, for buckets without direct gets. Null: the message is not of this bucket.</summary>
    public KeyValueEntry? TryRead(NatsConnection connection, StoredMessage message)
    {
        if (TryKey(Encoding.UTF8.GetBytes(message.Subject)) is not { } key)
            return null;
        return new KeyValueEntry(connection)
        {
            Bucket = bucket,
            Key = key,
            Value = message.Payload,
            SizeBytes = message.Payload.Length,
            Revision = message.Sequence,
            Created = message.Timestamp,
            Operation = KeyValueHeaders.ReadOperation(message.Headers),
        };
    }

    private KeyValueEntry Read(
        NatsMessage message, string key, ulong revision, DateTimeOffset created, ulong delta, bool isUpdate) =>
        new(message.Connection)
        {
            Bucket = bucket,
            Key = key,
            Value = message.Payload,
            SizeBytes = KeyValueHeaders.TryReadSize(message, out long size) ? size : message.Payload.Length,
            Revision = revision,
            Created = created,
            Delta = delta,
            IsUpdate = isUpdate,
            Operation = KeyValueHeaders.ReadOperation(message),
            TouchedRevision = KeyValueHeaders.ReadTouch(message),
        };

    private string? TryKey(ReadOnlySpan<byte> subject) =>
        subject.StartsWith(subjects.ReadPrefix) && subject.Length > subjects.ReadPrefix.Length
            ? Encoding.UTF8.GetString(subject[subjects.ReadPrefix.Length..])
            : null;
}

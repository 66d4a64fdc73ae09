using System.Buffers.Text;
using System.Text;
using Rivulet.Protocol;

namespace Rivulet.Client.KeyValue;

/// <summary>The headers by which buckets say more than a value.</summary>
internal static class KeyValueHeaders
{
    /// <summary>
    /// Writes the headers of a change: the operation, what the last revision of the key must be, how long the new one
    /// lives, and whether the whole key goes with it. Empty if there is nothing to say.
    /// </summary>
    public static ReadOnlySpan<byte> Write(
        ref HeaderBlockBuilder block,
        KeyValueOperation operation,
        ulong? expectedRevision,
        ReadOnlySpan<byte> timeToLive,
        bool endsKey = false)
    {
        if (operation == KeyValueOperation.Put && expectedRevision is null && timeToLive.IsEmpty)
            return default;
        block.Start();
        if (operation != KeyValueOperation.Put)
            block.Add("KV-Operation"u8, operation == KeyValueOperation.Purge ? "PURGE"u8 : "DEL"u8);
        if (operation == KeyValueOperation.Purge)
            block.Add("Nats-Rollup"u8, "sub"u8);
        if (!timeToLive.IsEmpty)
            block.Add("Nats-TTL"u8, timeToLive);
        if (endsKey)
            block.Add("Rivulet-Expiry"u8, "key"u8);
        if (expectedRevision is { } revision)
            block.Add("Nats-Expected-Last-Subject-Sequence"u8, revision);
        return block.Finish();
    }

    /// <summary>What a stored message did to its key: as its writer said, or as the server did when it marked an end.</summary>
    public static KeyValueOperation ReadOperation(NatsMessage message)
    {
        if (message.HeaderBytes.IsEmpty)
            return KeyValueOperation.Put;
        HeaderBlock block = message.HeaderBlock;
        if (block.TryGet("KV-Operation"u8, out ReadOnlySpan<byte> operation))
            return OfWriter(operation);
        return block.TryGet("Nats-Marker-Reason"u8, out ReadOnlySpan<byte> reason) ? OfServer(reason) : KeyValueOperation.Put;
    }

    /// <inheritdoc cref="ReadOperation(NatsMessage)"/>
    public static KeyValueOperation ReadOperation(NatsHeaders? headers)
    {
        if (headers is null)
            return KeyValueOperation.Put;
        if (headers.TryGetValue("KV-Operation", out string? operation))
            return OfWriter(Encoding.UTF8.GetBytes(operation));
        return headers.TryGetValue("Nats-Marker-Reason", out string? reason)
            ? OfServer(Encoding.UTF8.GetBytes(reason))
            : KeyValueOperation.Put;
    }

    /// <summary>The revision that a touch has touched; null if a message is none.</summary>
    public static ulong? ReadTouch(NatsMessage message) =>
        !message.HeaderBytes.IsEmpty
        && message.HeaderBlock.TryGet("Rivulet-Touch"u8, out ReadOnlySpan<byte> value)
        && Utf8Parser.TryParse(value, out ulong revision, out int consumed)
        && consumed == value.Length
            ? revision
            : null;

    /// <summary>The size of a value that was not sent along.</summary>
    public static bool TryReadSize(NatsMessage message, out long sizeBytes)
    {
        sizeBytes = 0;
        return !message.HeaderBytes.IsEmpty
            && message.HeaderBlock.TryGet("Nats-Msg-Size"u8, out ReadOnlySpan<byte> value)
            && Utf8Parser.TryParse(value, out sizeBytes, out int consumed)
            && consumed == value.Length;
    }

    private static KeyValueOperation OfWriter(ReadOnlySpan<byte> operation) =>
        operation.SequenceEqual("DEL"u8) ? KeyValueOperation.Delete
        : operation.SequenceEqual("PURGE"u8) ? KeyValueOperation.Purge
        : KeyValueOperation.Put;

    private static KeyValueOperation OfServer(ReadOnlySpan<byte> reason) =>
        reason.SequenceEqual("Remove"u8) ? KeyValueOperation.Delete
        : reason.SequenceEqual("MaxAge"u8) || reason.SequenceEqual("Purge"u8) ? KeyValueOperation.Purge
        : KeyValueOperation.Put;
}

using Rivulet.Protocol;

namespace Rivulet.JetStream.Buckets;

/// <summary>Headers of the values of buckets.</summary>
internal static class BucketHeaders
{
    /// <summary>What ends with the message's time to live. A publisher sets it beside <c>Nats-TTL</c>.</summary>
    public static ReadOnlySpan<byte> Expiry => "Rivulet-Expiry"u8;

    /// <summary>Value of <see cref="Expiry"/>: the key, with all its older revisions.</summary>
    public static ReadOnlySpan<byte> ExpiryOfKey => "key"u8;

    /// <summary>On the revision that a touch makes: the revision that put the value.</summary>
    public static ReadOnlySpan<byte> Touch => "Rivulet-Touch"u8;

    /// <summary>Whether a header block is that of a deletion: of a client, or a marker of the server.</summary>
    public static bool IsDeletion(ReadOnlySpan<byte> block)
    {
        if (block.IsEmpty)
            return false;
        var headers = new HeaderBlock(block);
        if (headers.TryGet("KV-Operation"u8, out ReadOnlySpan<byte> operation))
            return operation.SequenceEqual("DEL"u8) || operation.SequenceEqual("PURGE"u8);
        return headers.TryGet("Nats-Marker-Reason"u8, out ReadOnlySpan<byte> reason) && !reason.IsEmpty;
    }
}

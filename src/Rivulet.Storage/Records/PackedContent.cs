using System.Buffers;
using System.Buffers.Binary;
using K4os.Compression.LZ4;

namespace Rivulet.Storage.Records;

/// <summary>
/// Headers and payload of a message, compressed: what a record flagged <see cref="RecordFlags.Compressed"/> holds in
/// their place.
/// <code>
///   0          4
///   +----------+- - - - - - - - - - -
///   | plain    | LZ4 block: headers, payload
///   | length   |
///   +----------+- - - - - - - - - - -
/// </code>
/// It is always shorter than the plain content, so whoever knows the plain size of a message reads enough.
/// </summary>
internal static class PackedContent
{
    /// <summary>Less than this is never worth it: LZ4 gains nothing on values of this size.</summary>
    public const int PlainBytesMin = 128;

    private const int PrefixBytes = 4;

    // At least one byte in so many is to be saved.
    private const int SavingDivisor = 8;

    // A byte of an LZ4 block makes fewer plain ones than this.
    private const int ExpansionMax = 256;

    /// <summary>Room for what is worth storing of so much plain content; 0 when nothing can be.</summary>
    public static int MaxBytes(int plainBytes) =>
        plainBytes < PlainBytesMin ? 0 : plainBytes - (plainBytes / SavingDivisor);

    /// <summary>Compresses a message's content.</summary>
    /// <param name="headers">The header block, or empty.</param>
    /// <param name="payload">The payload, or empty.</param>
    /// <param name="destination">Receives it: <see cref="MaxBytes"/>, not less.</param>
    /// <returns>How long it is, or 0 when too little would be saved.</returns>
    public static int TryPack(ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload, Span<byte> destination)
    {
        int plainBytes = headers.Length + payload.Length;
        int maxBytes = MaxBytes(plainBytes);
        if (maxBytes == 0)
            return 0;
        byte[]? joined = null;
        ReadOnlySpan<byte> plain = headers.IsEmpty ? payload : payload.IsEmpty ? headers : Join(headers, payload, out joined);

        // What does not fit is not worth it: the encoder gives up.
        int packedBytes = LZ4Codec.Encode(plain, destination[PrefixBytes..maxBytes]);
        if (joined is not null)
            ArrayPool<byte>.Shared.Return(joined);
        if (packedBytes <= 0)
            return 0;
        BinaryPrimitives.WriteInt32LittleEndian(destination, plainBytes);
        return PrefixBytes + packedBytes;
    }

    /// <summary>
    /// The plain length that packed content claims; -1 when it cannot be. Of a message that was erased: 0.
    /// </summary>
    public static int PlainBytes(ReadOnlySpan<byte> packed)
    {
        if (packed.Length <= PrefixBytes)
            return -1;
        int plainBytes = BinaryPrimitives.ReadInt32LittleEndian(packed);
        bool canBe = plainBytes == 0 || (packed.Length <= MaxBytes(plainBytes) && plainBytes / ExpansionMax <= packed.Length);
        return canBe ? plainBytes : -1;
    }

    /// <summary>Makes plain content of packed.</summary>
    /// <param name="packed">What the record holds.</param>
    /// <param name="plain">Receives it; as long as it has to be.</param>
    /// <returns>Whether it was what <see cref="TryPack"/> made; otherwise the record is damaged.</returns>
    public static bool TryUnpack(ReadOnlySpan<byte> packed, Span<byte> plain) =>
        PlainBytes(packed) == plain.Length && !plain.IsEmpty &&
        LZ4Codec.Decode(packed[PrefixBytes..], plain) == plain.Length;

    private static ReadOnlySpan<byte> Join(ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload, out byte[] joined)
    {
        joined = ArrayPool<byte>.Shared.Rent(headers.Length + payload.Length);
        headers.CopyTo(joined);
        payload.CopyTo(joined.AsSpan(headers.Length));
        return joined.AsSpan(0, headers.Length + payload.Length);
    }
}

using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Macs;
using Org.BouncyCastle.Crypto.Parameters;

namespace Rivulet.Server.Security.Keys;

/// <summary>Encrypts and authenticates as NaCl's <c>crypto_secretbox</c> does, XSalsa20 and Poly1305, in the frame of x25519 nkeys.</summary>
/// <remarks>
/// <code>
/// "xkv1" (4) | nonce (24) | Poly1305 of the rest (16) | message, encrypted
/// </code>
/// The first 32 bytes of the key stream are the key of Poly1305; the message is encrypted with what follows.
/// </remarks>
internal static class SealedBox
{
    private const int NonceLength = 24;
    private const int TagLength = 16;
    private const int MacKeyLength = 32;

    private static ReadOnlySpan<byte> Version => "xkv1"u8;

    private static int HeadLength => Version.Length + NonceLength;

    /// <summary>Encrypts a message under a new random nonce.</summary>
    /// <param name="message">The message.</param>
    /// <param name="key">32 bytes.</param>
    public static byte[] Seal(ReadOnlySpan<byte> message, byte[] key)
    {
        byte[] box = new byte[HeadLength + TagLength + message.Length];
        Version.CopyTo(box);
        RandomNumberGenerator.Fill(box.AsSpan(Version.Length, NonceLength));
        byte[] encrypted = Apply(key, box.AsSpan(Version.Length, NonceLength), message, out byte[] macKey);
        encrypted.CopyTo(box, HeadLength + TagLength);
        Tag(macKey, encrypted).CopyTo(box, HeadLength);
        return box;
    }

    /// <summary>Decrypts a message; null if it was not encrypted with the key, or is not as it was.</summary>
    /// <param name="box">What <see cref="Seal"/> made.</param>
    /// <param name="key">32 bytes.</param>
    public static byte[]? TryOpen(ReadOnlySpan<byte> box, byte[] key)
    {
        if (box.Length < HeadLength + TagLength || !box.StartsWith(Version))
            return null;
        byte[] encrypted = box[(HeadLength + TagLength)..].ToArray();
        byte[] message = Apply(key, box[Version.Length..HeadLength], encrypted, out byte[] macKey);
        return CryptographicOperations.FixedTimeEquals(Tag(macKey, encrypted), box.Slice(HeadLength, TagLength)) ? message : null;
    }

    private static byte[] Apply(byte[] key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> input, out byte[] macKey)
    {
        var cipher = new XSalsa20Engine();
        cipher.Init(true, new ParametersWithIV(new KeyParameter(key), nonce.ToArray()));
        macKey = new byte[MacKeyLength];
        cipher.ProcessBytes(new byte[MacKeyLength], 0, MacKeyLength, macKey, 0);
        byte[] output = new byte[input.Length];
        cipher.ProcessBytes(input.ToArray(), 0, input.Length, output, 0);
        return output;
    }

    private static byte[] Tag(byte[] macKey, byte[] encrypted)
    {
        var mac = new Poly1305();
        mac.Init(new KeyParameter(macKey));
        mac.BlockUpdate(encrypted, 0, encrypted.Length);
        byte[] tag = new byte[TagLength];
        mac.DoFinal(tag, 0);
        return tag;
    }
}

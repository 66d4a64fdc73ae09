using System.Text;
using Rivulet.Protocol;
using Rivulet.Server.Security.Keys;

namespace Rivulet.Server.Tests.Security;

public class KeyTests
{
    // RFC 8032, section 7.1, test 2.
    private const string Seed = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
    private const string Public = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
    private const string Signature =
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

    [Fact]
    public void Ed25519_signs_and_verifies_as_the_RFC_has_it()
    {
        Assert.Equal(Public, Convert.ToHexStringLower(Ed25519Signature.PublicKey(Convert.FromHexString(Seed))));
        Assert.Equal(Signature, Convert.ToHexStringLower(Ed25519Signature.Sign(Convert.FromHexString(Seed), [0x72])));
        Assert.True(Ed25519Signature.Verify(Convert.FromHexString(Public), [0x72], Convert.FromHexString(Signature)));
    }

    [Fact]
    public void A_signature_is_wrong_with_any_bit_flipped_and_with_any_other_length()
    {
        byte[] key = Convert.FromHexString(Public);
        byte[] signature = Convert.FromHexString(Signature);
        for (int bit = 0; bit < signature.Length * 8; bit += 7)
        {
            byte[] flipped = [.. signature];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(Ed25519Signature.Verify(key, [0x72], flipped));
        }

        Assert.False(Ed25519Signature.Verify(key, [0x73], signature));
        Assert.False(Ed25519Signature.Verify(key, [0x72], signature.AsSpan(1)));
        Assert.False(Ed25519Signature.Verify(key, [0x72], []));
        Assert.False(Ed25519Signature.Verify(key.AsSpan(1), [0x72], signature));
    }

    // Known to every library of nkeys: seed and public key belong together.
    [Fact]
    public void A_seed_has_the_public_key_that_other_libraries_derive()
    {
        byte[] seed = new byte[NKeySeed.SeedLength];
        Assert.True(NKeySeed.TryDecode("SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY", out var kind, seed));
        Assert.Equal(NKeyKind.User, kind);
        Assert.Equal("UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4", NKeyPair.FromSeed(kind, seed).PublicKey);
    }

    [Fact]
    public void Signatures_come_in_base64_for_URLs_or_in_the_ordinary_one()
    {
        byte[] bytes = [0xFB, 0xEF, 0xFF, 0x01];
        Assert.Equal(bytes, NKeySignature.Decode("--__AQ"));
        Assert.Equal(bytes, NKeySignature.Decode("++//AQ=="));
        Assert.Null(NKeySignature.Decode("a b~"));
        Assert.Null(NKeySignature.Decode("-"));
    }

    // The keys and the first and last bytes are those of the tests of NaCl (box.c).
    [Fact]
    public void A_shared_key_is_hashed_as_NaCl_does_it()
    {
        byte[] shared = Convert.FromHexString("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
        Assert.Equal("1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389", Convert.ToHexStringLower(HSalsa20.Derive(shared)));
    }

    [Fact]
    public void What_is_sealed_opens_for_the_recipient_alone()
    {
        var server = CurveKeyPair.FromSeed(Filled(1));
        var service = CurveKeyPair.FromSeed(Filled(2));
        var other = CurveKeyPair.FromSeed(Filled(3));
        byte[] message = Encoding.UTF8.GetBytes("who is it?");
        byte[] box = server.Seal(message, service.PublicKey);
        Assert.Equal(message, service.TryOpen(box, server.PublicKey));
        Assert.Null(other.TryOpen(box, server.PublicKey));
        Assert.Null(service.TryOpen(box, other.PublicKey));
        Assert.NotEqual(box, server.Seal(message, service.PublicKey));
        for (int i = 0; i < box.Length; i++)
        {
            byte[] tampered = [.. box];
            tampered[i] ^= 1;
            Assert.Null(service.TryOpen(tampered, server.PublicKey));
        }

        Assert.Null(service.TryOpen(box.AsSpan(0, 20), server.PublicKey));
        Assert.Null(service.TryOpen(box, "not a key"));
    }

    [Fact]
    public void A_key_that_gives_everybody_the_same_secret_is_none()
    {
        string zero = NKey.Encode(NKeyKind.Curve, new byte[32]);
        Assert.Null(CurveKeyPair.FromSeed(Filled(1)).TryOpen(new byte[60], zero));
    }

    private static byte[] Filled(byte value)
    {
        byte[] bytes = new byte[32];
        Array.Fill(bytes, value);
        return bytes;
    }
}

using Rivulet.Storage.Records;

namespace Rivulet.Fuzz.Tests;

/// <summary>Compressed content of messages: everything comes back, and spoiled blocks harm nobody.</summary>
public sealed class PackedContentFuzz
{
    private const byte Canary = 0xA5;
    private const int CanaryBytes = 64;

    [Theory]
    [InlineData(FuzzLength.Short)]
    [InlineData(FuzzLength.Campaign, Explicit = true)]
    public void Content_comes_back_as_it_was(FuzzLength length)
    {
        FuzzLoop.Run(length, "packed content", Content, (content, random) =>
        {
            int headers = random.Next(content.Length + 1);
            byte[] packed = new byte[PackedContent.MaxBytes(content.Length)];
            int packedBytes = PackedContent.TryPack(content.AsSpan(0, headers), content.AsSpan(headers), packed);
            if (packedBytes == 0)
                return;
            Assert.True(packedBytes <= content.Length - (content.Length / 8));
            Assert.Equal(content.Length, PackedContent.PlainBytes(packed.AsSpan(0, packedBytes)));
            byte[] plain = new byte[content.Length];
            Assert.True(PackedContent.TryUnpack(packed.AsSpan(0, packedBytes), plain));
            Assert.Equal(content, plain);
        });
    }

    [Theory]
    [InlineData(FuzzLength.Short)]
    [InlineData(FuzzLength.Campaign, Explicit = true)]
    public void Spoiled_blocks_are_refused_or_fill_exactly_what_they_claim(FuzzLength length)
    {
        FuzzLoop.Run(length, "spoiled packed content", Spoiled, (packed, random) =>
        {
            int claimed = PackedContent.PlainBytes(packed);
            Assert.True(claimed is >= -1);
            if (claimed > 1 << 20)
                claimed = random.Next(4_000);
            Unpack(packed, Math.Max(0, claimed));
            Unpack(packed, random.Next(4_000));
        });
    }

    /// <summary>Reads and writes end where their memory does: what lies around it stays.</summary>
    private static void Unpack(byte[] packed, int plainBytes)
    {
        byte[] room = new byte[plainBytes + (2 * CanaryBytes)];
        Array.Fill(room, Canary);
        PackedContent.TryUnpack(packed, room.AsSpan(CanaryBytes, plainBytes));
        Assert.Equal(-1, room.AsSpan(0, CanaryBytes).IndexOfAnyExcept(Canary));
        Assert.Equal(-1, room.AsSpan(CanaryBytes + plainBytes).IndexOfAnyExcept(Canary));
    }

    /// <summary>Pieces that repeat, at all distances, between bytes that do not.</summary>
    private static byte[] Content(Random random)
    {
        byte[] piece = new byte[1 + random.Next(60)];
        random.NextBytes(piece);
        var content = new List<byte>();
        int length = random.Next(random.Next(4) == 0 ? 200_000 : 3_000);
        while (content.Count < length)
        {
            if (random.Next(3) == 0)
                random.NextBytes(piece);
            content.AddRange(piece.AsSpan(0, random.Next(piece.Length + 1)));
            content.AddRange(Enumerable.Repeat((byte)random.Next(256), random.Next(40)));
        }
        return [.. content];
    }

    private static byte[] Spoiled(Random random)
    {
        byte[] content = Content(random);
        byte[] packed = new byte[Math.Max(16, PackedContent.MaxBytes(content.Length))];
        int packedBytes = PackedContent.TryPack(content, default, packed);
        if (packedBytes == 0)
            random.NextBytes(packed);
        else
            packed = packed[..packedBytes];
        for (int i = random.Next(1, 6); i > 0; i--)
            packed[random.Next(packed.Length)] = random.Next(3) == 0 ? (byte)255 : (byte)random.Next(256);
        return random.Next(3) == 0 ? packed[..random.Next(packed.Length + 1)] : packed;
    }
}

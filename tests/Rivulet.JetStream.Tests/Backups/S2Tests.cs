using System.Buffers;
using Rivulet.JetStream.Backups;

namespace Rivulet.JetStream.Tests.Backups;

/// <summary>S2 as other encoders write it.</summary>
public sealed class S2Tests
{
    [Theory]
    [InlineData("0508" + "616263" + "0503", null)]
    [InlineData("0708" + "616263" + "0103", "61626361626361")]
    [InlineData("0808" + "616263" + "0103" + "00" + "64", "6162636162636164")]
    [InlineData("0b08" + "616263" + "0103" + "0100", "6162636162636162636162")]
    [InlineData("1b08" + "616263" + "0103" + "15000c", "616263616263616263616263616263616263616263616263616263")]
    [InlineData("0508" + "616263" + "060200", "6162636263")]
    [InlineData("0508" + "616263" + "0702000000", "6162636263")]
    [InlineData("0308" + "616263", "616263")]
    [InlineData("03f002" + "616263", "616263")]
    [InlineData("00", "")]
    [InlineData("0408" + "616263", null)]
    [InlineData("0308" + "6162", null)]
    [InlineData("0408" + "616263" + "0103", null)]
    [InlineData("0708" + "616263" + "0104", null)]
    [InlineData("0408" + "616263" + "0100", null)]
    [InlineData("ffffffffff", null)]
    public void Blocks_are_read_tag_by_tag(string block, string? plain)
    {
        byte[] bytes = Convert.FromHexString(block);
        long claimed = S2Block.PlainBytes(bytes, out int _);
        byte[] into = new byte[Math.Max(0, claimed)];

        Assert.Equal(plain is not null, S2Block.TryDecode(bytes, into));
        if (plain is not null)
            Assert.Equal(plain.ToUpperInvariant(), Convert.ToHexString(into));
    }

    [Fact]
    public void What_repeats_is_written_shorter()
    {
        byte[] plain = [.. Enumerable.Range(0, 60_000).Select(i => (byte)(i % 100))];
        byte[] block = new byte[S2Block.EncodedBytesMax(plain.Length)];

        int length = S2Block.Encode(plain, block, S2Block.NewTable());

        Assert.InRange(length, 1, 4_000);
    }

    [Fact]
    public void What_does_not_compress_is_written_plain()
    {
        byte[] plain = new byte[10_000];
        new Random(1).NextBytes(plain);
        var framed = new ByteQueue();
        S2Frames.WriteStart(framed);
        S2Frames.Write(plain, framed, S2Block.NewTable());

        Assert.Equal("FF060000" + "53327354774F", Convert.ToHexString(framed.Unread[..10]));
        Assert.Equal(1, framed.Unread[10]);
        Assert.Equal(10 + 8 + plain.Length, framed.Length);
    }

    [Theory]
    [InlineData("ff060000" + "734e61507059" + "fe020000" + "0000" + "99010000" + "00", 0)]
    [InlineData("ff060000" + "53327354774f" + "0107000000000000" + "616263", -1)]
    [InlineData("ff060000" + "53327354774e", -1)]
    [InlineData("010700", 0)]
    [InlineData("01070000", -1)]
    [InlineData("ff060000" + "53327354774f" + "02000000", -1)]
    [InlineData("ff060000" + "53327354774f" + "0103000000", 0)]
    [InlineData("ff060000" + "53327354774f" + "01030000000000", -1)]
    public void Frames_are_checked(string stream, int plainBytes)
    {
        var framed = new ByteQueue();
        var plain = new ByteQueue();
        framed.Write(Convert.FromHexString(stream));
        bool isStarted = false;
        int Read()
        {
            while (S2Frames.TryRead(framed, plain, ref isStarted))
            {
            }

            return plain.Length;
        }

        if (plainBytes < 0)
            Assert.Throws<InvalidDataException>(() => Read());
        else
            Assert.Equal(plainBytes, Read());
    }
}

using System.Text;

namespace Rivulet.Protocol.Tests.Identity;

public class Crc32CTests
{
    // Appendix B.4 of RFC 3720, and the customary check value.
    [Fact]
    public void Known_values_are_computed()
    {
        Assert.Equal(0x8A9136AAu, Crc32C.Compute(new byte[32]));
        Assert.Equal(0x62A8AB43u, Crc32C.Compute([.. Enumerable.Repeat((byte)0xFF, 32)]));
        Assert.Equal(0x46DD794Eu, Crc32C.Compute([.. Enumerable.Range(0, 32).Select(i => (byte)i)]));
        Assert.Equal(0x113FDB5Cu, Crc32C.Compute([.. Enumerable.Range(0, 32).Select(i => (byte)(31 - i))]));
        Assert.Equal(0xE3069283u, Crc32C.Compute(Encoding.ASCII.GetBytes("123456789")));
        Assert.Equal(0u, Crc32C.Compute([]));
    }

    [Fact]
    public void The_portable_way_agrees_at_every_length_and_alignment()
    {
        byte[] data = new byte[600];
        new Random(3).NextBytes(data);
        for (int offset = 0; offset < 16; offset++)
        {
            for (int length = 0; length + offset <= data.Length; length += 1 + length / 40)
            {
                ReadOnlySpan<byte> slice = data.AsSpan(offset, length);
                Assert.Equal(~Crc32C.AppendTable(uint.MaxValue, slice), Crc32C.Compute(slice));
            }
        }
    }

    [Fact]
    public void A_checksum_can_be_extended_at_any_cut()
    {
        byte[] data = new byte[100];
        new Random(4).NextBytes(data);
        for (int cut = 0; cut <= data.Length; cut++)
            Assert.Equal(Crc32C.Compute(data), Crc32C.Append(Crc32C.Compute(data.AsSpan(0, cut)), data.AsSpan(cut)));
    }
}

using System.IO.Compression;
using System.Text;
using Rivulet.Server.WebSockets;
using Rivulet.TestKit.Measuring;

namespace Rivulet.Server.Tests.WebSockets;

/// <summary>Messages that are compressed one by one, held against the runtime's inflater, and read by one that goes on.</summary>
public sealed class CompressionTests
{
    private static readonly byte[] Tail = [0x00, 0x00, 0xff, 0xff];

    public static TheoryData<int, int> Messages =>
        new MatrixTheoryData<int, int>([0, 1, 3, 4, 5, 258, 259, 1000, 32_768, 65_535, 65_536, 70_000, 300_000], [0, 1, 2, 3]);

    [Theory]
    [MemberData(nameof(Messages))]
    public void What_is_compressed_is_what_the_runtime_takes_apart(int length, int kind)
    {
        byte[] message = Make(length, kind);
        var encoder = new DeflateEncoder();
        for (int i = 0; i < 3; i++)
        {
            byte[] compressed = encoder.Compress(message).ToArray();
            Assert.Equal(message, Inflate(compressed));
            Assert.InRange(compressed.Length, 1, message.Length + 6 + (5 * (message.Length / 65_535)));
        }
    }

    [Fact]
    public void Protocol_text_becomes_much_smaller()
    {
        var text = new StringBuilder();
        for (int i = 0; i < 100; i++)
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"MSG orders.{i} 1 22\r\n{{\"id\":{i:000000},\"state\":\"x\"}}\r\n");
        byte[] message = Encoding.ASCII.GetBytes(text.ToString());
        Assert.InRange(new DeflateEncoder().Compress(message).Length, 1, message.Length / 3);
    }

    [Fact]
    public void Messages_refer_to_nothing_before_them()
    {
        byte[] message = Make(5000, 1);
        var encoder = new DeflateEncoder();
        byte[] first = encoder.Compress(message).ToArray();
        Assert.Equal(first, encoder.Compress(message).ToArray());
    }

    [Fact]
    public void One_message_after_another_is_read_whether_it_ends_for_good_or_not()
    {
        using var decompressor = new MessageDecompressor();
        var encoder = new DeflateEncoder();
        for (int i = 0; i < 20; i++)
        {
            byte[] message = Make(100 + (i * 50), i % 4);
            byte[] compressed = encoder.Compress(message).ToArray();
            decompressor.Gather(i % 3 == 0 ? Ended(message) : compressed);
            decompressor.Begin();
            Assert.Equal(message, ReadAll(decompressor));
        }
    }

    [Fact]
    public void A_message_of_nothing_is_nothing()
    {
        using var decompressor = new MessageDecompressor();
        foreach (byte[] empty in (byte[][])[[0x00], [], [0x03, 0x00, 0x00], [0x00]])
        {
            decompressor.Gather(empty);
            decompressor.Begin();
            Assert.Empty(ReadAll(decompressor));
            Assert.False(decompressor.IsReading);
        }
    }

    [Fact]
    public void Neither_way_allocates_once_it_was_done_before()
    {
        byte[] message = Make(10_000, 1);
        byte[] room = new byte[16 * 1024];
        var encoder = new DeflateEncoder();
        using var decompressor = new MessageDecompressor();
        Assert.Equal(0, ThreadAllocation.InSteadyState(100, 1000, _ =>
        {
            decompressor.Gather(encoder.Compress(message));
            decompressor.Begin();
            while (decompressor.Read(room) > 0)
            {
            }
        }));
    }

    private static byte[] Make(int length, int kind)
    {
        byte[] message = new byte[length];
        var random = new Random(length + kind);
        switch (kind)
        {
            case 1:
                for (int i = 0; i < length; i++)
                    message[i] = (byte)"PUB some.subject 10\r\n0123456789\r\n"[i % 33];
                break;
            case 2:
                random.NextBytes(message);
                break;
            case 3:
                for (int i = 0; i < length; i++)
                    message[i] = (byte)(random.Next(3) == 0 ? random.Next(256) : i / 7);
                break;
        }

        return message;
    }

    private static byte[] Inflate(byte[] compressed)
    {
        using var inflater = new DeflateStream(new MemoryStream([.. compressed, .. Tail, 0x03, 0x00]), CompressionMode.Decompress);
        using var plain = new MemoryStream();
        inflater.CopyTo(plain);
        return plain.ToArray();
    }

    // With a block that says that it is the last one, and as RFC 7692 (7.2.3.4) has it an empty one behind that.
    private static byte[] Ended(byte[] message)
    {
        using var compressed = new MemoryStream();
        using (var deflater = new DeflateStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
            deflater.Write(message);
        compressed.WriteByte(0x00);
        return compressed.ToArray();
    }

    private static List<byte> ReadAll(MessageDecompressor decompressor)
    {
        var all = new List<byte>();
        byte[] room = new byte[77];
        while (decompressor.Read(room) is > 0 and var count)
            all.AddRange(room.AsSpan(0, count));
        return all;
    }
}

using System.Buffers;
using Rivulet.JetStream.Backups;

namespace Rivulet.Fuzz.Tests;

/// <summary>The bytes of a backup: what was written comes back however it is cut, and what is spoiled harms nobody.</summary>
public sealed class BackupFuzz
{
    private const byte Canary = 0xA5;
    private const int CanaryBytes = 64;

    [Theory]
    [InlineData(FuzzLength.Short)]
    [InlineData(FuzzLength.Campaign, Explicit = true)]
    public void Blocks_come_back_as_they_were(FuzzLength length)
    {
        int[] table = S2Block.NewTable();
        FuzzLoop.Run(length, "s2 block", random => Content(random, S2Block.PlainBytesMax), (content, _) =>
        {
            byte[] block = new byte[S2Block.EncodedBytesMax(content.Length)];
            int blockBytes = S2Block.Encode(content, block, table);
            Assert.Equal(content.Length, S2Block.PlainBytes(block.AsSpan(0, blockBytes), out int _));
            byte[] plain = new byte[content.Length];
            Assert.True(S2Block.TryDecode(block.AsSpan(0, blockBytes), plain));
            Assert.Equal(content, plain);
        });
    }

    [Theory]
    [InlineData(FuzzLength.Short)]
    [InlineData(FuzzLength.Campaign, Explicit = true)]
    public void Spoiled_blocks_fill_no_more_than_they_are_given(FuzzLength length)
    {
        int[] table = S2Block.NewTable();
        FuzzLoop.Run(length, "spoiled s2 block", random => Spoiled(random, table), (block, random) =>
        {
            long claimed = S2Block.PlainBytes(block, out int _);
            Decode(block, (int)Math.Clamp(claimed, 0, 1 << 20));
            Decode(block, random.Next(4_000));
        });
    }

    [Theory]
    [InlineData(FuzzLength.Short)]
    [InlineData(FuzzLength.Campaign, Explicit = true)]
    public void A_decoder_agrees_with_a_slow_one(FuzzLength length)
    {
        int[] table = S2Block.NewTable();
        FuzzLoop.Run(length, "s2 block beside a slow decoder", random => Spoiled(random, table), (block, _) =>
        {
            long claimed = S2Block.PlainBytes(block, out int prefixBytes);
            if (claimed is < 0 or > 1 << 20)
                return;
            byte[] plain = new byte[claimed];
            byte[]? slow = SlowDecode(block.AsSpan(prefixBytes), (int)claimed);
            Assert.Equal(slow is not null, S2Block.TryDecode(block, plain));
            if (slow is not null)
                Assert.Equal(slow, plain);
        });
    }

    [Theory]
    [InlineData(FuzzLength.Short)]
    [InlineData(FuzzLength.Campaign, Explicit = true)]
    public void Entries_come_back_however_the_stream_is_cut(FuzzLength length)
    {
        FuzzLoop.Run(length, "backup", random => Content(random, 300_000), (content, random) =>
        {
            byte[] stream = Stream(content, random, out List<int> cuts);
            Assert.Equal(cuts, Read(stream, random, content));
        });
    }

    [Theory]
    [InlineData(FuzzLength.Short)]
    [InlineData(FuzzLength.Campaign, Explicit = true)]
    public void Spoiled_streams_are_refused_or_read(FuzzLength length)
    {
        FuzzLoop.Run(length, "spoiled backup", random => Content(random, 3_000), (content, random) =>
        {
            byte[] stream = Stream(content, random, out _);
            for (int i = random.Next(1, 4); i > 0; i--)
                stream[random.Next(stream.Length)] = (byte)random.Next(256);
            try
            {
                Read(stream, random, expected: null);
            }
            catch (InvalidDataException)
            {
                // Said to be damaged, as it is.
            }
        });
    }

    [Theory]
    [InlineData(FuzzLength.Short)]
    [InlineData(FuzzLength.Campaign, Explicit = true)]
    public void Spoiled_consumers_are_refused_or_keep_their_order(FuzzLength length)
    {
        FuzzLoop.Run(length, "backup consumer", Consumer, (json, random) =>
        {
            try
            {
                ulong last = (ulong)random.Next(20);
                var consumer = BackupConsumer.Read(new ArchiveEntry { Name = "consumers/C"u8, Payload = json }, last);
                Assert.True(consumer.Acks.Floor.StreamSequence <= consumer.Acks.Delivered.StreamSequence);
                Assert.True(consumer.Acks.Delivered.StreamSequence <= last);
            }
            catch (InvalidDataException)
            {
                // Refused.
            }
        });
    }

    private static byte[] Consumer(Random random)
    {
        string[] texts =
        [
            """{"config":{"name":"C","ack_policy":"explicit","max_deliver":2},"state":{"delivered":{"consumer_seq":7,"stream_seq":9},"ack_floor":{"consumer_seq":2,"stream_seq":5},"pending":{"6":{"Sequence":3,"Timestamp":1},"9":{"Sequence":6,"Timestamp":2}},"redelivered":{"6":1,"7":2}}}""",
            """{"config":{"name":"C","ack_policy":"none"},"state":{"delivered":{"consumer_seq":7,"stream_seq":9},"ack_floor":{"consumer_seq":2,"stream_seq":99},"pending":{"6":null},"redelivered":null}}""",
        ];
        byte[] json = System.Text.Encoding.UTF8.GetBytes(texts[random.Next(texts.Length)]);
        for (int i = random.Next(3); i > 0; i--)
            json[random.Next(json.Length)] = (byte)"0123456789{}[]\":,null"[random.Next(20)];
        return json;
    }

    /// <summary>The content in entries of various sizes, in frames.</summary>
    private static byte[] Stream(byte[] content, Random random, out List<int> cuts)
    {
        int[] table = S2Block.NewTable();
        var plain = new ByteQueue();
        var framed = new ByteQueue();
        S2Frames.WriteStart(framed);
        Archive.WriteStart(plain);
        cuts = [];
        for (int at = 0; at < content.Length;)
        {
            int end = Math.Min(content.Length, at + 1 + random.Next(random.Next(4) == 0 ? 100_000 : 300));
            int headers = random.Next(end - at + 1);
            Archive.Write(plain, new ArchiveEntry
            {
                Name = "a.b"u8,
                TimestampNanos = -at,
                Sequence = (ulong)end,
                Headers = content.AsSpan(at, headers),
                Payload = content.AsSpan(at + headers, end - at - headers),
            });
            cuts.Add(end);
            at = end;
        }

        while (plain.Length > 0)
        {
            int part = Math.Min(plain.Length, 1 + random.Next(S2Block.PlainBytesMax));
            S2Frames.Write(plain.Unread[..part], framed, table);
            plain.Consume(part);
        }

        return framed.Unread.ToArray();
    }

    private static List<int> Read(byte[] stream, Random random, byte[]? expected)
    {
        var framed = new ByteQueue();
        var plain = new ByteQueue();
        bool isStarted = false, isArchive = false;
        var ends = new List<int>();
        for (int at = 0; at < stream.Length;)
        {
            int end = Math.Min(stream.Length, at + 1 + random.Next(random.Next(3) == 0 ? 100_000 : 50));
            framed.Write(stream.AsSpan(at, end - at));
            at = end;
            while (S2Frames.TryRead(framed, plain, ref isStarted))
            {
            }

            isArchive = isArchive || Archive.TryReadStart(plain);
            while (isArchive && Archive.TryRead(plain, out ArchiveEntry entry, out int length))
            {
                int from = ends.Count > 0 ? ends[^1] : 0;
                ends.Add((int)entry.Sequence);
                if (expected is not null)
                {
                    Assert.Equal(-from, entry.TimestampNanos);
                    Assert.True(expected.AsSpan(from, entry.Headers.Length).SequenceEqual(entry.Headers));
                    Assert.True(expected.AsSpan(from + entry.Headers.Length, entry.Payload.Length).SequenceEqual(entry.Payload));
                }

                plain.Consume(length);
            }
        }

        return ends;
    }

    private static void Decode(byte[] block, int plainBytes)
    {
        byte[] room = new byte[plainBytes + (2 * CanaryBytes)];
        Array.Fill(room, Canary);
        S2Block.TryDecode(block, room.AsSpan(CanaryBytes, plainBytes));
        Assert.Equal(-1, room.AsSpan(0, CanaryBytes).IndexOfAnyExcept(Canary));
        Assert.Equal(-1, room.AsSpan(CanaryBytes + plainBytes).IndexOfAnyExcept(Canary));
    }

    /// <summary>Byte by byte, by the description of the format.</summary>
    private static byte[]? SlowDecode(ReadOnlySpan<byte> block, int plainBytes)
    {
        var plain = new List<byte>();
        var input = new Queue<byte>(block.ToArray());
        long offset = 0;
        while (input.TryDequeue(out byte tag))
        {
            long length;
            if ((tag & 3) == 0)
            {
                length = tag >> 2;
                if (length >= 60 && !TryNumber(input, (int)length - 59, out length))
                    return null;
                if (length + 1 > input.Count || plain.Count + length + 1 > plainBytes)
                    return null;
                for (long i = 0; i <= length; i++)
                    plain.Add(input.Dequeue());
                continue;
            }

            if (!TryNumber(input, (tag & 3) switch { 1 => 1, 2 => 2, _ => 4 }, out long number))
                return null;
            if ((tag & 3) != 1)
            {
                (offset, length) = (number, (tag >> 2) + 1);
            }
            else if ((tag >> 5 << 8 | (int)number) is var near and > 0)
            {
                (offset, length) = (near, (tag >> 2 & 7) + 4);
            }
            else
            {
                int code = tag >> 2 & 7;
                if (!TryNumber(input, Math.Max(0, code - 4), out long more))
                    return null;
                length = 4 + code switch { 5 => 4 + more, 6 => 256 + more, 7 => 65536 + more, _ => code };
            }

            if (offset == 0 || offset > plain.Count || plain.Count + length > plainBytes)
                return null;
            for (long i = 0; i < length; i++)
                plain.Add(plain[plain.Count - (int)offset]);
        }

        return plain.Count == plainBytes ? [.. plain] : null;
    }

    private static bool TryNumber(Queue<byte> input, int bytes, out long number)
    {
        number = 0;
        if (input.Count < bytes)
            return false;
        for (int i = 0; i < bytes; i++)
            number |= (long)input.Dequeue() << (8 * i);
        return true;
    }

    /// <summary>Pieces that repeat, at all distances, between bytes that do not.</summary>
    private static byte[] Content(Random random, int bytesMax)
    {
        byte[] piece = new byte[1 + random.Next(90)];
        random.NextBytes(piece);
        var content = new List<byte>();
        int length = random.Next(random.Next(4) == 0 ? bytesMax : Math.Min(bytesMax, 3_000));
        while (content.Count < length)
        {
            if (random.Next(3) == 0)
                random.NextBytes(piece);
            content.AddRange(piece.AsSpan(0, random.Next(piece.Length + 1)));
            content.AddRange(Enumerable.Repeat((byte)random.Next(256), random.Next(200)));
        }

        return [.. content.Take(length)];
    }

    private static byte[] Spoiled(Random random, int[] table)
    {
        byte[] content = Content(random, 3_000);
        byte[] block = new byte[S2Block.EncodedBytesMax(content.Length)];
        block = block[..S2Block.Encode(content, block, table)];
        for (int i = random.Next(0, 4); i > 0; i--)
            block[random.Next(block.Length)] = random.Next(3) == 0 ? (byte)(random.Next(8) << 2 | 1) : (byte)random.Next(256);
        return random.Next(3) == 0 ? block[..random.Next(block.Length + 1)] : block;
    }
}

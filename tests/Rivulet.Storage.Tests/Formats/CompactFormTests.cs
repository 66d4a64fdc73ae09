using System.Buffers.Binary;
using System.Text;
using Rivulet.Protocol;
using Rivulet.Storage.Records;

namespace Rivulet.Storage.Tests.Formats;

/// <summary>Freezes the compact form of docs/formats/log.md, and holds where it ends.</summary>
public sealed class CompactFormTests
{
    private static readonly RecordSalt Salt = new(0x1122334455667788, 4096);

    [Fact]
    public void A_message_is_these_bytes()
    {
        var facts = new MessageFacts { TimestampNanos = 100 };
        Assert.Equal(
            Hex("5B6A4BC3 2200 03 80 0700 09000000 080000" + // header
            "612E62 76616C" + // a.b, val
            "01000000000000" + "B05FF8B0"),
            Convert.ToHexString(Build(Plain(), facts, "a.bval")));
    }

    [Fact]
    public void A_message_with_all_that_it_can_have_is_these_bytes()
    {
        var facts = new MessageFacts { TimestampNanos = 0x0A0B0C0D0E0F10 * 100, ExpiresAtNanos = 0x0102030405060708, Dropped = 3, Floor = 4 };
        RecordHeader header = Plain();
        header.HeadersBytes = 2;
        header.Flags = facts.Flags | RecordFlags.RollupSubject | RecordFlags.RollupAll | RecordFlags.Compressed;
        header.UnsyncedBytes = new RewrittenLink(0x1234, 0x56).ToField();
        byte[] record = Build(header, facts, "a.bXXXXY", isLinked: true);
        Assert.Equal(
            Hex("42B28D3A 3600 03 FF 0700 09000000 563492 0200" + // header
            "612E62 5858585859" + // a.b, content
            "100F0E0D0C0B0A" + "0807060504030201" + "03000000" + "04000000" + "E41987FB"),
            Convert.ToHexString(record));
    }

    [Fact]
    public void What_is_written_is_read()
    {
        var random = new Random(41);
        int compact = 0;
        for (int i = 0; i < 20_000; i++)
        {
            var facts = new MessageFacts
            {
                TimestampNanos = random.NextInt64(1L << random.Next(1, 63)) / 100 * (random.Next(8) == 0 ? 101 : 100),
                ExpiresAtNanos = random.Next(3) == 0 ? random.NextInt64() : 0,
                Dropped = random.Next(2) == 0 ? (ulong)random.NextInt64(1L << random.Next(1, 40)) : 0,
                Floor = random.Next(3) == 0 ? (ulong)random.NextInt64(1L << random.Next(1, 40)) : 0,
                BatchSize = random.Next(20) == 0 ? 7UL : 0,
            };
            bool isLinked = random.Next(2) == 0;
            var header = new RecordHeader
            {
                Kind = RecordKind.Message,
                Flags = facts.Flags | (RecordFlags)(random.Next(2) * 0x80) | (RecordFlags)(random.Next(4) * 8),
                SubjectBytes = (ushort)random.Next(1, 300),
                HeadersBytes = random.Next(3) == 0 ? random.Next(1 << random.Next(1, 18)) : 0,
                StreamId = (uint)random.NextInt64(1L << random.Next(1, 20)),
                Sequence = (ulong)random.NextInt64(1L << random.Next(1, 40)),
                UnsyncedBytes = (uint)random.NextInt64(1L << random.Next(1, 33)) & (isLinked ? uint.MaxValue : ~7u),
            };
            int contentBytes = header.SubjectBytes + (header.IsCompressed ? 5 : header.HeadersBytes) + random.Next(1 << random.Next(1, 18));
            header.TakeForm(in facts, contentBytes, isLinked);
            compact += header.IsCompact ? 1 : 0;
            byte[] record = new byte[header.LengthBytes];
            header.Write(record, Salt);
            int end = header.HeaderBytes + contentBytes;
            Assert.Equal(record.Length - RecordLayout.TrailerBytes, end + facts.Write(record.AsSpan(end), header.IsCompact));

            // Whatever follows has no part in it.
            record.AsSpan(header.HeaderBytes, contentBytes).Fill((byte)i);
            Assert.True(RecordHeader.TryRead(record, Salt, out RecordHeader read));
            Assert.True(read.UnsyncedBytes >= header.UnsyncedBytes);
            Assert.Equal(header.IsCompact && !isLinked ? CompactForm.RoundUp(header.UnsyncedBytes) : header.UnsyncedBytes, read.UnsyncedBytes);
            header.UnsyncedBytes = read.UnsyncedBytes;
            Assert.Equal(header, read);
            Assert.Equal((contentBytes, header.HeaderBytes), (read.ContentBytes, read.HeaderBytes));
            Assert.Equal(facts, MessageFacts.Read(record.AsSpan(end), in read));
        }
        Assert.InRange(compact, 2_000, 18_000);
    }

    [Fact]
    public void What_does_not_fit_has_the_full_form()
    {
        Assert.True(IsCompact((ref _, ref _, ref _) => { }));
        Fits((ref header, ref _, ref _) => header.SubjectBytes = 255, (ref header, ref _, ref _) => header.SubjectBytes = 256);
        Fits((ref header, ref _, ref _) => header.HeadersBytes = 65_535, (ref header, ref _, ref _) => header.HeadersBytes = 65_536);
        Fits((ref header, ref _, ref _) => header.StreamId = 65_535, (ref header, ref _, ref _) => header.StreamId = 65_536);
        Fits((ref header, ref _, ref _) => header.Sequence = uint.MaxValue - 1, (ref header, ref _, ref _) => header.Sequence = uint.MaxValue);
        Fits((ref _, ref facts, ref _) => facts.TimestampNanos = 200, (ref _, ref facts, ref _) => facts.TimestampNanos = 201);
        Fits((ref _, ref facts, ref _) => facts.TimestampNanos = 0, (ref _, ref facts, ref _) => facts.TimestampNanos = -100);
        Fits((ref _, ref facts, ref _) => facts.TimestampNanos = long.MaxValue / 100 / 2 * 100, (ref _, ref facts, ref _) => facts.TimestampNanos = long.MaxValue / 100 * 100);
        Fits((ref _, ref facts, ref _) => facts.Dropped = uint.MaxValue, (ref _, ref facts, ref _) => facts.Dropped = 1UL << 32);
        Fits((ref _, ref facts, ref _) => facts.Floor = uint.MaxValue, (ref _, ref facts, ref _) => facts.Floor = 1UL << 32);
        Fits((ref _, ref _, ref content) => content = 65_000, (ref _, ref _, ref content) => content = 65_535);
        Fits((ref header, ref _, ref _) => header.Flags = RecordFlags.RollupAll, (ref header, ref _, ref _) => header.Flags = RecordFlags.BatchMember);
        Fits(
            (ref header, ref _, ref _) => header.UnsyncedBytes = new RewrittenLink(0x7FFF, 255).ToField(),
            (ref header, ref _, ref _) => header.UnsyncedBytes = new RewrittenLink(0x8000, 0).ToField(), isLinked: true);
    }

    [Fact]
    public void The_longest_record_of_the_form_says_its_length()
    {
        var facts = new MessageFacts { TimestampNanos = 100, ExpiresAtNanos = 1, Dropped = 1, Floor = 1 };
        for (int contentBytes = 65_300; contentBytes < 65_700; contentBytes++)
        {
            RecordHeader header = Plain();
            header.HeadersBytes = 1;
            header.Flags = facts.Flags;
            header.TakeForm(in facts, contentBytes, isLinked: false);
            byte[] bytes = new byte[RecordLayout.HeaderBytes];
            header.Write(bytes, Salt);
            Assert.True(RecordHeader.TryRead(bytes, Salt, out RecordHeader read));
            Assert.Equal((header.LengthBytes, contentBytes), (read.LengthBytes, read.ContentBytes));
        }
    }

    [Fact]
    public void What_was_not_synced_is_never_said_to_be()
    {
        for (uint bytes = 0; bytes <= 4 << 20; bytes += 8)
            Assert.True(CompactForm.RoundUp(bytes) == bytes || bytes == 4 << 20);
        var random = new Random(3);
        for (int i = 0; i < 100_000; i++)
        {
            uint bytes = (uint)random.NextInt64(1L << random.Next(1, 33));
            uint said = CompactForm.RoundUp(bytes);
            Assert.InRange(said, bytes, bytes + 8L + (bytes >> 17));
        }
        Assert.Equal(uint.MaxValue, CompactForm.RoundUp(uint.MaxValue));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void One_wrong_bit_of_a_header_is_put_right(int headersBytes)
    {
        RecordHeader header = Plain();
        header.HeadersBytes = headersBytes;
        byte[] record = Build(header, new MessageFacts { TimestampNanos = 100 }, "a.bH1val");
        byte[] source = record[..RecordLayout.HeaderBytes];
        int headerBytes = CompactForm.HeaderBytes(headersBytes > 0);
        for (int wrong = 0; wrong < headerBytes * 8; wrong++)
        {
            source[wrong / 8] ^= (byte)(1 << (wrong % 8));
            Assert.False(RecordHeader.TryRead(source, Salt, out _));
            Assert.True(RecordHeader.TryRepair(source, Salt, out int bit, out RecordHeader repaired));
            Assert.Equal((wrong, record.Length), (bit, repaired.LengthBytes));
            Assert.Equal(record[..RecordLayout.HeaderBytes], source);
        }
    }

    [Fact]
    public void A_header_that_is_cut_off_is_none()
    {
        RecordHeader header = Plain();
        header.HeadersBytes = 2;
        byte[] record = Build(header, new MessageFacts { TimestampNanos = 100 }, "a.bH1val");
        for (int length = 0; length < 19; length++)
            Assert.False(RecordHeader.TryRead(record.AsSpan(0, length), Salt, out _));
        Assert.True(RecordHeader.TryRead(record.AsSpan(0, 19), Salt, out _));
    }

    private delegate void Change(ref RecordHeader header, ref MessageFacts facts, ref int contentBytes);

    private static void Fits(Change last, Change first, bool isLinked = false)
    {
        Assert.True(IsCompact(last, isLinked));
        Assert.False(IsCompact(first, isLinked));
    }

    private static bool IsCompact(Change change, bool isLinked = false)
    {
        RecordHeader header = Plain();
        var facts = new MessageFacts { TimestampNanos = 100 };
        int contentBytes = 1_000;
        change(ref header, ref facts, ref contentBytes);
        header.TakeForm(in facts, contentBytes, isLinked);
        return header.IsCompact;
    }

    private static RecordHeader Plain() => new()
    {
        Kind = RecordKind.Message,
        SubjectBytes = 3,
        StreamId = 7,
        Sequence = 9,
        UnsyncedBytes = 64,
    };

    private static byte[] Build(RecordHeader header, MessageFacts facts, string content, bool isLinked = false)
    {
        header.TakeForm(in facts, content.Length, isLinked);
        Assert.True(header.IsCompact);
        byte[] record = new byte[header.LengthBytes];
        header.Write(record, Salt);
        Encoding.UTF8.GetBytes(content, record.AsSpan(header.HeaderBytes));
        facts.Write(record.AsSpan(header.HeaderBytes + content.Length), isCompact: true);
        uint checksum = Salt.OfBody(Crc32C.Compute(RecordBody.Of(record, header.HeaderBytes)));
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(^4..), checksum);
        return record;
    }

    private static string Hex(string spaced) => spaced.Replace(" ", "", StringComparison.Ordinal);
}

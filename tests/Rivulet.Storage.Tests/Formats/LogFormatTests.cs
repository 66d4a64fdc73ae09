using System.Buffers.Binary;
using System.Text;
using Rivulet.Protocol;
using Rivulet.Storage.Files;
using Rivulet.Storage.Records;
using Rivulet.Storage.Tests.Recovery;
using Rivulet.TestKit.Simulation;

namespace Rivulet.Storage.Tests.Formats;

/// <summary>
/// Freezes docs/formats/log.md: numbers, sizes and exact bytes that are on people's disks. A change here is a new
/// format version.
/// </summary>
public sealed class LogFormatTests
{
    [Fact]
    public void Record_kinds_keep_their_numbers()
    {
        Assert.Equal(
            "None=0 StreamCreated=1 StreamConfigured=2 StreamDeleted=3 Message=4 Remove=5 Purge=6 SkipTo=7 " +
            "AttachmentSet=8 AttachmentDelta=9 AttachmentRemoved=10 CleanShutdown=11 SequenceReservation=12",
            string.Join(' ', Enum.GetValues<RecordKind>().Select(kind => $"{kind}={(int)kind}")));
        Assert.Equal(
            (1, 2, 4, 8, 0x10, 0x20, 0x40, 0x80, 1),
            ((int)RecordFlags.HasExpiry, (int)RecordFlags.HasDropped, (int)RecordFlags.HasFloor, (int)RecordFlags.RollupSubject,
            (int)RecordFlags.RollupAll, (int)RecordFlags.BatchMember, (int)RecordFlags.BatchEnd,
            (int)RecordFlags.Compressed, (int)RecordFlags.Erase));
        Assert.Equal(
            "Request=1 Expired=2 Limits=3 Unfinished=4 Lost=5",
            string.Join(' ', Enum.GetValues<RemoveReason>().Select(reason => $"{reason}={(int)reason}")));
        Assert.Equal((0, 1, 2), ((int)RollupScope.None, (int)RollupScope.Subject, (int)RollupScope.All));
    }

    [Fact]
    public void Sizes_stay()
    {
        Assert.Equal((32, 4, 8, 8), (RecordLayout.HeaderBytes, RecordLayout.TrailerBytes, RecordLayout.FactBytes, RecordLayout.Alignment));
        Assert.Equal(
            (17, 19, 7, 4),
            (CompactForm.HeaderBytes(hasHeaders: false), CompactForm.HeaderBytes(hasHeaders: true), CompactForm.TimestampBytes, CompactForm.FactBytes));
        Assert.Equal((96, 512, 1024, 3u), (SegmentHeader.CopyBytes, SegmentHeader.SecondCopyOffset, SegmentHeader.AreaBytes, SegmentHeader.FormatVersion));
    }

    [Fact]
    public void A_segment_header_is_these_bytes()
    {
        byte[] area = new byte[SegmentHeader.AreaBytes];
        var header = new SegmentHeader(3, 0x1122334455667788, 0x1000, 0x4000, 1, 0x99AABBCCDDEEFF00)
        {
            LastNumber = 4,
            CleanedUpTo = 0x2000,
            EndPosition = 0x3000,
        };
        header.Write(area);
        string expected =
            "5249 5655 4C4F 4700 0300 0000 AABF CCBB 0300 0000 0000 0000 8877 6655 4433 2211 0010 0000 0000 0000" +
            "0040 0000 0000 0000 0100 0000 0000 0000 00FF EEDD CCBB AA99" +
            "0400 0000 0000 0000 0020 0000 0000 0000 0030 0000 0000 0000 43BE 110E 0000 0000";
        Assert.Equal(expected.Replace(" ", "", StringComparison.Ordinal), Convert.ToHexString(area, 0, 96));
        Assert.Equal(area[..96], area[512..608]);
        Assert.Equal(-1, area.AsSpan(96, 416).IndexOfAnyExcept((byte)0));
        Assert.Equal(-1, area.AsSpan(608).IndexOfAnyExcept((byte)0));
        Assert.Equal(SegmentHeaderStatus.Valid, SegmentHeader.Read(area, out SegmentHeader read));
        Assert.Equal(header, read);
    }

    [Fact]
    public void A_message_record_is_these_bytes()
    {
        string expected =
            "88DE844A 4C000000 04 0F 0300 07000000 0900000000000000 02000000 40000000" + // header
            "612E62 4831 76616C" + // a.b, H1, val
            "0100000000000000 0200000000000000 0300000000000000 0400000000000000" + // facts
            "D9EA6E6E";
        Assert.Equal(expected.Replace(" ", "", StringComparison.Ordinal), Convert.ToHexString(BuildMessage()));
    }

    /// <summary>What other versions of the compressor made must be read; what this one makes need not be the same bytes.</summary>
    [Fact]
    public void Packed_content_is_a_length_and_an_LZ4_block()
    {
        // 160: one literal 'a', a match of 154 at distance 1, five literals.
        byte[] packed = Convert.FromHexString("A0000000" + "1F61" + "0100" + "87" + "50" + "6161616161");
        Assert.Equal(160, PackedContent.PlainBytes(packed));
        byte[] plain = new byte[160];
        Assert.True(PackedContent.TryUnpack(packed, plain));
        Assert.Equal(new string('a', 160), Encoding.ASCII.GetString(plain));
        byte[] again = new byte[PackedContent.MaxBytes(160)];
        int length = PackedContent.TryPack("aa"u8, plain.AsSpan(2), again);
        Assert.True(PackedContent.TryUnpack(again.AsSpan(0, length), plain));
        Assert.Equal((128, 140, 0), (PackedContent.PlainBytesMin, PackedContent.MaxBytes(160), PackedContent.MaxBytes(127)));
    }

    [Fact]
    public void A_compressed_message_record_has_its_flag_and_the_plain_length_of_its_headers()
    {
        var salt = new RecordSalt(7, 1024);
        var header = new RecordHeader
        {
            LengthBytes = new RecordShape(1, IsCompact: false).MessageBytes(3 + 20, hasHeaders: true),
            Kind = RecordKind.Message,
            Flags = RecordFlags.Compressed,
            SubjectBytes = 3,
            HeadersBytes = 100,
            StreamId = 1,
            Sequence = 2,
        };
        byte[] record = new byte[header.LengthBytes];
        header.Write(record, salt);
        Assert.Equal(0x80, record[9]);
        Assert.True(RecordHeader.TryRead(record, salt, out RecordHeader read));
        Assert.Equal((100, 23), (read.HeadersBytes, read.ContentBytes));
        BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(35), 160);
        Assert.Equal(163, read.PlainContentBytes(record.AsSpan(32, 23)));
        BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(35), 99);
        Assert.Equal(-1, read.PlainContentBytes(record.AsSpan(32, 23)));
    }

    [Fact]
    public void A_description_keeps_how_a_stream_is_kept()
    {
        byte[] Body(StreamLimits limits) => StreamBody.Create(new StreamIdentity("A", "S"), 1, limits, "c"u8);
        Assert.Equal((4, 8), (Body(new StreamLimits { Compress = true })[40], Body(new StreamLimits { ReserveSequences = true })[40]));
        var every = new StreamLimits { Compress = true, ReserveSequences = true, DiscardNew = true, DiscardNewPerSubject = true };
        Assert.Equal(every, StreamBody.TryRead(Body(every))!.Limits);
    }

    [Fact]
    public void A_skip_has_no_body_or_a_time_or_a_time_and_the_last_sequence()
    {
        Assert.Equal("0200000000000000", Convert.ToHexString(SkipToBody.Create(2)));
        Assert.Equal("0200000000000000" + "0900000000000000", Convert.ToHexString(SkipToBody.Create(2, 9)));
        Assert.False(SkipToBody.TryReadLast([], out _));
        Assert.False(SkipToBody.TryReadLast(SkipToBody.Create(2), out _));
        Assert.True(SkipToBody.TryReadLast(SkipToBody.Create(2, 9), out ulong last));
        Assert.Equal(9UL, last);
    }

    /// <summary>
    /// A segment that version 1 wrote, with every kind of record that there is so far. It opens for ever.
    /// </summary>
    [Fact]
    public void A_store_of_version_1_opens()
    {
        var disk = new SimulatedFileSystem();
        disk.CreateDirectory(DiskStore.Directory);
        using (IFile file = disk.Open(DiskStore.Segment(1), FileOpenMode.CreateNew))
        {
            file.Write(new byte[16 << 10], 0);
            file.Write(Version1(), 0);
        }
        using var store = new DiskStore(disk);
        Assert.Equal(["LOG", "ORDERS"], store.Store.Streams.Select(s => s.Identity.Name).Order());
        StreamLog orders = store["ORDERS"];
        Assert.Equal(["3:b=2", "7:c[NATS/1.0\r\n\r\n]=rolled", "30:a=after a gap", "31:d=never"], orders.Everything());
        Assert.Equal("second", Encoding.UTF8.GetString(orders.Configuration.Span));
        Assert.Equal(2, orders.Limits.MaxMessagesPerSubject);
        Assert.Equal(31UL, orders.State.LastSequence);
        StreamAttachment attachment = Assert.Single(orders.Attachments);
        Assert.Equal(("consumer", "state", 1), (
            attachment.Key, Encoding.UTF8.GetString(attachment.Value.Span), attachment.Deltas.Count));
        Assert.Equal(["2:x=kept"], store["LOG"].Everything());
        Assert.Empty(orders.State.Lost);
        Assert.DoesNotContain(store.Logger.Lines, line => line.StartsWith("Warning", StringComparison.Ordinal));
    }

    /// <summary>
    /// A store that version 2 wrote, with a rewritten segment. It opens for ever, and turns into one of this version: what is
    /// appended goes to a segment of its own, and what is rewritten takes the compact form.
    /// </summary>
    [Fact]
    public void A_store_of_version_2_opens_and_goes_on()
    {
        string[] orders =
        [
            "61:b1=one", "62:b2=two", "63:b3=three", "64:h[NATS/1.0\r\nA: b\r\n\r\n]=with headers", "65:e=never",
            "120:a0=later value 54", "121:a1=later value 55", "122:a2=later value 56", "123:a0=later value 57",
            "124:a1=later value 58", "125:a2=later value 59",
        ];
        string[] small = ["3:d1=small 1", "4:d2=small 2", "5:d3=small 3"];
        SimulatedFileSystem disk = Version2();
        using (var store = new DiskStore(disk, segmentBytes: 4 << 10))
        {
            Assert.Equal(["1:x=kept", "3:z=last"], store["LOG"].Everything());
            Assert.Equal(orders, store["ORDERS"].Everything());
            Assert.Equal(small, store["SMALL"].Everything());
            Assert.Equal("consumer", Assert.Single(store["LOG"].Attachments).Key);
            Assert.DoesNotContain(store.Logger.Lines, line => line.StartsWith("Warning", StringComparison.Ordinal));
            store["LOG"].Put("n", "new");
            store.Commit();
            Assert.Equal([2, 2, 3], Versions(disk));
            store["LOG"].Remove(3, erase: true);
            for (int i = 0; i < 200; i++)
                store["SMALL"].Put("g", "goes " + i);
            store.Commit();
            while (store.Store.RunCompaction())
                store.Commit();
            Assert.All(Versions(disk), version => Assert.Equal(3, version));
        }
        using var reopened = new DiskStore(disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1)), segmentBytes: 4 << 10);
        Assert.Equal(["1:x=kept", "4:n=new"], reopened["LOG"].Everything());
        Assert.Equal(orders, reopened["ORDERS"].Everything());
        Assert.Equal(["203:g=goes 197", "204:g=goes 198", "205:g=goes 199"], reopened["SMALL"].Everything());
        Assert.DoesNotContain(reopened.Logger.Lines, line => line.StartsWith("Warning", StringComparison.Ordinal));
    }

    private static byte[] Version1() => Convert.FromHexString(string.Concat(Lines("version-1.hex")));

    /// <summary>Each file begins with a line of its name and its length; what follows its bytes is zero.</summary>
    private static SimulatedFileSystem Version2()
    {
        var disk = new SimulatedFileSystem();
        disk.CreateDirectory(DiskStore.Directory);
        IFile? file = null;
        int offset = 0;
        foreach (string line in Lines("version-2.hex").Where(line => line.Length > 0))
        {
            if (line[0] != '/')
            {
                byte[] bytes = Convert.FromHexString(line);
                file!.Write(bytes, offset);
                offset += bytes.Length;
                continue;
            }
            file?.Dispose();
            file = disk.Open(line.Split(' ')[0], FileOpenMode.CreateNew);
            file.Write(new byte[int.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture)], 0);
            offset = 0;
        }
        file?.Dispose();
        return disk;
    }

    /// <summary>Of the segments, but for one that is only prepared.</summary>
    private static List<int> Versions(SimulatedFileSystem disk) =>
        [.. disk.Files.Select(path => (int)disk.ReadAll(path)[8]).Where(version => version > 0)];

    private static string[] Lines(string resource)
    {
        using Stream hex = typeof(LogFormatTests).Assembly.GetManifestResourceStream(resource)!;
        return new StreamReader(hex).ReadToEnd().Split('\n');
    }

    private static byte[] BuildMessage()
    {
        var facts = new MessageFacts { TimestampNanos = 1, ExpiresAtNanos = 2, Dropped = 3, Floor = 4 };
        var header = new RecordHeader
        {
            LengthBytes = new RecordShape(4, IsCompact: false).MessageBytes(8, hasHeaders: true),
            Kind = RecordKind.Message,
            Flags = facts.Flags | RecordFlags.RollupSubject,
            SubjectBytes = 3,
            HeadersBytes = 2,
            StreamId = 7,
            Sequence = 9,
            UnsyncedBytes = 64,
        };
        byte[] record = new byte[header.LengthBytes];
        var salt = new RecordSalt(0x1122334455667788, 4096);
        header.Write(record, salt);
        Encoding.UTF8.GetBytes("a.bH1val", record.AsSpan(32));
        facts.Write(record.AsSpan(40), isCompact: false);
        uint checksum = salt.OfBody(Crc32C.Compute(RecordBody.Of(record, header.HeaderBytes)));
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(^4..), checksum);
        return record;
    }
}

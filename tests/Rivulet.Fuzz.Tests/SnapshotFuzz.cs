using Rivulet.Storage.Log;
using Rivulet.Storage.Records;
using Rivulet.Storage.Snapshots;

namespace Rivulet.Fuzz.Tests;

/// <summary>Entries of a snapshot: everything comes back, and content that is none is refused.</summary>
public sealed class SnapshotFuzz
{
    [Theory]
    [InlineData(FuzzLength.Short)]
    [InlineData(FuzzLength.Campaign, Explicit = true)]
    public void Entries_come_back_as_they_were(FuzzLength length)
    {
        FuzzLoop.Run(length, "snapshot entries", random => BitConverter.GetBytes(random.Next()), (seed, _) =>
        {
            var random = new Random(BitConverter.ToInt32(seed));
            bool isRewritten = random.Next(2) == 0;
            RecordEntry[] entries = Entries(random, isRewritten);
            byte[] content = Encode(entries, isRewritten, out int endBytes);
            var decoder = new SnapshotDecoder(content, isRewritten, endBytes);
            var read = new RecordEntry();
            foreach (RecordEntry entry in entries)
            {
                Assert.True(decoder.TryRead(read));
                Assert.True(read.IsSameAs(entry, isRewritten: true), "an entry is another one");
            }
            Assert.False(decoder.TryRead(read));
            Assert.True(decoder.IsAtEnd);
        });
    }

    [Theory]
    [InlineData(FuzzLength.Short)]
    [InlineData(FuzzLength.Campaign, Explicit = true)]
    public void Spoiled_content_is_refused_or_describes_a_segment_that_can_be(FuzzLength length)
    {
        FuzzLoop.Run(length, "spoiled snapshot", Spoiled, (content, random) =>
        {
            int endBytes = SegmentHeader.AreaBytes + random.Next(random.Next(2) == 0 ? 2_000 : 1 << 28);
            var decoder = new SnapshotDecoder(content, random.Next(2) == 0, endBytes);
            var entry = new RecordEntry();
            int entries = 0;
            long end = SegmentHeader.AreaBytes;
            while (decoder.TryRead(entry))
            {
                Assert.Equal(end, entry.OffsetBytes);
                Assert.True(entry.Header.LengthBytes >= entry.Header.HeaderBytes + RecordLayout.TrailerBytes);
                end += entry.Header.AlignedBytes;
                Assert.True(entry.OffsetBytes + (long)entry.Header.LengthBytes <= endBytes);
                Assert.True(!entry.IsMessage || (entry.Bytes.Length == entry.Header.SubjectBytes && entry.PlainBytes >= entry.Bytes.Length));
                Assert.True(++entries <= content.Length, "an entry out of nothing");
            }
            Assert.False(decoder.TryRead(entry));
        });
    }

    private static RecordEntry[] Entries(Random random, bool isRewritten) =>
        [.. Enumerable.Range(0, random.Next(60)).Select(_ => random.Next(4) == 0 ? Fact(random, isRewritten) : Message(random, isRewritten))];

    private static RecordEntry Message(Random random, bool isRewritten)
    {
        byte[] subject = new byte[random.Next(random.Next(20) == 0 ? 3_000 : 30)];
        for (int i = 0; i < subject.Length; i++)
            subject[i] = (byte)random.Next(random.Next(3) == 0 ? 256 : 2);
        var entry = new RecordEntry
        {
            Header = Header(random, isRewritten, RecordKind.Message),
            Facts = new MessageFacts { TimestampNanos = random.NextInt64() },
        };
        entry.Header.SubjectBytes = (ushort)subject.Length;
        entry.Header.HeadersBytes = random.Next(2) * random.Next(1 << 20);
        bool isTame = random.Next(2) == 0;
        if (isTame)
            Tame(ref entry.Header, ref entry.Facts);
        RecordFlags flags = entry.Header.Flags;
        if ((flags & RecordFlags.HasExpiry) != 0)
            entry.Facts.ExpiresAtNanos = random.Next(2) == 0 ? long.MaxValue : random.NextInt64();
        if ((flags & RecordFlags.HasDropped) != 0)
            entry.Facts.Dropped = (ulong)random.NextInt64(isTame ? 100 : long.MaxValue);
        if ((flags & RecordFlags.HasFloor) != 0)
            entry.Facts.Floor = (ulong)random.NextInt64(isTame ? 100 : long.MaxValue);
        if ((flags & RecordFlags.BatchEnd) != 0)
            entry.Facts.BatchSize = (ulong)random.NextInt64();
        int storedBytes = random.Next(random.Next(2) == 0 ? 300 : 1 << 16);
        entry.Header.TakeForm(in entry.Facts, subject.Length + storedBytes, isRewritten);
        entry.PlainBytes = subject.Length + (entry.Header.IsCompressed ? random.Next(1 << 20) : storedBytes);
        entry.Set(subject, []);
        return entry;
    }

    /// <summary>Makes of a message one that the compact form can hold, most likely.</summary>
    private static void Tame(ref RecordHeader header, ref MessageFacts facts)
    {
        header.Flags &= ~(RecordFlags.BatchMember | RecordFlags.BatchEnd);
        header.HeadersBytes &= 0xFFF;
        header.StreamId &= 0xFFFF;
        header.Sequence &= 0xFFFF_FFF;
        header.UnsyncedBytes &= 0x7F_FFFF;
        facts.TimestampNanos -= facts.TimestampNanos % CompactForm.NanosPerTick;
    }

    private static RecordEntry Fact(Random random, bool isRewritten)
    {
        byte[] body = new byte[random.Next(200)];
        random.NextBytes(body);
        var entry = new RecordEntry { Header = Header(random, isRewritten, (RecordKind)random.Next(5, 13)) };
        entry.Header.LengthBytes = RecordLayout.HeaderBytes + body.Length + RecordLayout.TrailerBytes;
        entry.Set(body, []);
        return entry;
    }

    private static RecordHeader Header(Random random, bool isRewritten, RecordKind kind) => new()
    {
        Kind = kind,
        Flags = (RecordFlags)random.Next(256),
        StreamId = random.Next(3) == 0 ? (uint)random.Next() : 1,
        Sequence = (ulong)random.NextInt64(random.Next(2) == 0 ? 100 : long.MaxValue),
        UnsyncedBytes = isRewritten ? (uint)random.Next() : 0,
    };

    private static byte[] Encode(RecordEntry[] entries, bool isRewritten, out int endBytes)
    {
        using var encoder = new SnapshotEncoder(isRewritten);
        endBytes = SegmentHeader.AreaBytes;
        foreach (RecordEntry entry in entries)
        {
            entry.OffsetBytes = endBytes;
            endBytes += entry.Header.AlignedBytes;
            encoder.Add(entry);
        }
        return [.. encoder.Written];
    }

    private static byte[] Spoiled(Random random)
    {
        bool isRewritten = random.Next(2) == 0;
        byte[] content = Encode(Entries(random, isRewritten), isRewritten, out _);
        if (content.Length == 0 || random.Next(4) == 0)
        {
            content = new byte[random.Next(300)];
            random.NextBytes(content);
            return content;
        }
        for (int i = random.Next(1, 6); i > 0; i--)
            content[random.Next(content.Length)] = random.Next(3) == 0 ? (byte)255 : (byte)random.Next(256);
        return random.Next(3) == 0 ? content[..random.Next(content.Length + 1)] : content;
    }
}

using System.Globalization;
using System.Text;
using Rivulet.TestKit.Simulation;

namespace Rivulet.Storage.Tests.Recovery;

/// <summary>A reader that goes through a stream in order reads ahead, and sees what it would have seen without.</summary>
public sealed class ReadAheadTests
{
    [Fact]
    public void A_reader_in_order_comes_to_the_disk_seldom()
    {
        using var store = new DiskStore(new SimulatedFileSystem(), segmentBytes: 256 << 10);
        StreamLog stream = Fill(store, 1000);
        using var message = new StoredMessage();
        for (ulong sequence = 1; sequence <= 3; sequence++)
            Assert.Equal(Value(sequence), Read(stream, sequence, message));
        store.Disk.FailsReads = true;
        ulong ahead = 3;
        while (stream.Read(ahead + 1, message) == ReadStatus.Found)
            Assert.Equal(Value(++ahead), Encoding.UTF8.GetString(message.Payload));
        Assert.InRange(ahead, 50UL, 500UL);

        // A lease that gave it back, and another one, have nothing.
        message.ReleaseAhead();
        Assert.Equal(ReadStatus.Failed, stream.Read(4, message));
        store.Disk.FailsReads = false;
        for (ulong sequence = 1; sequence <= 1000; sequence++)
            Assert.Equal(Value(sequence), Read(stream, sequence, message));
    }

    [Fact]
    public void A_message_that_was_not_there_when_its_place_was_read_is_found()
    {
        using var store = new DiskStore(new SimulatedFileSystem(), segmentBytes: 256 << 10);
        StreamLog stream = Fill(store, 5);
        using var message = new StoredMessage();
        for (ulong sequence = 1; sequence <= 200; sequence++)
        {
            Assert.Equal(Value(sequence), Read(stream, sequence, message));
            Put(stream, sequence + 5);
            store.Commit();
        }
    }

    [Fact]
    public void Removed_and_rewritten_messages_are_what_they_are()
    {
        using var store = new DiskStore(new SimulatedFileSystem());
        StreamLog stream = Fill(store, 600);
        using var message = new StoredMessage();
        for (ulong sequence = 1; sequence <= 600; sequence++)
        {
            bool isRemoved = sequence % 3 == 0 || sequence % 7 == 0;
            Assert.Equal(isRemoved ? "" : Value(sequence), Read(stream, sequence, message));
            if (sequence % 10 != 1)
                continue;
            for (ulong later = sequence + 1; later <= sequence + 10 && later <= 600; later++)
            {
                if (later % 3 == 0 || later % 7 == 0)
                    stream.Remove(later, erase: later % 2 == 0);
            }
            store.Commit();
            store.Store.RunCompaction();
        }
    }

    private static StreamLog Fill(DiskStore store, int count)
    {
        StreamLog stream = store.CreateStream("S");
        for (int i = 1; i <= count; i++)
            Put(stream, (ulong)i);
        store.Commit();
        return stream;
    }

    private static void Put(StreamLog stream, ulong sequence) => stream.Put("k." + sequence, Value(sequence));

    private static string Value(ulong sequence) => string.Create(CultureInfo.InvariantCulture, $"value of {sequence}");

    private static string Read(StreamLog stream, ulong sequence, StoredMessage message) =>
        stream.Read(sequence, message) == ReadStatus.Found ? Encoding.UTF8.GetString(message.Payload) : "";
}

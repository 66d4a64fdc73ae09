using System.Buffers;
using System.Text;
using Rivulet.JetStream.Backups;

namespace Rivulet.JetStream.Tests.Backups;

/// <summary>A backup in a test: takes one apart, or puts one together.</summary>
internal sealed class Backup
{
    private readonly ByteQueue _plain = new();

    public Backup() => Archive.WriteStart(_plain);

    /// <summary>One entry.</summary>
    public sealed record Entry(string Name, long TimestampNanos, ulong Sequence, string Headers, string Payload);

    /// <summary>The entries of a backup.</summary>
    public static List<Entry> Read(byte[] backup)
    {
        var framed = new ByteQueue();
        var plain = new ByteQueue();
        bool isStarted = false;
        framed.Write(backup);
        while (S2Frames.TryRead(framed, plain, ref isStarted))
        {
        }

        Assert.Equal(0, framed.Length);
        Assert.True(Archive.TryReadStart(plain));
        var entries = new List<Entry>();
        while (Archive.TryRead(plain, out ArchiveEntry entry, out int length))
        {
            entries.Add(new Entry(
                Encoding.UTF8.GetString(entry.Name),
                entry.TimestampNanos,
                entry.Sequence,
                Encoding.UTF8.GetString(entry.Headers),
                Encoding.UTF8.GetString(entry.Payload)));
            plain.Consume(length);
            if (plain.Length == 0)
                break;
        }

        return entries;
    }

    /// <summary>Adds an entry.</summary>
    public Backup Add(string name, string payload, ulong sequence = 0, string headers = "", long timestampNanos = 1)
    {
        Archive.Write(_plain, new ArchiveEntry
        {
            Name = Encoding.UTF8.GetBytes(name),
            TimestampNanos = timestampNanos,
            Sequence = sequence,
            Headers = Encoding.UTF8.GetBytes(headers),
            Payload = Encoding.UTF8.GetBytes(payload),
        });
        return this;
    }

    /// <summary>Adds the entry that ends a backup.</summary>
    public Backup End()
    {
        Archive.Write(_plain, default);
        return this;
    }

    /// <summary>The bytes of the backup.</summary>
    public byte[] ToBytes()
    {
        var framed = new ByteQueue();
        S2Frames.WriteStart(framed);
        while (_plain.Length > 0)
        {
            int part = Math.Min(_plain.Length, S2Block.PlainBytesMax);
            S2Frames.Write(_plain.Unread[..part], framed, S2Block.NewTable());
            _plain.Consume(part);
        }

        return framed.Unread.ToArray();
    }
}

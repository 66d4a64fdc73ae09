using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Consumers;
using Rivulet.JetStream.Consumers.Acks;
using Rivulet.JetStream.Consumers.Configuration;

namespace Rivulet.JetStream.Backups;

/// <summary>
/// A consumer in a backup: an entry named <c>consumers/&lt;name&gt;</c> that holds configuration and state as JSON.
/// <code>
/// {"config":{…},"state":{"delivered":{"consumer_seq":7,"stream_seq":9},"ack_floor":{…},
///   "pending":{"&lt;stream sequence&gt;":{"Sequence":&lt;consumer sequence&gt;,"Timestamp":&lt;delivered, nanoseconds&gt;}},
///   "redelivered":{"&lt;stream sequence&gt;":&lt;deliveries after the first&gt;}}}
/// </code>
/// What was given up after too many deliveries is among the redelivered and not pending.
/// </summary>
internal sealed class BackupConsumer
{
    private const string NamePrefix = "consumers/";

    private BackupConsumer(string name, ConsumerConfig config, AckState acks)
    {
        Name = name;
        Config = config;
        Acks = acks;
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Its configuration.</summary>
    public ConsumerConfig Config { get; }

    /// <summary>What it has delivered.</summary>
    public AckState Acks { get; }

    /// <summary>Name of a consumer's entry.</summary>
    public static byte[] EntryNameOf(string consumer) => Encoding.UTF8.GetBytes(NamePrefix + consumer);

    /// <summary>Writes what the entry of a consumer holds. Takes the consumer's lock.</summary>
    /// <param name="consumer">The consumer.</param>
    /// <param name="lastSequence">The last message of the backup: of what came later nothing is said.</param>
    public static byte[] Write(Consumer consumer, ulong lastSequence)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            lock (consumer.Gate)
            {
                json.WriteStartObject();
                json.WritePropertyName("config");
                json.WriteRawValue(consumer.Config.ToJson());
                json.WriteStartObject("state");
                WriteState(json, consumer.Acks, lastSequence);
                json.WriteEndObject();
                json.WriteEndObject();
            }
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads an entry.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="lastSequence">The last message of the backup.</param>
    /// <exception cref="InvalidDataException">It is another one, or says what cannot be.</exception>
    public static BackupConsumer Read(in ArchiveEntry entry, ulong lastSequence)
    {
        string name = Encoding.UTF8.GetString(entry.Name);
        if (!name.StartsWith(NamePrefix, StringComparison.Ordinal))
            throw new InvalidDataException($"expected consumer, found {GoText.Quote(name)}");
        name = name[NamePrefix.Length..];
        var read = new Fields();
        if (!RequestReader.TryReadOne(entry.Payload, "SnapshotConsumerState", strict: false, read, ReadMember))
            throw new InvalidDataException($"failed to decode consumer {GoText.Quote(name)} state");
        if (!read.HasConfig || !read.HasState)
            throw new InvalidDataException($"consumer {GoText.Quote(name)} is missing {(read.HasConfig ? "state" : "config")}");
        return new BackupConsumer(name, read.Config, AcksOf(read, lastSequence));
    }

    private static AckState AcksOf(Fields read, ulong lastSequence)
    {
        // A consumer that is ahead of the backup starts behind it.
        var delivered = new SequencePair(
            read.Delivered.ConsumerSequence, Math.Min(read.Delivered.StreamSequence, lastSequence));
        var floor = new SequencePair(
            Math.Min(read.Floor.ConsumerSequence, delivered.ConsumerSequence),
            Math.Min(read.Floor.StreamSequence, delivered.StreamSequence));
        bool hasAcks = read.Config.AckPolicy != AckPolicy.None;
        var acks = new AckState(read.Config.AckPolicy, delivered, hasAcks ? floor : delivered);
        foreach ((ulong sequence, Pending pending) in read.Waiting)
        {
            if (!hasAcks || sequence <= acks.Floor.StreamSequence || sequence > delivered.StreamSequence)
                continue;
            uint deliveries = 1 + read.Redelivered.GetValueOrDefault(sequence);
            acks.Pending.Add(new PendingAck(
                new SequencePair(pending.Sequence, sequence),
                deliveries,
                pending.TimestampNanos,
                read.Config.DeadlineNanos(pending.TimestampNanos, deliveries)));
        }

        foreach ((ulong sequence, uint deliveries) in read.Redelivered)
        {
            if (read.Config.MaxDeliver > 0 && !read.Waiting.ContainsKey(sequence) && sequence <= delivered.StreamSequence)
                acks.RestoreGivenUp(sequence, deliveries);
        }

        return acks;
    }

    private static void WriteState(Utf8JsonWriter json, AckState acks, ulong lastSequence)
    {
        WritePair(json, "delivered", acks.Delivered, lastSequence);
        WritePair(json, "ack_floor", acks.Floor, lastSequence);
        var pending = new List<PendingAck>();
        acks.Pending.CopyTo(pending);
        pending.RemoveAll(ack => ack.Sequences.StreamSequence > lastSequence);
        if (pending.Count > 0)
        {
            json.WriteStartObject("pending");
            foreach (PendingAck ack in pending)
            {
                json.WriteStartObject(NameOf(ack.Sequences.StreamSequence));
                json.WriteNumber("Sequence", ack.Sequences.ConsumerSequence);
                json.WriteNumber("Timestamp", ack.DeliveredNanos);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        WriteRedelivered(json, pending, acks.Exhausted);
    }

    private static void WriteRedelivered(
        Utf8JsonWriter json, List<PendingAck> pending, IReadOnlyDictionary<ulong, uint> exhausted)
    {
        var redelivered = new SortedDictionary<ulong, uint>();
        foreach (PendingAck ack in pending.Where(ack => ack.Deliveries > 1))
            redelivered[ack.Sequences.StreamSequence] = ack.Deliveries - 1;
        foreach ((ulong sequence, uint deliveries) in exhausted)
            redelivered[sequence] = deliveries;
        if (redelivered.Count == 0)
            return;
        json.WriteStartObject("redelivered");
        foreach ((ulong sequence, uint count) in redelivered)
            json.WriteNumber(NameOf(sequence), count);
        json.WriteEndObject();
    }

    private static void WritePair(Utf8JsonWriter json, string name, SequencePair pair, ulong lastSequence)
    {
        json.WriteStartObject(name);
        json.WriteNumber("consumer_seq", pair.ConsumerSequence);
        json.WriteNumber("stream_seq", Math.Min(pair.StreamSequence, lastSequence));
        json.WriteEndObject();
    }

    private static string NameOf(ulong sequence) => sequence.ToString(CultureInfo.InvariantCulture);

    private static bool ReadMember(ref RequestReader json, Fields read)
    {
        if (json.Is("config"))
        {
            read.HasConfig = true;
            json.Members(read.Config, ConsumerConfigReader.ReadMember, "server.ConsumerConfig");
        }
        else if (json.Is("state"))
        {
            read.HasState = true;
            json.Members(read, ReadState, "server.ConsumerState");
        }
        else
        {
            return false;
        }

        return true;
    }

    private static bool ReadState(ref RequestReader json, Fields read)
    {
        if (json.Is("delivered"))
            json.Members(read.Delivered, ReadPair, "server.SequencePair");
        else if (json.Is("ack_floor"))
            json.Members(read.Floor, ReadPair, "server.SequencePair");
        else if (json.Is("pending"))
            json.Members(read.Waiting, ReadPending, "map[uint64]*server.Pending");
        else if (json.Is("redelivered"))
            json.Members(read.Redelivered, ReadRedelivered, "map[uint64]uint64");
        else
            return false;
        return true;
    }

    private static bool ReadPair(ref RequestReader json, Pair pair)
    {
        if (json.Is("consumer_seq"))
            pair.ConsumerSequence = json.UInt64(pair.ConsumerSequence);
        else if (json.Is("stream_seq"))
            pair.StreamSequence = json.UInt64(pair.StreamSequence);
        else
            return false;
        return true;
    }

    private static bool ReadPending(ref RequestReader json, SortedDictionary<ulong, Pending> waiting)
    {
        if (!TryReadSequence(json.Name, out ulong sequence))
            return false;
        var pending = new Pending();
        json.Members(pending, ReadOnePending, "server.Pending");
        waiting[sequence] = pending;
        return true;
    }

    private static bool ReadOnePending(ref RequestReader json, Pending pending)
    {
        if (json.Is("Sequence"))
            pending.Sequence = json.UInt64(pending.Sequence);
        else if (json.Is("Timestamp"))
            pending.TimestampNanos = json.Int64(pending.TimestampNanos);
        else
            return false;
        return true;
    }

    private static bool ReadRedelivered(ref RequestReader json, SortedDictionary<ulong, uint> redelivered)
    {
        if (!TryReadSequence(json.Name, out ulong sequence))
            return false;
        redelivered[sequence] = (uint)Math.Min(json.UInt64(0), int.MaxValue);
        return true;
    }

    private static bool TryReadSequence(string name, out ulong sequence) =>
        ulong.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out sequence);

    /// <summary>The entry as it is read.</summary>
    private sealed class Fields
    {
        public ConsumerConfig Config { get; } = new();

        public bool HasConfig { get; set; }

        public bool HasState { get; set; }

        public Pair Delivered { get; } = new();

        public Pair Floor { get; } = new();

        public SortedDictionary<ulong, Pending> Waiting { get; } = [];

        public SortedDictionary<ulong, uint> Redelivered { get; } = [];
    }

    private sealed class Pair
    {
        public ulong ConsumerSequence { get; set; }

        public ulong StreamSequence { get; set; }
    }

    private sealed class Pending
    {
        public ulong Sequence { get; set; }

        public long TimestampNanos { get; set; }
    }
}

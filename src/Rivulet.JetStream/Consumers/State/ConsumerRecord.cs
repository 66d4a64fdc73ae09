using Rivulet.JetStream.Consumers.Acks;
using Rivulet.JetStream.Consumers.Configuration;

namespace Rivulet.JetStream.Consumers.State;

/// <summary>
/// The whole of a consumer as it is kept with its stream: configuration and state. Changes are appended to it by
/// <see cref="ConsumerChanges"/>. Layout: docs/formats/consumer-record.md.
/// </summary>
internal static class ConsumerRecord
{
    /// <summary>Raised when an older server could misread what a newer one writes.</summary>
    public const byte Version = 1;

    private const string KeyPrefix = "consumer.";

    /// <summary>Key of a consumer among the attachments of its stream.</summary>
    public static string KeyOf(string consumer) => KeyPrefix + consumer;

    /// <summary>Whether an attachment belongs to a consumer, and to which.</summary>
    public static bool TryGetName(string key, out string consumer)
    {
        bool isOurs = key.StartsWith(KeyPrefix, StringComparison.Ordinal);
        consumer = isOurs ? key[KeyPrefix.Length..] : "";
        return isOurs;
    }

    /// <summary>Writes a consumer.</summary>
    /// <param name="into">Receives the record.</param>
    /// <param name="configuration">Its configuration as JSON.</param>
    /// <param name="createdNanos">When it was created, nanoseconds since 1970.</param>
    /// <param name="state">Its state.</param>
    /// <param name="scratch">A list to work with; its contents are lost.</param>
    public static void Write(
        VarintWriter into, ReadOnlySpan<byte> configuration, long createdNanos, AckState state, List<PendingAck> scratch)
    {
        into.Byte(Version);
        into.Bytes(configuration);
        into.Time(createdNanos);
        into.Number(state.Delivered.ConsumerSequence);
        into.Number(state.Delivered.StreamSequence);
        into.Number(state.Floor.ConsumerSequence);
        into.Number(state.Floor.StreamSequence);

        scratch.Clear();
        state.Pending.CopyTo(scratch);
        into.Number((ulong)scratch.Count);
        foreach (PendingAck ack in scratch)
        {
            into.Number(ack.Sequences.StreamSequence);
            into.Number(ack.Sequences.ConsumerSequence);
            into.Number(ack.Deliveries);
            into.Time(ack.DeadlineNanos);
        }

        into.Number((ulong)state.Exhausted.Count);
        foreach ((ulong sequence, uint deliveries) in state.Exhausted)
        {
            into.Number(sequence);
            into.Number(deliveries);
        }
    }

    /// <summary>Reads a consumer.</summary>
    /// <exception cref="InvalidDataException">It is not a consumer record, or one of a later version.</exception>
    public static (ConsumerConfig Config, long CreatedNanos, AckState State) Read(ReadOnlySpan<byte> record)
    {
        var reader = new VarintReader(record);
        byte version = reader.Byte();
        if (version != Version)
            throw new InvalidDataException($"The consumer record has version {version}, this server knows {Version}.");

        var config = new ConsumerConfig();
        if (ConsumerConfigReader.ReadStored(reader.Bytes(), config) is { } mistake)
            throw new InvalidDataException($"The consumer's configuration can not be read: {mistake}.");
        long createdNanos = reader.Time();
        var delivered = new SequencePair(reader.Number(), reader.Number());
        var floor = new SequencePair(reader.Number(), reader.Number());
        var state = new AckState(config.AckPolicy, delivered, floor);
        for (int left = reader.Count(); left > 0; left--)
            ReadPending(ref reader, state, config);
        for (int left = reader.Count(); left > 0; left--)
            state.RestoreGivenUp(reader.Number(), (uint)reader.Number());
        return (config, createdNanos, state);
    }

    private static void ReadPending(ref VarintReader reader, AckState state, ConsumerConfig config)
    {
        ulong streamSequence = reader.Number();
        var sequences = new SequencePair(reader.Number(), streamSequence);
        uint deliveries = (uint)reader.Number();
        long deadlineNanos = reader.Time();
        state.Pending.Add(new PendingAck(sequences, deliveries, deadlineNanos - config.AckWaitNanos, deadlineNanos));
    }
}

using Rivulet.JetStream.Consumers.Acks;

namespace Rivulet.JetStream.Consumers.State;

/// <summary>
/// Changes of a consumer's state, in the order in which they happened. Replaying them over the state that they were made
/// from gives the state that they led to. Layout: docs/formats/consumer-record.md.
/// </summary>
/// <remarks>Guarded by the consumer's lock.</remarks>
internal sealed class ConsumerChanges
{
    private readonly VarintWriter _writer = new();

    /// <summary>Numbers reach the disk: they are never given another meaning.</summary>
    internal enum Kind : byte
    {
        Delivered = 1,
        Redelivered = 2,
        Acknowledged = 3,
        AcknowledgedAll = 4,
        GivenUp = 5,
        PutOff = 6,
        Undone = 7,
        SkippedTo = 8,
    }

    /// <summary>The changes since the last <see cref="Clear"/>.</summary>
    public ReadOnlySpan<byte> Written => _writer.Written;

    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => _writer.Length == 0;

    /// <summary>Forgets the changes: they are appended, or a whole record has taken their place.</summary>
    public void Clear() => _writer.Clear();

    /// <summary>A first delivery.</summary>
    public void Delivered(ulong streamSequence, long deadlineNanos) =>
        Timed(Kind.Delivered, streamSequence, deadlineNanos);

    /// <summary>A further delivery.</summary>
    public void Redelivered(ulong streamSequence, long deadlineNanos) =>
        Timed(Kind.Redelivered, streamSequence, deadlineNanos);

    /// <summary>An ack, or a message that is not wanted any more.</summary>
    public void Acknowledged(ulong streamSequence) => Plain(Kind.Acknowledged, streamSequence);

    /// <summary>An ack of everything up to a delivery.</summary>
    public void AcknowledgedAll(SequencePair upTo)
    {
        Plain(Kind.AcknowledgedAll, upTo.StreamSequence);
        _writer.Number(upTo.ConsumerSequence);
    }

    /// <summary>Too many deliveries.</summary>
    public void GivenUp(ulong streamSequence) => Plain(Kind.GivenUp, streamSequence);

    /// <summary>A later deadline.</summary>
    public void PutOff(ulong streamSequence, long deadlineNanos) => Timed(Kind.PutOff, streamSequence, deadlineNanos);

    /// <summary>A delivery that nobody was there for.</summary>
    public void Undone(ulong streamSequence, SequencePair before, bool redelivery)
    {
        Plain(Kind.Undone, streamSequence);
        _writer.Number(before.ConsumerSequence);
        _writer.Number(before.StreamSequence);
        _writer.Byte(redelivery ? (byte)1 : (byte)0);
    }

    /// <summary>Everything up to a sequence has left the stream.</summary>
    public void SkippedTo(ulong streamSequence) => Plain(Kind.SkippedTo, streamSequence);

    /// <summary>Applies changes to the state that they were made from.</summary>
    /// <param name="changes">What was written.</param>
    /// <param name="state">The state.</param>
    /// <param name="ackWaitNanos">How long acks may take, to tell the time of a delivery from its deadline.</param>
    /// <param name="settled">Receives the messages that were acknowledged; <c>null</c> if nobody asks.</param>
    /// <exception cref="InvalidDataException">These are no changes, or of a kind of a later version.</exception>
    public static void Replay(ReadOnlySpan<byte> changes, AckState state, long ackWaitNanos, ICollection<ulong>? settled = null)
    {
        var reader = new VarintReader(changes);
        while (!reader.IsAtEnd)
        {
            var kind = (Kind)reader.Byte();
            ulong streamSequence = reader.Number();
            switch (kind)
            {
                case Kind.Delivered:
                    long deadline = reader.Time();

                    // Delivered before: what said that it was taken back is damaged.
                    if (streamSequence <= state.Delivered.StreamSequence)
                        state.Redeliver(streamSequence, deadline - ackWaitNanos, deadline);
                    else
                        state.Deliver(streamSequence, deadline - ackWaitNanos, deadline);
                    break;
                case Kind.Redelivered:
                    deadline = reader.Time();
                    state.Redeliver(streamSequence, deadline - ackWaitNanos, deadline);
                    break;
                case Kind.Acknowledged:
                    state.Acknowledge(streamSequence, out _);
                    settled?.Add(streamSequence);
                    break;
                case Kind.AcknowledgedAll:
                    state.AcknowledgeAll(new SequencePair(reader.Number(), streamSequence), settled);
                    break;
                case Kind.GivenUp:
                    state.GiveUp(streamSequence);
                    break;
                case Kind.PutOff:
                    deadline = reader.Time();
                    state.PutOff(streamSequence, deadline - ackWaitNanos, deadline);
                    break;
                case Kind.Undone:
                    var before = new SequencePair(reader.Number(), reader.Number());
                    state.Undo(streamSequence, before, reader.Byte() != 0);
                    break;
                case Kind.SkippedTo:
                    state.SkipTo(streamSequence);
                    break;
                default:
                    throw new InvalidDataException($"Consumer change {(byte)kind} is unknown to this server.");
            }
        }
    }

    private void Plain(Kind kind, ulong streamSequence)
    {
        _writer.Byte((byte)kind);
        _writer.Number(streamSequence);
    }

    private void Timed(Kind kind, ulong streamSequence, long nanos)
    {
        Plain(kind, streamSequence);
        _writer.Time(nanos);
    }
}

namespace Rivulet.JetStream.Consumers.Acks;

/// <summary>
/// A place in a consumer's history, counted both ways. Kept as one value so that the two counts are never mixed up.
/// </summary>
/// <param name="ConsumerSequence">Number of deliveries up to here, redeliveries included; 0 before the first one.</param>
/// <param name="StreamSequence">Sequence in the stream of the message meant.</param>
internal readonly record struct SequencePair(ulong ConsumerSequence, ulong StreamSequence);

namespace Rivulet.Client.JetStream;

/// <summary>What the reply subject of a delivered message tells.</summary>
/// <param name="Stream">Name of the stream.</param>
/// <param name="Consumer">Name of the consumer.</param>
/// <param name="Deliveries">How often it was delivered, this time included.</param>
/// <param name="StreamSequence">Its sequence in the stream.</param>
/// <param name="ConsumerSequence">Sequence of this delivery, counted by the consumer.</param>
/// <param name="Timestamp">When it was stored.</param>
/// <param name="Pending">Messages that match and come after it.</param>
/// <param name="Domain">Domain of the server, null if it has none.</param>
public sealed record JetStreamMessageMetadata(
    string Stream,
    string Consumer,
    ulong Deliveries,
    ulong StreamSequence,
    ulong ConsumerSequence,
    DateTimeOffset Timestamp,
    ulong Pending,
    string? Domain);

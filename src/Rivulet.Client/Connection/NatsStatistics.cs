namespace Rivulet.Client;

/// <summary>Counters of a connection since it was opened, over all reconnects.</summary>
/// <param name="ReceivedMessages">Messages received.</param>
/// <param name="ReceivedBytes">Payloads and headers received, in bytes.</param>
/// <param name="SentMessages">Messages published.</param>
/// <param name="SentBytes">Payloads and headers published, in bytes.</param>
/// <param name="Reconnects">Successful reconnects.</param>
/// <param name="DroppedMessages">Messages dropped because a subscription's reader was too slow.</param>
public readonly record struct NatsStatistics(
    long ReceivedMessages,
    long ReceivedBytes,
    long SentMessages,
    long SentBytes,
    long Reconnects,
    long DroppedMessages);

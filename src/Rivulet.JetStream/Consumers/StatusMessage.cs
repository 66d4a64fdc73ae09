using System.Text;

namespace Rivulet.JetStream.Consumers;

/// <summary>
/// The header blocks of messages that carry a status and no payload: answers to pull requests, heartbeats and flow control.
/// </summary>
/// <remarks>Texts and header names are those clients look for; see ADR-13 and ADR-15 of the NATS architecture.</remarks>
internal static class StatusMessage
{
    /// <summary>Nothing there for a request that does not wait.</summary>
    public static ReadOnlySpan<byte> NoMessages => "NATS/1.0 404 No Messages\r\n\r\n"u8;

    /// <summary>Requests that came before want more than there is.</summary>
    public static ReadOnlySpan<byte> RequestsPending => "NATS/1.0 408 Requests Pending\r\n\r\n"u8;

    /// <summary>The queue of waiting requests is full.</summary>
    public static ReadOnlySpan<byte> MaxWaitingExceeded => "NATS/1.0 409 Exceeded MaxWaiting\r\n\r\n"u8;

    /// <summary>A pull request for a consumer that delivers by itself.</summary>
    public static ReadOnlySpan<byte> PushBased => "NATS/1.0 409 Consumer is push based\r\n\r\n"u8;

    /// <summary>The consumer went away while the request waited.</summary>
    public static ReadOnlySpan<byte> ConsumerDeleted => "NATS/1.0 409 Consumer Deleted\r\n\r\n"u8;

    /// <summary>The request wants an API level that this server does not have.</summary>
    public static ReadOnlySpan<byte> RequiredApiLevel => "NATS/1.0 412 Required Api Level\r\n\r\n"u8;

    /// <summary>The pull request names a pin that is not the current one.</summary>
    public static ReadOnlySpan<byte> PinMismatch => "NATS/1.0 423 Nats-Pin-Id mismatch\r\n\r\n"u8;

    /// <summary>Asks a push consumer's client to answer on the reply subject once it has come this far.</summary>
    public static ReadOnlySpan<byte> FlowControlRequest => "NATS/1.0 100 FlowControl Request\r\n\r\n"u8;

    /// <summary>A pull request that ends, with what was still wanted from it.</summary>
    /// <param name="status">Code and text, for example <c>408 Request Timeout</c>.</param>
    /// <param name="messages">Messages still wanted.</param>
    /// <param name="bytes">Bytes still wanted.</param>
    public static byte[] Ended(string status, long messages, long bytes) =>
        Encoding.UTF8.GetBytes(
            $"NATS/1.0 {status}\r\nNats-Pending-Messages: {messages}\r\nNats-Pending-Bytes: {bytes}\r\n\r\n");

    /// <summary>A pull request that is refused.</summary>
    public static byte[] Refused(string status) => Encoding.UTF8.GetBytes($"NATS/1.0 {status}\r\n\r\n");

    /// <summary>Tells a quiet client how far the consumer has come, and which flow control request it waits for.</summary>
    /// <param name="lastConsumerSequence">Last delivery.</param>
    /// <param name="lastStreamSequence">Last sequence of the stream that was looked at.</param>
    /// <param name="stalledOn">Reply subject of the open flow control request; empty for none.</param>
    public static byte[] IdleHeartbeat(
        ulong lastConsumerSequence,
        ulong lastStreamSequence,
        ReadOnlySpan<byte> stalledOn)
    {
        string stalled = stalledOn.IsEmpty ? "" : $"Nats-Consumer-Stalled: {Encoding.UTF8.GetString(stalledOn)}\r\n";
        return Encoding.UTF8.GetBytes(
            $"NATS/1.0 100 Idle Heartbeat\r\nNats-Last-Consumer: {lastConsumerSequence}\r\n"
            + $"Nats-Last-Stream: {lastStreamSequence}\r\n{stalled}\r\n");
    }
}

using System.Buffers.Text;
using System.Text;

namespace Rivulet.Client.JetStream;

/// <summary>What a status message means for the pull that it answers.</summary>
internal enum PullStatusKind
{
    /// <summary>The server is alive; the pull goes on.</summary>
    Heartbeat,

    /// <summary>The pull is over; another may follow.</summary>
    Ended,

    /// <summary>Nobody answers: no such consumer, or the server is not ready.</summary>
    NoResponders,

    /// <summary>The consumer is gone or refuses such pulls.</summary>
    Failed,
}

/// <summary>Reads the status messages of a pull consumer.</summary>
internal static class PullStatus
{
    public static PullStatusKind Classify(NatsMessage message)
    {
        ReadOnlySpan<byte> description = message.HeaderBlock.Description;
        switch (message.Status)
        {
            case 100:
                return PullStatusKind.Heartbeat;
            case 404 or 408:
                return PullStatusKind.Ended;
            case 409 when description.SequenceEqual("Batch Completed"u8)
                || description.SequenceEqual("Message Size Exceeds MaxBytes"u8)
                || description.SequenceEqual("Leadership Change"u8)
                || description.SequenceEqual("Server Shutdown"u8):
                return PullStatusKind.Ended;
            case 503:
                return PullStatusKind.NoResponders;
            default:
                return PullStatusKind.Failed;
        }
    }

    public static JetStreamStatusException ToException(NatsMessage message) =>
        new(message.Status, Encoding.UTF8.GetString(message.HeaderBlock.Description));

    /// <summary>Messages that an ended pull had asked for and did not get; 0 where the server does not say.</summary>
    public static int Undelivered(NatsMessage message) =>
        message.HeaderBlock.TryGet("Nats-Pending-Messages"u8, out ReadOnlySpan<byte> value)
        && Utf8Parser.TryParse(value, out int count, out _)
            ? count
            : 0;
}

using Rivulet.JetStream.Consumers.Configuration;

namespace Rivulet.JetStream.Consumers.Pull;

/// <summary>
/// A pull request that waits for messages. <see cref="WaitingQueue"/> owns these objects and uses them again; nobody keeps
/// one across a release of the consumer's lock without comparing <see cref="Ticket"/>.
/// </summary>
internal sealed class WaitingRequest
{
    private byte[] _reply = [];
    private int _replyLength;

    /// <summary>Number of this use of the object, never twice the same. 0 while it is not in the queue.</summary>
    public long Ticket { get; set; }

    /// <summary>What was asked for.</summary>
    public PullRequest Asked { get; private set; }

    /// <summary>Messages still wanted. It ends when there are none; a request for less than one message gets one.</summary>
    public long MessagesLeft { get; set; }

    /// <summary>Messages delivered to it.</summary>
    public long Delivered { get; set; }

    /// <summary>Bytes still wanted; 0 for no such limit.</summary>
    public long BytesLeft { get; set; }

    /// <summary>When it came, nanoseconds since 1970.</summary>
    public long ReceivedNanos { get; private set; }

    /// <summary>When it ends, nanoseconds since 1970; <see cref="long.MaxValue"/> for never.</summary>
    public long ExpiresAtNanos { get; private set; }

    /// <summary>When it gets a heartbeat, nanoseconds since 1970; <see cref="long.MaxValue"/> for never.</summary>
    public long HeartbeatAtNanos { get; set; }

    /// <summary>Pin that the request shows, or that it was given; empty for none.</summary>
    public string PinId { get; set; } = "";

    /// <summary>Place among requests of a consumer with <see cref="PriorityPolicy.Prioritized"/>; lower goes first.</summary>
    public int Priority { get; private set; }

    /// <summary>Next in the queue.</summary>
    public WaitingRequest? Next { get; set; }

    /// <summary>Previous in the queue.</summary>
    public WaitingRequest? Previous { get; set; }

    /// <summary>Subject that the messages go to.</summary>
    public ReadOnlyMemory<byte> Reply => _reply.AsMemory(0, _replyLength);

    /// <summary>Takes up a request.</summary>
    public void Start(ReadOnlySpan<byte> reply, in PullRequest asked, long nowNanos)
    {
        if (_reply.Length < reply.Length)
            _reply = new byte[Math.Max(64, reply.Length)];
        reply.CopyTo(_reply);
        _replyLength = reply.Length;
        Asked = asked;
        MessagesLeft = asked.Batch;
        BytesLeft = asked.MaxBytes;
        Delivered = 0;
        ReceivedNanos = nowNanos;
        ExpiresAtNanos = asked.ExpiresNanos == 0 ? long.MaxValue : Nanos.SaturatingAdd(nowNanos, asked.ExpiresNanos);
        HeartbeatAtNanos = asked.HeartbeatNanos > 0 ? Nanos.SaturatingAdd(nowNanos, asked.HeartbeatNanos) : long.MaxValue;
        PinId = asked.PinId;
        Priority = asked.IsObject ? asked.Priority : int.MaxValue;
    }
}

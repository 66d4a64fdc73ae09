namespace Rivulet.Server.Transports;

/// <summary>How a transport call ended.</summary>
internal enum TransportStatus
{
    /// <summary><see cref="TransportResult.Bytes"/> bytes were moved; at least one unless the buffer was empty.</summary>
    Completed,

    /// <summary>Nothing could be moved without waiting. Only calls that never wait say this.</summary>
    WouldBlock,

    /// <summary>The peer ended the stream in an orderly way, or this side aborted it.</summary>
    Closed,

    /// <summary>The connection failed; <see cref="TransportResult.Error"/> says how.</summary>
    Failed,
}

/// <summary>
/// The outcome of one transport call. Peers that vanish are ordinary, so they are told here and never thrown.
/// </summary>
internal readonly struct TransportResult
{
    private TransportResult(TransportStatus status, int bytes, Exception? error)
    {
        Status = status;
        Bytes = bytes;
        Error = error;
    }

    /// <summary>How the call ended.</summary>
    public TransportStatus Status { get; }

    /// <summary>Bytes moved.</summary>
    public int Bytes { get; }

    /// <summary>What went wrong, when <see cref="Status"/> is <see cref="TransportStatus.Failed"/>.</summary>
    public Exception? Error { get; }

    /// <summary>Nothing moved, because it would have meant waiting.</summary>
    public static TransportResult WouldBlock => new(TransportStatus.WouldBlock, 0, null);

    /// <summary>The stream is over.</summary>
    public static TransportResult Closed => new(TransportStatus.Closed, 0, null);

    /// <summary>The given number of bytes moved.</summary>
    public static TransportResult Completed(int bytes)
    {
        return new(TransportStatus.Completed, bytes, null);
    }

    /// <summary>The connection failed.</summary>
    public static TransportResult Failed(Exception error)
    {
        return new(TransportStatus.Failed, 0, error);
    }
}

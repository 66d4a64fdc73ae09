namespace Rivulet.Client;

/// <summary>An answer did not come within its time.</summary>
public sealed class NatsTimeoutException : NatsException
{
    /// <summary>Creates the exception.</summary>
    public NatsTimeoutException()
        : base("timeout")
    {
    }

    /// <summary>Creates the exception with a message that says what was waited for.</summary>
    public NatsTimeoutException(string message)
        : base(message)
    {
    }
}

/// <summary>Nobody is subscribed to the subject of a request; the server said so at once.</summary>
public sealed class NatsNoRespondersException : NatsException
{
    /// <summary>Creates the exception for the subject of the request.</summary>
    public NatsNoRespondersException(string subject)
        : base("no responders available for request") => Subject = subject;

    /// <summary>The subject of the request.</summary>
    public string Subject { get; }
}

/// <summary>No server of the list could be connected to. The inner exception is the last server's.</summary>
public sealed class NatsNoServersException : NatsException
{
    /// <summary>Creates the exception with what the last server tried answered.</summary>
    public NatsNoServersException(Exception? innerException)
        : base("no servers available for connection", innerException)
    {
    }
}

/// <summary>The TLS handshake failed, or a certificate or key of ours cannot be used. The message says which and why.</summary>
public sealed class NatsTlsException : NatsException
{
    /// <summary>Creates the exception with what is wrong.</summary>
    public NatsTlsException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>The connection is closed for good. The inner exception is the reason, where there was one.</summary>
public sealed class NatsConnectionClosedException : NatsException
{
    /// <summary>Creates the exception with the reason for the close, null if the caller closed it.</summary>
    public NatsConnectionClosedException(Exception? innerException)
        : base("connection closed", innerException)
    {
    }
}

/// <summary>The connection was lost while an answer was awaited; whether the server acted on it is not known.</summary>
public sealed class NatsConnectionLostException : NatsException
{
    /// <summary>Creates the exception with a message.</summary>
    public NatsConnectionLostException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with what ended the connection.</summary>
    public NatsConnectionLostException(Exception? innerException)
        : base("connection lost", innerException)
    {
    }
}

/// <summary>More was published during a reconnect than <see cref="NatsConnectionOptions.ReconnectBufferBytes"/> holds.</summary>
public sealed class NatsReconnectBufferFullException : NatsException
{
    /// <summary>Creates the exception.</summary>
    public NatsReconnectBufferFullException()
        : base("outbound buffer limit exceeded")
    {
    }
}

/// <summary>A message is larger than the server accepts (headers and payload together).</summary>
public sealed class NatsPayloadTooLargeException : NatsException
{
    /// <summary>Creates the exception with the size of the message and the limit, in bytes.</summary>
    public NatsPayloadTooLargeException(long sizeBytes, long limitBytes)
        : base("maximum payload exceeded") => (SizeBytes, LimitBytes) = (sizeBytes, limitBytes);

    /// <summary>Headers and payload of the message, in bytes.</summary>
    public long SizeBytes { get; }

    /// <summary>The server's limit, in bytes.</summary>
    public long LimitBytes { get; }
}

/// <summary>The peer sent bytes that are not the protocol.</summary>
public sealed class NatsProtocolException : NatsException
{
    /// <summary>Creates the exception with what was wrong.</summary>
    public NatsProtocolException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with what was wrong and its cause.</summary>
    public NatsProtocolException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}

namespace Rivulet.Client;

/// <summary>The base of everything that this client throws on account of the server, the network or an answer.</summary>
/// <remarks>
/// Misuse by the caller (a null subject, a negative count) is an <see cref="ArgumentException"/>, and cancellation is an
/// <see cref="OperationCanceledException"/>; neither derives from this type. Messages carry no prefix and no full stop.
/// </remarks>
public class NatsException : Exception
{
    /// <summary>Creates the exception with a message.</summary>
    public NatsException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with a message and its cause.</summary>
    public NatsException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}

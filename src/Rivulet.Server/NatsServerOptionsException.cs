namespace Rivulet.Server;

/// <summary>A setting of the server makes no sense. The message says which one, and why.</summary>
public sealed class NatsServerOptionsException : Exception
{
    /// <summary>An exception without a message of its own.</summary>
    public NatsServerOptionsException()
    {
    }

    /// <summary>An exception that says what is wrong.</summary>
    public NatsServerOptionsException(string message)
        : base(message)
    {
    }

    /// <summary>An exception that says what is wrong, and what brought it up.</summary>
    public NatsServerOptionsException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

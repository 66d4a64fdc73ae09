namespace Rivulet.Server;

/// <summary>The server cannot start, though its settings make sense: the disk or the network will not have it.</summary>
public class NatsServerStartException : Exception
{
    /// <summary>An exception without a message of its own.</summary>
    public NatsServerStartException()
    {
    }

    /// <summary>An exception that says what is wrong.</summary>
    public NatsServerStartException(string message)
        : base(message)
    {
    }

    /// <summary>An exception that says what is wrong, and what brought it up.</summary>
    public NatsServerStartException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

namespace Rivulet.Server.Configuration;

/// <summary>
/// A configuration file cannot be used. The message has a line for each thing wrong, with file, line and column where the
/// reference server has them.
/// </summary>
public sealed class ServerConfigurationException : Exception
{
    /// <summary>An exception without a message of its own.</summary>
    public ServerConfigurationException()
    {
    }

    /// <summary>An exception that says what is wrong.</summary>
    public ServerConfigurationException(string message)
        : base(message)
    {
    }

    /// <summary>An exception that says what is wrong, and what brought it up.</summary>
    public ServerConfigurationException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

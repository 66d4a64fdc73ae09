namespace Rivulet.Server.Host;

/// <summary>The program cannot start. The message is for the user.</summary>
internal sealed class ServerProgramException : Exception
{
    /// <summary>An exception that says what is wrong.</summary>
    public ServerProgramException(string message)
        : base(message)
    {
    }

    /// <summary>An exception that says what is wrong, and what brought it up.</summary>
    public ServerProgramException(string message, Exception cause)
        : base(message, cause)
    {
    }
}

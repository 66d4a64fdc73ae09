namespace Rivulet.Server.Host.Logging.Syslog;

/// <summary>A syslog daemon has no address that can be read, or cannot be reached. The message is for the user.</summary>
internal sealed class SyslogException : Exception
{
    /// <summary>An exception that says what is wrong.</summary>
    public SyslogException(string message)
        : base(message)
    {
    }

    /// <summary>An exception that says what is wrong, and what brought it up.</summary>
    public SyslogException(string message, Exception cause)
        : base(message, cause)
    {
    }
}

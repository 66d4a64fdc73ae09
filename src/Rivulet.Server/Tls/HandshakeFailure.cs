using System.ComponentModel;
using System.Security.Authentication;

namespace Rivulet.Server.Tls;

/// <summary>Words for handshakes that failed, as the log shows them.</summary>
internal static class HandshakeFailure
{
    private const string EndOfStream = "EOF";

    /// <summary>What went wrong. The reference server's words where the cause is the same.</summary>
    public static string Describe(Exception exception)
    {
        return exception switch
        {
            NotTlsException => exception.Message,
            IOException { InnerException: null } => EndOfStream,
            IOException { InnerException: { } cause } => cause.Message,
            AuthenticationException { InnerException: Win32Exception or AuthenticationException or NotTlsException } => Innermost(exception).Message,
            { InnerException: not null } => Innermost(exception).Message,
            _ => exception.Message,
        };
    }

    /// <summary>Whether somebody only looked whether the port is open, or spoke another protocol; load balancers do that all day.</summary>
    public static bool IsProbe(Exception exception)
    {
        return exception is NotTlsException || Innermost(exception) is NotTlsException;
    }

    private static Exception Innermost(Exception exception)
    {
        while (exception.InnerException is { } inner)
            exception = inner;
        return exception;
    }
}

using System.Net.Sockets;
using Rivulet.Server.Transports;

namespace Rivulet.Server;

/// <summary>The server cannot listen on its port. The message is the reference server's.</summary>
public sealed class NatsServerListenException : NatsServerStartException
{
    /// <summary>An exception without a message of its own.</summary>
    public NatsServerListenException()
    {
    }

    /// <summary>An exception that says what is wrong.</summary>
    public NatsServerListenException(string message)
        : base(message)
    {
    }

    /// <summary>An exception that says what is wrong, and what brought it up.</summary>
    public NatsServerListenException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Why, without what for.</summary>
    internal string Reason { get; private init; } = "";

    internal static NatsServerListenException For(string host, int port, SocketException cause)
    {
        string where = ListenAddress.Join(host, port);
        string why = cause.SocketErrorCode switch
        {
            SocketError.AddressAlreadyInUse => $"listen tcp {where}: bind: address already in use",
            SocketError.AccessDenied => $"listen tcp {where}: bind: permission denied",
            SocketError.AddressNotAvailable => $"listen tcp {where}: bind: cannot assign requested address",
            SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain
                => $"listen tcp: lookup {host}: no such host",
            _ => $"listen tcp {where}: {cause.Message}",
        };
        return new NatsServerListenException($"Error listening on port: {where}, \"{why}\"", cause) { Reason = why };
    }
}

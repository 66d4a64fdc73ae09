using System.Net;
using System.Net.Sockets;

namespace Rivulet.TestKit.Processes;

/// <summary>Finds ports for servers that are to be restarted on the same one.</summary>
public static class LoopbackPort
{
    // Below the range from which systems take the local ports of outgoing connections. In that range a client that keeps
    // dialling a stopped server's port can be given the very port as its own, connect to itself, and block the restart.
    private const int First = 20_000;
    private const int Last = 32_000;

    /// <summary>A port of 127.0.0.1 that nobody listens on at this moment.</summary>
    public static int FindFree()
    {
        while (true)
        {
            int port = Random.Shared.Next(First, Last);
            using var probe = new TcpListener(IPAddress.Loopback, port) { ExclusiveAddressUse = true };
            try
            {
                probe.Start();
                return port;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
            {
                // Taken: try another.
            }
        }
    }
}

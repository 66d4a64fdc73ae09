using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Rivulet.Server.Transports;

/// <summary>Addresses to listen on, and how clients reach them.</summary>
internal static class ListenAddress
{
    /// <summary>The address that a configured host stands for.</summary>
    /// <exception cref="SocketException">The name cannot be resolved.</exception>
    public static IPAddress Resolve(string host)
    {
        if (IPAddress.TryParse(host.Trim('[', ']'), out var address))
            return address;
        var addresses = Dns.GetHostAddresses(host);
        return Array.Find(addresses, a => a.AddressFamily == AddressFamily.InterNetwork)
            ?? (addresses.Length > 0 ? addresses[0] : throw new SocketException((int)SocketError.HostNotFound));
    }

    /// <summary>Opens a port. "All interfaces" is those of IPv6 as well, also as <c>0.0.0.0</c>, so that <c>localhost</c> means this server.</summary>
    /// <exception cref="NatsServerListenException">The port cannot be listened on.</exception>
    public static Socket Listen(string host, int port)
    {
        try
        {
            return Listen(Resolve(host), port);
        }
        catch (SocketException e)
        {
            throw NatsServerListenException.For(host, port, e);
        }
    }

    /// <summary>The addresses that a configured host stands for, one for each interface if it stands for all.</summary>
    public static IEnumerable<string> Expand(string host)
    {
        if (!IPAddress.TryParse(host.Trim('[', ']'), out var address))
            return [host];
        return address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)
            ? InterfaceAddresses(AddressFamily.InterNetwork).Concat(InterfaceAddresses(AddressFamily.InterNetworkV6))
            : [address.ToString()];
    }

    /// <summary>The host and the port that clients are told.</summary>
    public static (string Host, int Port) Advertised(NatsServerOptions options)
    {
        if (options.ClientAdvertise is not { } advertised)
            return (options.Host, options.Port);
        int colon = advertised.LastIndexOf(':');
        return int.TryParse(advertised.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port) && colon > 0
            ? (advertised[..colon].Trim('[', ']'), port)
            : (advertised, options.Port);
    }

    /// <summary>Host and port with the brackets that an IPv6 address needs.</summary>
    public static string Join(string host, int port)
    {
        return host.Contains(':', StringComparison.Ordinal) && !host.StartsWith('[') ? $"[{host}]:{port}" : $"{host}:{port}";
    }

    /// <summary>A host that a client on this machine can connect to.</summary>
    public static string Reachable(string host)
    {
        if (!IPAddress.TryParse(host.Trim('[', ']'), out var address))
            return host;
        if (address.Equals(IPAddress.Any))
            return "127.0.0.1";
        return address.Equals(IPAddress.IPv6Any) ? "::1" : host;
    }

    private static Socket Listen(IPAddress address, int port)
    {
        if (!address.Equals(IPAddress.Any) || !Socket.OSSupportsIPv6)
            return ListenAt(address, port);
        try
        {
            return ListenAt(IPAddress.IPv6Any, port);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressFamilyNotSupported or SocketError.AddressNotAvailable)
        {
            // The system knows IPv6, but has it switched off.
            return ListenAt(address, port);
        }
    }

    private static Socket ListenAt(IPAddress address, int port)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (address.Equals(IPAddress.IPv6Any))
                socket.DualMode = true;
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen(backlog: 1024);
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }
    }

    private static IEnumerable<string> InterfaceAddresses(AddressFamily family)
    {
        return NetworkInterface.GetAllNetworkInterfaces()
            .Where(network => network.OperationalStatus == OperationalStatus.Up)
            .SelectMany(network => network.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address)
            .Where(address => address.AddressFamily == family && !address.IsIPv6LinkLocal)
            .Select(address => address.ToString())
            .Distinct();
    }
}

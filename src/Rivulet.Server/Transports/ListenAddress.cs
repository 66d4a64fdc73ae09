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

    /// <summary>The addresses that a configured host stands for, one for each interface if it stands for all.</summary>
    public static IEnumerable<string> Expand(string host)
    {
        if (!IPAddress.TryParse(host.Trim('[', ']'), out var address))
            return [host];
        if (address.Equals(IPAddress.Any))
            return InterfaceAddresses(AddressFamily.InterNetwork);
        return address.Equals(IPAddress.IPv6Any)
            ? InterfaceAddresses(AddressFamily.InterNetwork).Concat(InterfaceAddresses(AddressFamily.InterNetworkV6))
            : [address.ToString()];
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

using System.Net;

namespace Rivulet.Server.Security.Tokens;

/// <summary>Networks that a user may connect from.</summary>
internal static class SourceNetworks
{
    /// <summary>Whether a text is a network as CIDR: <c>192.0.2.0/24</c>, <c>2001:db8::/32</c>. The address may have host bits.</summary>
    public static bool IsValid(string network)
    {
        return TryParse(network, out _);
    }

    /// <summary>Whether an address is in one of the networks. Every address is where there are none; an in-process client has none.</summary>
    public static bool Allow(IReadOnlyList<string> networks, IPAddress? address)
    {
        if (networks.Count == 0)
            return true;
        if (address is null)
            return false;
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        foreach (string text in networks)
        {
            if (!TryParse(text, out var network))
                return false;
            if (network.Contains(address))
                return true;
        }

        return false;
    }

    private static bool TryParse(string text, out IPNetwork network)
    {
        network = default;
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0
            || !IPAddress.TryParse(text.AsSpan(0, slash), out var address)
            || !int.TryParse(text.AsSpan(slash + 1), System.Globalization.NumberStyles.None, null, out int bits))
        {
            return false;
        }

        byte[] bytes = address.GetAddressBytes();
        if (bits > bytes.Length * 8)
            return false;
        for (int i = 0; i < bytes.Length; i++)
            bytes[i] &= (byte)(0xFF00 >> Math.Clamp(bits - 8 * i, 0, 8));
        network = new IPNetwork(new IPAddress(bytes), bits);
        return true;
    }
}

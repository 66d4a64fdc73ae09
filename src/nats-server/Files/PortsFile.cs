using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text.Json;

namespace Rivulet.Server.Host.Files;

/// <summary>The file that tells other programs where the server listens. It goes away when the server stops.</summary>
internal sealed class PortsFile : IDisposable
{
    private readonly string _path;

    private PortsFile(string path)
    {
        _path = path;
    }

    /// <summary>Writes the file for a running server.</summary>
    public static PortsFile Write(string directory, string host, int port)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"nats-server_{Environment.ProcessId}.ports");
        string path = Path.Combine(directory, name);
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            writer.WriteStartArray("nats");
            foreach (string address in Addresses(host))
                writer.WriteStringValue(string.Create(CultureInfo.InvariantCulture, $"nats://{address}:{port}"));
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        File.WriteAllBytes(path, json.ToArray());
        return new PortsFile(path);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        File.Delete(_path);
    }

    private static IEnumerable<string> Addresses(string host)
    {
        if (!IPAddress.TryParse(host.Trim('[', ']'), out var address))
            return [host];
        if (address.Equals(IPAddress.Any))
            return InterfaceAddresses(AddressFamily.InterNetwork);
        return address.Equals(IPAddress.IPv6Any)
            ? InterfaceAddresses(AddressFamily.InterNetwork).Concat(InterfaceAddresses(AddressFamily.InterNetworkV6))
            : [Text(address)];
    }

    private static IEnumerable<string> InterfaceAddresses(AddressFamily family)
    {
        return NetworkInterface.GetAllNetworkInterfaces()
            .Where(network => network.OperationalStatus == OperationalStatus.Up)
            .SelectMany(network => network.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address)
            .Where(address => address.AddressFamily == family && !address.IsIPv6LinkLocal)
            .Select(Text)
            .Distinct();
    }

    private static string Text(IPAddress address)
    {
        return address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString();
    }
}

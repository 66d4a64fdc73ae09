using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Rivulet.Cli.Formats;

namespace Rivulet.Cli.Commands;

/// <summary>One server of the list, and the addresses that its name stands for.</summary>
internal sealed class RttTarget
{
    private const int DefaultPort = 4222;

    private RttTarget(string url, List<RttResult> results) => (Url, Results) = (url, results);

    public string Url { get; }

    public List<RttResult> Results { get; }

    /// <summary>Looks the names of servers up; a name that is not known stands for itself.</summary>
    /// <exception cref="CliException">An entry of the list is no address, or there is none.</exception>
    public static async Task<List<RttTarget>> ResolveAsync(string servers)
    {
        var targets = new List<RttTarget>();
        foreach (var server in servers.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var text = server.Contains("://", StringComparison.Ordinal) ? server : $"nats://{server}";
            if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0)
            {
                throw new CliException($"parse {Quoting.Quote(text)}: invalid server URL");
            }

            var user = uri.UserInfo.Length == 0 ? "" : uri.UserInfo + "@";
            var port = uri.Port > 0 ? uri.Port : DefaultPort;
            var results = new List<RttResult>();
            foreach (var host in await HostsAsync(uri).ConfigureAwait(false))
            {
                results.Add(new RttResult(string.Create(CultureInfo.InvariantCulture, $"{uri.Scheme}://{host}:{port}"), user));
            }

            var shown = user.Length == 0 ? text : text.Replace(user, "", StringComparison.Ordinal);
            targets.Add(new RttTarget(shown, results));
        }

        return targets.Count > 0 ? targets : throw new CliException("nats: no servers available for connection");
    }

    private static async Task<List<string>> HostsAsync(Uri uri)
    {
        if (uri.HostNameType is UriHostNameType.IPv4 or UriHostNameType.IPv6)
        {
            return [uri.Host];
        }

        try
        {
            var addresses = await Dns.GetHostAddressesAsync(uri.Host).ConfigureAwait(false);
            return addresses.Length == 0 ? [uri.Host] : [.. Array.ConvertAll(addresses, Bracketed)];
        }
        catch (SocketException)
        {
            return [uri.Host]; // the attempt to connect tells what is wrong with the name
        }
    }

    private static string Bracketed(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString();

    public static string ToJson(List<RttTarget> targets, TimeProvider clock)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartArray();
            foreach (var target in targets)
            {
                json.WriteStartObject();
                json.WriteString("url", target.Url);
                json.WriteStartArray("results");
                foreach (var result in target.Results)
                {
                    result.Write(json, clock);
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length) + "\n";
    }
}

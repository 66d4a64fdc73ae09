using System.Globalization;
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
    public static PortsFile Write(string directory, IEnumerable<string> clientUrls)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"nats-server_{Environment.ProcessId}.ports");
        string path = Path.Combine(directory, name);
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            writer.WriteStartArray("nats");
            foreach (string url in clientUrls)
                writer.WriteStringValue(url);
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
}

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

    /// <summary>Writes the file for a running server, if there is to be one.</summary>
    /// <exception cref="ServerProgramException">It cannot be written.</exception>
    public static PortsFile? Write(string? directory, NatsServer server)
    {
        if (directory is null)
            return null;
        string name = string.Create(CultureInfo.InvariantCulture, $"nats-server_{Environment.ProcessId}.ports");
        string path = Path.Combine(directory, name);
        try
        {
            // Whoever waits for the file may read it as soon as it is there, so it comes whole.
            File.WriteAllBytes(path + ".new", Json(server));
            File.Move(path + ".new", path, overwrite: true);
            return new PortsFile(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ServerProgramException($"could not write ports file: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        File.Delete(_path);
    }

    private static byte[] Json(NatsServer server)
    {
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            WriteUrls(writer, "nats", server.ClientUrls);
            WriteUrls(writer, "monitoring", server.MonitoringUrls);
            WriteUrls(writer, "websocket", server.WebSocketUrls);
            writer.WriteEndObject();
        }

        return json.ToArray();
    }

    private static void WriteUrls(Utf8JsonWriter writer, string name, IReadOnlyList<string> urls)
    {
        if (urls.Count == 0)
            return;
        writer.WriteStartArray(name);
        foreach (string url in urls)
            writer.WriteStringValue(url);
        writer.WriteEndArray();
    }
}

using System.Text.Json;
using Rivulet.JetStream.Hosting;

namespace Rivulet.Server.Connections;

/// <summary>Who asks a service of another account, as the value of the header <c>Nats-Request-Info</c>.</summary>
internal static class RequestInfoJson
{
    /// <summary>Writes it.</summary>
    /// <param name="client">Who asks.</param>
    /// <param name="server">Name of the server, where everything is told; null where only the account and the round trip are.</param>
    /// <param name="service">The account that passes the request on, if that is not the client's own; null if it is.</param>
    public static byte[] Write(ClientIdentity client, string? server, string? service)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            if (server is not null)
            {
                json.WriteString("start", client.Start.UtcDateTime);
                WriteUnlessEmpty(json, "host", client.Host);
                json.WriteNumber("id", client.Id);
            }

            json.WriteString("acc", client.Account);
            WriteUnlessEmpty(json, "svc", service ?? "");
            if (server is not null)
            {
                WriteUnlessEmpty(json, "user", client.User);
                WriteUnlessEmpty(json, "name", client.Name);
                WriteUnlessEmpty(json, "lang", client.Language);
                WriteUnlessEmpty(json, "ver", client.Version);
            }

            if (client.RoundTrip > TimeSpan.Zero)
                json.WriteNumber("rtt", client.RoundTrip.Ticks * TimeSpan.NanosecondsPerTick);
            if (server is not null)
            {
                json.WriteString("server", server);
                json.WriteString("kind", "Client");
                json.WriteString("client_type", "nats");
            }

            json.WriteEndObject();
        }

        return text.ToArray();
    }

    private static void WriteUnlessEmpty(Utf8JsonWriter json, string name, string value)
    {
        if (value.Length > 0)
            json.WriteString(name, value);
    }
}

using System.Text.Json;
using Rivulet.Protocol;
using Rivulet.Server.Connections;
using Rivulet.Server.Monitoring.Pages;
using Rivulet.Server.SystemRequests;

namespace Rivulet.Server.SystemEvents;

/// <summary>A client as it was when it came, went, or was turned away, and the event that tells of it. Immutable.</summary>
internal sealed record ClientEvent
{
    private const string ConnectType = "io.nats.server.advisory.v1.client_connect";
    private const string DisconnectType = "io.nats.server.advisory.v1.client_disconnect";

    private ClientEvent(ClientConnection connection, DateTimeOffset now)
    {
        Connection = ConnectionSnapshot.Of(connection, now) with { Live = null };
        Time = now;
        User = Connection.User.Length > 0 ? Connection.User : connection.PresentedUser;
        Tags = connection.Identity.Tags;
        Issuer = connection.Identity.IssuerKey;
    }

    private ConnectionSnapshot Connection { get; init; }

    private DateTimeOffset Time { get; }

    private string User { get; }

    private IReadOnlyList<string> Tags { get; }

    private string? Issuer { get; }

    private bool HasEnded { get; init; }

    /// <summary>A client has said who it is, and was let in.</summary>
    public static ClientEvent OfConnect(ClientConnection connection, DateTimeOffset now)
    {
        return new ClientEvent(connection, now);
    }

    /// <summary>A client is gone, or is about to be for what it could not show.</summary>
    public static ClientEvent OfDisconnect(ClientConnection connection, DateTimeOffset now, ClosedReason reason)
    {
        var gone = new ClientEvent(connection, now) { HasEnded = true };
        return gone with { Connection = gone.Connection with { Stop = now, Reason = reason } };
    }

    /// <summary>The same event as it is told in an account.</summary>
    public ClientEvent In(string account)
    {
        return this with { Connection = Connection with { Account = account } };
    }

    /// <summary>Writes the event.</summary>
    public ReadOnlyMemory<byte> ToJson(ServerStamp stamp, Nuid ids)
    {
        return SystemJson.Object(json =>
        {
            json.WriteString("type", HasEnded ? DisconnectType : ConnectType);
            json.WriteString("id", ids.Next());
            json.WriteTime("timestamp", Time);
            stamp.Write(json);
            WriteClient(json);
            if (!HasEnded)
                return;
            WriteTraffic(json, "sent", Connection.Traffic.OutMessages, Connection.Traffic.OutBytes);
            WriteTraffic(json, "received", Connection.Traffic.InMessages, Connection.Traffic.InBytes);
            json.WriteString("reason", Connection.Reason.ToText());
        });
    }

    private void WriteClient(Utf8JsonWriter json)
    {
        json.WriteStartObject("client");
        json.WriteTime("start", Connection.Start);
        json.WriteUnlessEmpty("host", Connection.Ip);
        json.WriteNumber("id", Connection.Id);
        json.WriteString("acc", Connection.Account);
        json.WriteUnlessEmpty("user", User);
        json.WriteUnlessEmpty("name", Connection.Name);
        json.WriteUnlessEmpty("lang", Connection.Language);
        json.WriteUnlessEmpty("ver", Connection.Version);
        if (HasEnded && Connection.RoundTrip > TimeSpan.Zero)
            json.WriteNanos("rtt", Connection.RoundTrip);
        if (Connection.Stop is { } stop)
            json.WriteTime("stop", stop);
        json.WriteUnlessEmpty("issuer_key", Issuer);
        json.WriteString("name_tag", Connection.NameTag);
        if (Tags.Count > 0)
        {
            json.WriteStartArray("tags");
            foreach (string tag in Tags)
                json.WriteStringValue(tag);
            json.WriteEndArray();
        }

        json.WriteString("kind", "Client");
        json.WriteString("client_type", "nats");
        json.WriteEndObject();
    }

    private static void WriteTraffic(Utf8JsonWriter json, string name, long messages, long bytes)
    {
        json.WriteStartObject(name);
        json.WriteNumber("msgs", messages);
        json.WriteNumber("bytes", bytes);
        json.WriteEndObject();
    }
}

using System.Text;
using System.Text.Json;
using Rivulet.Server.Connections;
using Rivulet.Server.Hosting;
using Rivulet.Server.Monitoring.Http;
using Rivulet.Server.Security;

namespace Rivulet.Server.Monitoring.Pages;

/// <summary><c>/connz</c>: the connections of clients, open and closed.</summary>
/// <param name="server">The server.</param>
internal sealed class ConnectionPage(MonitoredServer server)
{
    private const int LimitDefault = 1024;

    /// <summary>Answers.</summary>
    public HttpReply Reply(HttpQuery query)
    {
        var request = ConnectionQuery.Read(query, LimitDefault);
        if (request.Account.Length > 0 && !server.Environment.Accounts.TryGet(request.Account, out _))
            return PageJson.Object(json => WriteNone(json, request));
        var now = server.Now;
        var all = Candidates(request, now);
        var selected = all.FindAll(request.Matches);
        selected.Sort(request.Order);
        var page = selected.Skip(request.Offset).Take(request.Limit).ToList();
        return PageJson.Object(json =>
        {
            WriteHead(json, request, server.Identity.Id, page.Count, all.Count);
            json.WriteStartArray("connections");
            foreach (var connection in page)
                Write(json, connection, request, now);
            json.WriteEndArray();
        });
    }

    private List<ConnectionSnapshot> Candidates(ConnectionQuery request, DateTimeOffset now)
    {
        var table = server.Environment.Connections;
        List<ConnectionSnapshot> all = [];
        if (request.WithOpen)
            all.AddRange(table.Open.Select(connection => ConnectionSnapshot.Of(connection, now)));
        if (request.WithClosed)
            all.AddRange(table.Closed());
        if (request.Account.Length > 0)
            all.RemoveAll(connection => connection.Account != request.Account);
        return all;
    }

    private void WriteNone(Utf8JsonWriter json, ConnectionQuery request)
    {
        WriteHead(json, request, "", 0, 0);
        json.WriteNull("connections");
    }

    private void WriteHead(Utf8JsonWriter json, ConnectionQuery request, string serverId, int count, int total)
    {
        json.WriteString("server_id", serverId);
        json.WriteTime("now", server.Now);
        json.WriteNumber("num_connections", count);
        json.WriteNumber("total", total);
        json.WriteNumber("offset", request.Offset);
        json.WriteNumber("limit", request.Limit);
    }

    private static void Write(Utf8JsonWriter json, ConnectionSnapshot connection, ConnectionQuery request, DateTimeOffset now)
    {
        json.WriteStartObject();
        json.WriteNumber("cid", connection.Id);
        json.WriteString("kind", "Client");
        json.WriteString("type", "nats");
        json.WriteString("ip", connection.Ip);
        json.WriteNumber("port", connection.Port);
        json.WriteTime("start", connection.Start);
        json.WriteTime("last_activity", connection.LastActivity);
        if (connection.Stop is { } stop)
        {
            json.WriteTime("stop", stop);
            json.WriteString("reason", connection.Reason.ToText());
        }

        if (connection.RoundTrip > TimeSpan.Zero)
            json.WriteString("rtt", GoDuration.Format(ToMicroseconds(connection.RoundTrip)));
        json.WriteString("uptime", Uptime.Format((connection.Stop ?? now) - connection.Start));
        json.WriteString("idle", Uptime.Format((connection.Stop ?? now) - connection.LastActivity));
        WriteFigures(json, connection);
        json.WriteUnlessEmpty("name", connection.Name);
        json.WriteUnlessEmpty("lang", connection.Language);
        json.WriteUnlessEmpty("version", connection.Version);
        if (request.WithAuthentication)
        {
            json.WriteUnlessEmpty("authorized_user", connection.User);
            if (connection.Account != AccountSettings.GlobalName)
                json.WriteString("account", connection.Account);
        }

        WriteSubscriptions(json, connection, request);
        if (request.WithAuthentication)
            WriteClaims(json, connection);
        json.WriteEndObject();
    }

    // The reference server shows the token as well, which lets in whoever has it if it is a bearer's.
    private static void WriteClaims(Utf8JsonWriter json, ConnectionSnapshot connection)
    {
        if (connection.IssuerKey is { } issuer)
            json.WriteString("issuer_key", issuer);
        json.WriteString("name_tag", connection.NameTag);
        if (connection.Tags.Count == 0)
            return;
        json.WriteStartArray("tags");
        foreach (string tag in connection.Tags)
            json.WriteStringValue(tag);
        json.WriteEndArray();
    }

    private static TimeSpan ToMicroseconds(TimeSpan duration)
    {
        return new TimeSpan(duration.Ticks - duration.Ticks % TimeSpan.TicksPerMicrosecond);
    }

    private static void WriteFigures(Utf8JsonWriter json, ConnectionSnapshot connection)
    {
        json.WriteNumber("pending_bytes", connection.PendingBytes);
        json.WriteNumber("in_msgs", connection.Traffic.InMessages);
        json.WriteNumber("out_msgs", connection.Traffic.OutMessages);
        json.WriteNumber("in_bytes", connection.Traffic.InBytes);
        json.WriteNumber("out_bytes", connection.Traffic.OutBytes);
        json.WriteNumber("subscriptions", connection.SubscriptionCount);
    }

    private static void WriteSubscriptions(Utf8JsonWriter json, ConnectionSnapshot connection, ConnectionQuery request)
    {
        if (connection.Live is not { } live || connection.SubscriptionCount == 0 || !request.WithSubscriptions)
            return;
        json.WriteStartArray(request.WithDetail ? "subscriptions_list_detail" : "subscriptions_list");
        foreach (var subscription in live.Subscriptions.Snapshot())
        {
            if (!request.WithDetail)
            {
                json.WriteStringValue(Encoding.UTF8.GetString(subscription.Filter));
                continue;
            }

            json.WriteStartObject();
            SubscriptionDetail.Write(json, subscription);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}

using System.Text.Json;
using Rivulet.Server.Monitoring.Http;
using Rivulet.Server.Routing;

namespace Rivulet.Server.Monitoring.Pages;

/// <summary><c>/accountz</c> and <c>/accstatz</c>: the accounts, and what their clients do.</summary>
/// <param name="server">The server.</param>
internal sealed class AccountPages(MonitoredServer server)
{
    private static readonly string[] PeerKinds = ["gateways", "routes", "leafs"];

    private AccountRouter Account => server.Environment.GlobalAccount;

    /// <summary>Answers with the names of the accounts, or with one of them.</summary>
    public HttpReply Accounts(HttpQuery query)
    {
        string name = query.Text("acc");
        if (name.Length > 0 && name != Account.AccountName)
            throw new HttpQueryException($"Account {name} does not exist");
        return PageJson.Object(json =>
        {
            json.WriteString("server_id", server.Identity.Id);
            json.WriteTime("now", server.Now);
            if (name.Length > 0)
            {
                WriteAccount(json);
                return;
            }

            json.WriteStartArray("accounts");
            json.WriteStringValue(Account.AccountName);
            json.WriteEndArray();
        });
    }

    /// <summary>Answers with the figures of the accounts that have connections, or of all.</summary>
    public HttpReply Statistics(HttpQuery query)
    {
        bool isShown = query.Flag("unused") || server.Server.ConnectionCount > 0;
        return PageJson.Object(json =>
        {
            json.WriteString("server_id", server.Identity.Id);
            json.WriteTime("now", server.Now);
            json.WriteStartArray("account_statz");
            if (isShown)
                WriteStatistics(json);
            json.WriteEndArray();
        });
    }

    private void WriteAccount(Utf8JsonWriter json)
    {
        json.WriteStartObject("account_detail");
        json.WriteString("account_name", Account.AccountName);
        json.WriteTime("update_time", server.Started);
        json.WriteBoolean("expired", false);
        json.WriteBoolean("complete", true);
        json.WriteBoolean("jetstream_enabled", server.JetStream is not null);
        json.WriteNumber("leafnode_connections", 0);
        json.WriteNumber("client_connections", server.Server.ConnectionCount);
        json.WriteNumber("subscriptions", Account.SubscriptionCount);
        json.WriteString("name_tag", Account.AccountName);
        json.WriteStartObject("sublist_stats");
        RoutingFigures.Write(json, server);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void WriteStatistics(Utf8JsonWriter json)
    {
        var traffic = server.Server.Traffic;
        json.WriteStartObject();
        json.WriteString("acc", Account.AccountName);
        json.WriteString("name", Account.AccountName);
        json.WriteNumber("conns", server.Server.ConnectionCount);
        json.WriteNumber("leafnodes", 0);
        json.WriteNumber("total_conns", server.Server.ConnectionCount);
        json.WriteNumber("num_subscriptions", Account.SubscriptionCount);
        WriteDirection(json, "sent", traffic.OutMessages, traffic.OutBytes);
        WriteDirection(json, "received", traffic.InMessages, traffic.InBytes);
        json.WriteNumber("slow_consumers", server.Server.SlowConsumers);
        json.WriteEndObject();
    }

    private static void WriteDirection(Utf8JsonWriter json, string name, long messages, long bytes)
    {
        json.WriteStartObject(name);
        json.WriteNumber("msgs", messages);
        json.WriteNumber("bytes", bytes);
        foreach (string kind in PeerKinds)
        {
            json.WriteStartObject(kind);
            json.WriteNumber("msgs", 0);
            json.WriteNumber("bytes", 0);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}

using System.Text.Json;
using Rivulet.Server.Accounts;
using Rivulet.Server.Connections;
using Rivulet.Server.Monitoring.Http;

namespace Rivulet.Server.Monitoring.Pages;

/// <summary><c>/accountz</c> and <c>/accstatz</c>: the accounts, and what their clients do.</summary>
/// <param name="server">The server.</param>
internal sealed class AccountPages(MonitoredServer server)
{
    private static readonly string[] PeerKinds = ["gateways", "routes", "leafs"];

    private AccountRegistry Registry => server.Environment.Accounts;

    /// <summary>Answers with the names of the accounts, or with one of them.</summary>
    public HttpReply Accounts(HttpQuery query)
    {
        string name = query.Text("acc");
        Account? account = null;
        if (name.Length > 0 && !Registry.TryGet(name, out account))
            throw new HttpQueryException($"Account {name} does not exist");
        return PageJson.Object(json =>
        {
            json.WriteString("server_id", server.Identity.Id);
            json.WriteTime("now", server.Now);
            json.WriteString("system_account", Registry.System.Name);
            if (account is not null)
            {
                json.WriteStartObject("account_detail");
                AccountDetail.Write(json, account, account == Registry.System);
                json.WriteEndObject();
                return;
            }

            json.WriteStartArray("accounts");
            foreach (var one in InOrder())
                json.WriteStringValue(one.Name);
            json.WriteEndArray();
        });
    }

    /// <summary>Answers with the figures of the accounts that have connections, or of all.</summary>
    public HttpReply Statistics(HttpQuery query)
    {
        bool withUnused = query.Flag("unused");
        return PageJson.Object(json => WriteStatistics(json, InOrder().Where(account => withUnused || account.ConnectionCount > 0)));
    }

    /// <summary>Writes the figures of some accounts.</summary>
    public void WriteStatistics(Utf8JsonWriter json, IEnumerable<Account> accounts)
    {
        json.WriteString("server_id", server.Identity.Id);
        json.WriteTime("now", server.Now);
        json.WriteStartArray("account_statz");
        var open = server.Environment.Connections.Open.ToLookup(connection => connection.Account);
        foreach (var account in accounts)
        {
            json.WriteStartObject();
            WriteStatistics(json, account, open[account]);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Writes the figures of one account as members.</summary>
    public void WriteStatistics(Utf8JsonWriter json, Account account)
    {
        WriteStatistics(json, account, server.Environment.Connections.Open.Where(connection => connection.Account == account));
    }

    private static void WriteStatistics(Utf8JsonWriter json, Account account, IEnumerable<ClientConnection> connections)
    {
        var traffic = account.ClosedTraffic;
        foreach (var connection in connections)
            traffic = traffic.Plus(connection.Traffic);

        json.WriteString("acc", account.Name);
        json.WriteString("name", account.Settings.NameTag ?? account.Name);
        json.WriteNumber("conns", account.ConnectionCount);
        json.WriteNumber("leafnodes", 0);
        json.WriteNumber("total_conns", account.ConnectionCount);
        json.WriteNumber("num_subscriptions", account.Router.SubscriptionCount);
        WriteDirection(json, "sent", traffic.OutMessages, traffic.OutBytes);
        WriteDirection(json, "received", traffic.InMessages, traffic.InBytes);
        json.WriteNumber("slow_consumers", account.SlowConsumers);
    }

    /// <summary>The accounts, by name.</summary>
    public IEnumerable<Account> InOrder()
    {
        return Registry.All.OrderBy(account => account.Name, StringComparer.Ordinal);
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

using System.Text;
using System.Text.Json;
using Rivulet.Protocol;
using Rivulet.Server.Accounts;
using Rivulet.Server.Monitoring.Http;
using Rivulet.Server.Routing;

namespace Rivulet.Server.Monitoring.Pages;

/// <summary><c>/subsz</c>: the subscriptions, those of the server itself included.</summary>
/// <param name="server">The server.</param>
internal sealed class SubscriptionPage(MonitoredServer server)
{
    private const int LimitDefault = 1024;

    /// <summary>Answers.</summary>
    public HttpReply Reply(HttpQuery query)
    {
        bool isListed = query.Flag("subs");
        int offset = query.Number("offset", 0);
        int limit = query.Number("limit", LimitDefault);
        string test = query.Text("test");
        if (test.Length > 0 && !Subject.IsValidLiteral(Encoding.UTF8.GetBytes(test)))
            throw new HttpQueryException($"invalid test subject, must be valid publish subject: {test}");
        var accounts = AccountsNamed(query.Text("acc"));
        List<(Account Account, RouteTarget Target)> found =
            isListed ? [.. accounts.SelectMany(account => Select(account, test).Select(target => (account, target)))] : [];
        return PageJson.Object(json =>
        {
            json.WriteString("server_id", server.Identity.Id);
            json.WriteTime("now", server.Now);
            if (accounts.Count > 0)
                RoutingFigures.Write(json, [.. accounts.Select(account => account.Router)], server.Server.Traffic.InMessages);
            else
                RoutingFigures.WriteNone(json);
            json.WriteNumber("total", found.Count);
            json.WriteNumber("offset", offset);
            json.WriteNumber("limit", limit);
            if (found.Count > 0)
                WriteList(json, found.Skip(offset).Take(limit));
        });
    }

    private List<Account> AccountsNamed(string name)
    {
        var registry = server.Environment.Accounts;
        if (name.Length == 0)
            return [.. registry.All.OrderBy(account => account.Name, StringComparer.Ordinal)];
        return registry.TryGet(name, out var account) ? [account] : [];
    }

    private static List<RouteTarget> Select(Account account, string test)
    {
        var found = account.Router.Subscriptions();
        if (test.Length > 0)
        {
            byte[] subject = Encoding.UTF8.GetBytes(test);
            found.RemoveAll(target => !Subject.Matches(subject, target.Filter));
        }

        return found;
    }

    private static void WriteList(Utf8JsonWriter json, IEnumerable<(Account Account, RouteTarget Target)> found)
    {
        json.WriteStartArray("subscriptions_list");
        foreach (var (account, target) in found)
        {
            // What is registered for an import belongs to the account that imports.
            var owner = target is ImportedSubscription imported ? imported.Subscription.Connection.Account : account;
            json.WriteStartObject();
            json.WriteString("account", owner.Name);
            json.WriteString("account_tag", owner.Settings.NameTag ?? owner.Name);
            SubscriptionDetail.Write(json, target);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}

using System.Text;
using System.Text.Json;
using Rivulet.Protocol;
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
        var account = server.Environment.GlobalAccount;
        bool isThere = query.Text("acc") is { } name && (name.Length == 0 || name == account.AccountName);
        List<RouteTarget> found = isListed && isThere ? Select(account, test) : [];
        return PageJson.Object(json =>
        {
            json.WriteString("server_id", server.Identity.Id);
            json.WriteTime("now", server.Now);
            if (isThere)
                RoutingFigures.Write(json, server);
            else
                RoutingFigures.WriteNone(json);
            json.WriteNumber("total", found.Count);
            json.WriteNumber("offset", offset);
            json.WriteNumber("limit", limit);
            if (found.Count > 0)
                WriteList(json, account.AccountName, found.Skip(offset).Take(limit));
        });
    }

    private static List<RouteTarget> Select(AccountRouter account, string test)
    {
        var found = account.Subscriptions();
        if (test.Length > 0)
        {
            byte[] subject = Encoding.UTF8.GetBytes(test);
            found.RemoveAll(target => !Subject.Matches(subject, target.Filter));
        }

        return found;
    }

    private static void WriteList(Utf8JsonWriter json, string account, IEnumerable<RouteTarget> targets)
    {
        json.WriteStartArray("subscriptions_list");
        foreach (var target in targets)
        {
            json.WriteStartObject();
            json.WriteString("account", account);
            json.WriteString("account_tag", account);
            SubscriptionDetail.Write(json, target);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}

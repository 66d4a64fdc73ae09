using System.Text;
using System.Text.Json;
using Rivulet.Server.Connections;
using Rivulet.Server.Routing;

namespace Rivulet.Server.Monitoring.Pages;

/// <summary>What pages tell about one subscription.</summary>
internal static class SubscriptionDetail
{
    /// <summary>Writes its members. One of the server's own has no id of a client and counts nothing.</summary>
    public static void Write(Utf8JsonWriter json, RouteTarget target)
    {
        var subscription = target as ClientSubscription ?? (target as ImportedSubscription)?.Subscription;
        json.WriteString("subject", Encoding.UTF8.GetString(target.Filter));
        if (subscription?.Queue is { } queue)
            json.WriteString("qgroup", Encoding.UTF8.GetString(queue));
        json.WriteString("sid", subscription is null ? "" : Encoding.UTF8.GetString(subscription.Sid));
        json.WriteNumber("msgs", subscription?.Delivered ?? 0);
        if (subscription is { DeliveredMax: > 0 })
            json.WriteNumber("max", subscription.DeliveredMax);
        json.WriteNumber("cid", subscription?.Connection.Id ?? 0);
    }
}

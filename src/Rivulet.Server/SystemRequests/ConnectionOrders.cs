using System.Text;
using Rivulet.Server.Connections;
using Rivulet.Server.Routing;

namespace Rivulet.Server.SystemRequests;

/// <summary>What an operator can have done to one connection.</summary>
internal static class ConnectionOrders
{
    /// <summary>Closes it.</summary>
    public static void Kick(ClientConnection connection)
    {
        connection.Close(ClosedReason.Kicked);
    }

    /// <summary>Tells the client to go to another server, as one does that is about to stop.</summary>
    public static void SendAway(ClientConnection connection)
    {
        connection.AnnounceLameDuck();
    }

    /// <summary>The queue group of a subscription; empty for none.</summary>
    public static string QueueOf(RouteTarget target)
    {
        var subscription = target as ClientSubscription ?? (target as ImportedSubscription)?.Subscription;
        return subscription?.Queue is { } queue ? Encoding.UTF8.GetString(queue) : "";
    }
}

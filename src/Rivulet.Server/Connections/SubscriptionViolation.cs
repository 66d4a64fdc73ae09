using System.Text;
using Rivulet.Server.Hosting;

namespace Rivulet.Server.Connections;

/// <summary>What is said, and logged, about a subscription that a client may not have, in the reference server's words.</summary>
internal static class SubscriptionViolation
{
    /// <summary>The <c>-ERR</c> line for one that was asked for.</summary>
    public static byte[] Refused(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> queue)
    {
        return Line($"Permissions Violation for Subscription to {GoText.Quote(subject)}{Using(queue)}");
    }

    /// <summary>The log line for it.</summary>
    public static string RefusedLog(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> queue, ReadOnlySpan<byte> sid)
    {
        string group = queue.IsEmpty ? "" : $", Queue: {GoText.Quote(queue)}";
        return $"Subscription Violation - Subject {GoText.Quote(subject)}{group}, SID {Encoding.UTF8.GetString(sid)}";
    }

    /// <summary>The <c>-ERR</c> line for one that the client had, and may not have any more.</summary>
    public static byte[] Revoked(ClientSubscription subscription)
    {
        return Line(
            $"Permissions Violation for Subscription to {GoText.Quote(subscription.Filter)}{Using(subscription.Queue)}"
            + $" (sid {GoText.Quote(subscription.Sid)})");
    }

    /// <summary>The log line for it.</summary>
    public static string RevokedLog(ClientSubscription subscription)
    {
        return $"Removed sub {GoText.Quote(subscription.Filter)}{Using(subscription.Queue)}"
            + $" (sid {GoText.Quote(subscription.Sid)}) for user {GoText.Quote(Encoding.UTF8.GetBytes(subscription.Connection.Identity.UserLabel))} - not authorized";
    }

    private static byte[] Line(string text)
    {
        return Encoding.UTF8.GetBytes($"-ERR '{text}'\r\n");
    }

    private static string Using(ReadOnlySpan<byte> queue)
    {
        return queue.IsEmpty ? "" : $" using queue {GoText.Quote(queue)}";
    }
}

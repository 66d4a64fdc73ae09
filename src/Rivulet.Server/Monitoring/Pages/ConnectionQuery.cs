using System.Text;
using Rivulet.Protocol;
using Rivulet.Server.Connections;
using Rivulet.Server.Monitoring.Http;

namespace Rivulet.Server.Monitoring.Pages;

/// <summary>Which connections <c>/connz</c> is to show, in which order, and how much of each.</summary>
internal sealed record ConnectionQuery
{
    private static readonly Dictionary<string, Comparison<ConnectionSnapshot>> Orders = new(StringComparer.Ordinal)
    {
        [""] = (a, b) => a.Id.CompareTo(b.Id),
        ["cid"] = (a, b) => a.Id.CompareTo(b.Id),
        ["start"] = (a, b) => a.Start.CompareTo(b.Start),
        ["subs"] = (a, b) => b.SubscriptionCount.CompareTo(a.SubscriptionCount),
        ["pending"] = (a, b) => b.PendingBytes.CompareTo(a.PendingBytes),
        ["msgs_to"] = (a, b) => b.Traffic.OutMessages.CompareTo(a.Traffic.OutMessages),
        ["msgs_from"] = (a, b) => b.Traffic.InMessages.CompareTo(a.Traffic.InMessages),
        ["bytes_to"] = (a, b) => b.Traffic.OutBytes.CompareTo(a.Traffic.OutBytes),
        ["bytes_from"] = (a, b) => b.Traffic.InBytes.CompareTo(a.Traffic.InBytes),
        ["last"] = (a, b) => b.LastActivity.CompareTo(a.LastActivity),
        ["idle"] = (a, b) => a.LastActivity.CompareTo(b.LastActivity),
        ["uptime"] = (a, b) => a.Start.CompareTo(b.Start),
        ["stop"] = (a, b) => Nullable.Compare(b.Stop, a.Stop),
        ["reason"] = (a, b) => string.CompareOrdinal(a.Reason.ToText(), b.Reason.ToText()),
        ["rtt"] = (a, b) => b.RoundTrip.CompareTo(a.RoundTrip),
    };

    /// <summary>The names of the orders there are.</summary>
    public static IEnumerable<string> OrderNames => Orders.Keys.Where(name => name.Length > 0);

    /// <summary>Whether open connections are shown.</summary>
    public bool WithOpen { get; private init; }

    /// <summary>Whether closed connections are shown.</summary>
    public bool WithClosed { get; private init; }

    /// <summary>Whether subscriptions are listed.</summary>
    public bool WithSubscriptions { get; private init; }

    /// <summary>Whether they are, with what they had.</summary>
    public bool WithDetail { get; private init; }

    /// <summary>Whether who a client is is shown.</summary>
    public bool WithAuthentication { get; private init; }

    /// <summary>Only this account; empty for all.</summary>
    public string Account { get; private init; } = "";

    /// <summary>How many to pass over.</summary>
    public int Offset { get; private init; }

    /// <summary>How many to show at most.</summary>
    public int Limit { get; private init; }

    /// <summary>The order.</summary>
    public Comparison<ConnectionSnapshot> Order { get; private init; } = Orders[""];

    private ulong Id { get; init; }

    private string User { get; init; } = "";

    private string MqttClient { get; init; } = "";

    private byte[] Filter { get; init; } = [];

    /// <summary>Reads the parameters.</summary>
    /// <exception cref="HttpQueryException">One of them makes no sense.</exception>
    public static ConnectionQuery Read(HttpQuery query, int limitDefault)
    {
        string state = query.Text("state").ToLowerInvariant();
        if (state is not ("" or "open" or "closed" or "all" or "any"))
            throw new HttpQueryException($"Error decoding state for {query.Text("state")}");
        bool detail = query.Text("subs").Equals("detail", StringComparison.OrdinalIgnoreCase);
        ulong id = query.Id("cid");
        bool onlyClosed = state == "closed";
        string account = query.Text("acc");
        string filter = query.Text("filter_subject");
        if (filter.Length > 0 && account.Length == 0)
            throw new HttpQueryException("filter by subject only valid with account filtering");
        return new ConnectionQuery
        {
            WithOpen = !onlyClosed,
            WithClosed = onlyClosed || state is "all" or "any",
            WithDetail = detail,
            WithSubscriptions = detail || query.Flag("subs"),
            WithAuthentication = query.Flag("auth"),
            Account = account,
            Offset = query.Number("offset", 0),
            Limit = id > 0 ? 1 : query.Number("limit", limitDefault),
            Order = OrderOf(query.Text("sort"), onlyClosed),
            Id = id,
            User = query.Text("user"),
            MqttClient = query.Text("mqtt_client"),
            Filter = Encoding.UTF8.GetBytes(filter),
        };
    }

    /// <summary>Whether a connection is one of those asked for. Nobody speaks MQTT here.</summary>
    public bool Matches(ConnectionSnapshot connection)
    {
        return (Id == 0 || connection.Id == Id)
            && (User.Length == 0 || connection.User == User)
            && MqttClient.Length == 0
            && (Filter.Length == 0 || IsSubscribed(connection));
    }

    private bool IsSubscribed(ConnectionSnapshot connection)
    {
        return connection.Live is { } live
            && live.Subscriptions.Snapshot().Any(subscription => Subject.Overlaps(subscription.Filter, Filter));
    }

    private static Comparison<ConnectionSnapshot> OrderOf(string name, bool onlyClosed)
    {
        if (!Orders.TryGetValue(name, out var order))
            throw new HttpQueryException($"invalid sorting option: {name}");
        return name is "stop" or "reason" && !onlyClosed
            ? throw new HttpQueryException($"sort by {name} only valid on closed connections")
            : order;
    }
}

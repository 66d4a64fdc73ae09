using Microsoft.Extensions.Logging;
using Rivulet.Server.Monitoring;
using Rivulet.Server.Monitoring.Pages;

namespace Rivulet.Server.SystemRequests;

/// <summary>The pages that can be asked for in the system account, by name.</summary>
internal sealed class SystemPages
{
    private static readonly RequestOption[] ConnectionOptions =
    [
        new("sort", RequestOptionKind.Text, "sort"),
        new("auth", RequestOptionKind.Boolean, "auth"),
        new("subscriptions", RequestOptionKind.Boolean, "subs"),
        new("subscriptions_detail", RequestOptionKind.Boolean, "detail"),
        new("offset", RequestOptionKind.Integer, "offset"),
        new("limit", RequestOptionKind.Integer, "limit"),
        new("cid", RequestOptionKind.Unsigned, "cid"),
        new("mqtt_client", RequestOptionKind.Text, "mqtt_client"),
        new("state", RequestOptionKind.Integer, "state"),
        new("user", RequestOptionKind.Text, "user"),
        new("acc", RequestOptionKind.Text, "acc"),
        new("filter_subject", RequestOptionKind.Text, "filter_subject"),
    ];

    private static readonly RequestOption[] SubscriptionOptions =
    [
        new("offset", RequestOptionKind.Integer, "offset"),
        new("limit", RequestOptionKind.Integer, "limit"),
        new("subscriptions", RequestOptionKind.Boolean, "subs"),
        new("account", RequestOptionKind.Text, "acc"),
        new("test", RequestOptionKind.Text, "test"),
    ];

    private static readonly RequestOption[] JetStreamOptions =
    [
        new("account", RequestOptionKind.Text, "acc"),
        new("accounts", RequestOptionKind.Boolean, "accounts"),
        new("streams", RequestOptionKind.Boolean, "streams"),
        new("consumer", RequestOptionKind.Boolean, "consumers"),
        new("direct_consumer", RequestOptionKind.Boolean, "direct-consumers"),
        new("config", RequestOptionKind.Boolean, "config"),
        new("leader_only", RequestOptionKind.Boolean, "leader-only"),
        new("offset", RequestOptionKind.Integer, "offset"),
        new("limit", RequestOptionKind.Integer, "limit"),
        new("raft", RequestOptionKind.Boolean, "raft"),
        new("stream_leader_only", RequestOptionKind.Boolean, "stream-leader-only"),
    ];

    private static readonly RequestOption[] HealthOptions =
    [
        new("js-enabled", RequestOptionKind.Boolean, "js-enabled"),
        new("js-enabled-only", RequestOptionKind.Boolean, "js-enabled-only"),
        new("js-server-only", RequestOptionKind.Boolean, "js-server-only"),
        new("js-meta-only", RequestOptionKind.Boolean, "js-meta-only"),
        new("account", RequestOptionKind.Text, "account"),
        new("stream", RequestOptionKind.Text, "stream"),
        new("consumer", RequestOptionKind.Text, "consumer"),
        new("details", RequestOptionKind.Boolean, "details"),
    ];

    private readonly Dictionary<string, SystemPage> _pages;

    /// <summary>The pages of a server.</summary>
    public SystemPages(MonitoredServer server, ILogger log)
    {
        var peers = new PeerPages(server);
        Accounts = new AccountPages(server);
        Connections = SystemPage.Of("CONNZ", new ConnectionPage(server).Reply, ConnectionOptions);
        Subscriptions = SystemPage.Of("SUBSZ", new SubscriptionPage(server).Reply, SubscriptionOptions);
        LeafNodes = SystemPage.Of(
            "LEAFZ",
            peers.LeafNodes,
            new RequestOption("subscriptions", RequestOptionKind.Boolean, null),
            new RequestOption("account", RequestOptionKind.Text, null));
        SystemPage[] pages =
        [
            Connections,
            Subscriptions,
            LeafNodes,
            SystemPage.Of("VARZ", new ServerPage(server).Reply),
            SystemPage.Of("ROUTEZ", peers.Routes, new RequestOption("subscriptions", RequestOptionKind.Boolean, null)),
            SystemPage.Of("GATEWAYZ", peers.Gateways, new RequestOption("name", RequestOptionKind.Text, null)),
            SystemPage.Of("ACCOUNTZ", Accounts.Accounts, new RequestOption("account", RequestOptionKind.Text, "acc")),
            SystemPage.Of("JSZ", new JetStreamPage(server).Reply, JetStreamOptions),
            SystemPage.WithStatus("HEALTHZ", new HealthPage(server, log).Reply, HealthOptions),
            new("EXPVARZ", [], (json, _) => RuntimePages.WriteVariables(json)),
            new(
                "PROFILEZ",
                [new("name", RequestOptionKind.Text, "name"), new("debug", RequestOptionKind.Integer, null)],
                (json, query) => RuntimePages.WriteProfile(json, query.Text("name"))),
            new("IPQUEUESZ", [], (_, _) => { }),
            new("RAFTZ", [], (_, _) => { }),
        ];
        _pages = pages.ToDictionary(page => page.Name, StringComparer.Ordinal);
    }

    /// <summary>The accounts.</summary>
    public AccountPages Accounts { get; }

    /// <summary>The connections.</summary>
    public SystemPage Connections { get; }

    /// <summary>The subscriptions.</summary>
    public SystemPage Subscriptions { get; }

    /// <summary>The leaf nodes.</summary>
    public SystemPage LeafNodes { get; }

    /// <summary>The page of a name; null for none.</summary>
    public SystemPage? Find(string name)
    {
        return _pages.GetValueOrDefault(name);
    }
}

using System.Text;
using Rivulet.Server.Monitoring.Http;

namespace Rivulet.Server.Monitoring.Pages;

/// <summary>The page at <c>/</c>: links to the others.</summary>
internal static class IndexPage
{
    private static readonly (string Path, string Title)[] Links =
    [
        ("varz", "General"),
        ("jsz", "JetStream"),
        ("connz", "Connections"),
        ("accountz", "Accounts"),
        ("accstatz", "Account Stats"),
        ("subsz", "Subscriptions"),
        ("routez", "Routes"),
        ("leafz", "LeafNodes"),
        ("gatewayz", "Gateways"),
        ("raftz", "Raft Groups"),
        ("healthz", "Health Probe"),
        ("metrics", "Metrics"),
    ];

    /// <summary>The answer.</summary>
    public static HttpReply Reply { get; } = new(200, "text/html; charset=utf-8", Encoding.UTF8.GetBytes(Html()));

    private static string Html()
    {
        var html = new StringBuilder("<!DOCTYPE html>\n<html lang=\"en\">\n<head><title>nats-server</title></head>\n<body>\n<h1>nats-server</h1>\n<ul>\n");
        foreach (var (path, title) in Links)
            html.Append(System.Globalization.CultureInfo.InvariantCulture, $"<li><a href=./{path}>{title}</a></li>\n");
        return html.Append("</ul>\n</body>\n</html>\n").ToString();
    }
}

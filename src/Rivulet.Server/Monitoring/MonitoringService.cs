using Microsoft.Extensions.Logging;
using Rivulet.Server.Logging;
using Rivulet.Server.Monitoring.Http;
using Rivulet.Server.Monitoring.Pages;
using Rivulet.Server.Transports;

namespace Rivulet.Server.Monitoring;

/// <summary>Monitoring over HTTP: finds the page of a request and lets it answer. There only when it is configured.</summary>
internal sealed class MonitoringService : IAsyncDisposable
{
    private readonly MonitoredServer _server;
    private readonly ILogger _log;
    private readonly string _basePath;
    private readonly Dictionary<string, Page> _pages;
    private HttpResponder? _responder;

    private MonitoringService(MonitoredServer server, ILogger log)
    {
        _server = server;
        _log = log;
        Host = server.Options.HttpHost ?? server.Options.Host;
        _basePath = "/" + server.Options.HttpBasePath.Trim('/');
        _pages = PagesOf(server, log);
    }

    /// <summary>Answers a request to one page.</summary>
    public delegate HttpReply Page(HttpQuery query);

    /// <summary>The scheme of its addresses.</summary>
    public string Scheme => IsSecure ? "https" : "http";

    private bool IsSecure => _server.Options.HttpsPort != 0;

    /// <summary>Where it listens.</summary>
    public string Host { get; }

    /// <summary>The port it listens on.</summary>
    public int Port => _responder?.Port ?? 0;

    /// <summary>Begins to answer.</summary>
    /// <exception cref="NatsServerListenException">The port cannot be listened on.</exception>
    public static MonitoringService Start(MonitoredServer server, ILogger log)
    {
        var service = new MonitoringService(server, log);
        bool isSecure = service.IsSecure;
        service._responder = HttpResponder.Start(
            service.Host,
            isSecure ? server.Options.HttpsPort : server.Options.HttpPort,
            service.Respond,
            () => isSecure ? server.Environment.Tls : null,
            server.Environment.Time,
            log);
        string address = ListenAddress.Join(service.Host, service.Port);
        if (isSecure)
            ServerLog.SecureMonitoringStarted(log, address);
        else
            ServerLog.MonitoringStarted(log, address);
        return service;
    }

    /// <summary>Notes that the settings were read anew.</summary>
    public void NoteReload()
    {
        _server.ConfigLoaded = _server.Now;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        return _responder?.DisposeAsync() ?? ValueTask.CompletedTask;
    }

    private static Dictionary<string, Page> PagesOf(MonitoredServer server, ILogger log)
    {
        var subscriptions = new SubscriptionPage(server);
        var peers = new PeerPages(server);
        var accounts = new AccountPages(server);
        return new Dictionary<string, Page>(StringComparer.Ordinal)
        {
            ["/"] = _ => IndexPage.Reply,
            ["/varz"] = new ServerPage(server).Reply,
            ["/connz"] = new ConnectionPage(server).Reply,
            ["/subsz"] = subscriptions.Reply,
            ["/subscriptionsz"] = subscriptions.Reply,
            ["/accountz"] = accounts.Accounts,
            ["/accstatz"] = accounts.Statistics,
            ["/jsz"] = new JetStreamPage(server).Reply,
            ["/healthz"] = new HealthPage(server, log).Reply,
            ["/routez"] = peers.Routes,
            ["/gatewayz"] = peers.Gateways,
            ["/leafz"] = peers.LeafNodes,
            ["/raftz"] = _ => HttpReply.Text(404, "No Raft nodes registered"),
            ["/ipqueuesz"] = _ => PageJson.Object(_ => { }),
            ["/metrics"] = new MetricsPage(server).Reply,
        };
    }

    private HttpReply Respond(HttpHead head)
    {
        string path = head.Path;
        if (_basePath.Length > 1)
        {
            if (path != _basePath && !path.StartsWith(_basePath + "/", StringComparison.Ordinal))
                return NotFound();
            path = path[_basePath.Length..];
        }

        if (path.Length == 0)
            path = "/";
        if (!_pages.TryGetValue(path, out var page))
            return NotFound();
        _server.Requests.Count(path == "/subscriptionsz" ? "/subsz" : path);
        try
        {
            return page(new HttpQuery(head.Query));
        }
        catch (HttpQueryException e)
        {
            return HttpReply.Text(400, e.Message);
        }
#pragma warning disable CA1031 // A fault of ours in one page must not take the others along, and must be seen.
        catch (Exception e)
#pragma warning restore CA1031
        {
            ServerLog.MonitoringFault(_log, e);
            return HttpReply.Text(500, "internal server error\n");
        }
    }

    private static HttpReply NotFound()
    {
        return HttpReply.Text(404, "404 page not found\n");
    }
}

using System.Text.Json;
using Rivulet.Server.Hosting;
using Rivulet.Server.Monitoring.Http;
using Rivulet.Server.Security;

namespace Rivulet.Server.Monitoring.Pages;

/// <summary><c>/varz</c>: settings, figures and health of the process.</summary>
/// <param name="server">The server.</param>
internal sealed class ServerPage(MonitoredServer server)
{
    private static readonly string[] ConnectionKinds = ["clients", "routes", "gateways", "leafs"];

    /// <summary>Answers.</summary>
    public HttpReply Reply(HttpQuery query)
    {
        return PageJson.Object(json =>
        {
            var now = server.Now;
            WriteIdentity(json);
            WriteSettings(json);
            JetStreamFigures.WriteSummary(json, server);
            json.WriteNumber("tls_timeout", 2);
            json.WriteNanos("write_deadline", server.Options.WriteDeadline);
            json.WriteTime("start", server.Started);
            json.WriteTime("now", now);
            json.WriteString("uptime", Uptime.Format(now - server.Started));
            WriteProcess(json, now);
            WriteTraffic(json);
            WriteRequests(json);
            WriteConfiguration(json);
            json.WriteString("system_account", server.Environment.Accounts.System.Name);
            WriteByKind(json, "slow_consumer_stats", server.Server.SlowConsumers);
            WriteByKind(json, "stale_connection_stats", server.Server.StaleConnections);
        });
    }

    private void WriteIdentity(Utf8JsonWriter json)
    {
        var info = server.Environment.Info;
        json.WriteString("server_id", server.Identity.Id);
        json.WriteString("server_name", server.Identity.Name);
        json.WriteString("version", ServerVersion.ProtocolLevel);
        json.WriteString("rivulet_version", ServerVersion.Own);
        json.WriteNumber("proto", info.Protocol);
        json.WriteString("go", info.RuntimeVersion);
        json.WriteString("host", info.Host);
        json.WriteNumber("port", info.Port);
        if (server.Environment.Authenticator.IsRequired)
            json.WriteBoolean("auth_required", true);
    }

    private void WriteSettings(Utf8JsonWriter json)
    {
        var options = server.Options;
        json.WriteNumber("max_connections", options.MaxConnections);
        if (options.MaxSubscriptions > 0)
            json.WriteNumber("max_subscriptions", options.MaxSubscriptions);
        json.WriteNanos("ping_interval", options.PingInterval);
        json.WriteNumber("ping_max", options.PingMax);
        json.WriteString("http_host", options.HttpHost ?? options.Host);
        json.WriteNumber("http_port", server.Server.MonitoringPort);
        json.WriteString("http_base_path", options.HttpBasePath);
        json.WriteNumber("https_port", 0);
        json.WriteNumber("auth_timeout", (options.Authorization?.Timeout ?? AuthorizationSettings.DefaultTimeout).TotalSeconds);
        json.WriteNumber("max_control_line", options.MaxControlLine);
        json.WriteNumber("max_payload", options.MaxPayload);
        json.WriteNumber("max_pending", options.MaxPending);
        foreach (string absent in (ReadOnlySpan<string>)["cluster", "gateway", "leaf", "mqtt", "websocket"])
            json.WriteEmpty(absent);
    }

    private void WriteProcess(Utf8JsonWriter json, DateTimeOffset now)
    {
        json.WriteNumber("mem", Environment.WorkingSet);
        json.WriteNumber("cores", Environment.ProcessorCount);
        json.WriteNumber("gomaxprocs", Environment.ProcessorCount);
        json.WriteNumber("cpu", server.Processor.Percent(now));
    }

    private void WriteTraffic(Utf8JsonWriter json)
    {
        var traffic = server.Server.Traffic;
        json.WriteNumber("connections", server.Server.ConnectionCount);
        json.WriteNumber("total_connections", server.Environment.Connections.Total);
        json.WriteNumber("routes", 0);
        json.WriteNumber("remotes", 0);
        json.WriteNumber("leafnodes", 0);

        // There are no connections but those of clients, so both are the same.
        foreach (string kind in (ReadOnlySpan<string>)["", "client_"])
        {
            json.WriteNumber($"in_{kind}msgs", traffic.InMessages);
            json.WriteNumber($"in_{kind}bytes", traffic.InBytes);
        }

        foreach (string kind in (ReadOnlySpan<string>)["", "client_"])
        {
            json.WriteNumber($"out_{kind}msgs", traffic.OutMessages);
            json.WriteNumber($"out_{kind}bytes", traffic.OutBytes);
        }

        json.WriteNumber("slow_consumers", server.Server.SlowConsumers);
        json.WriteNumber("stale_connections", server.Server.StaleConnections);
        json.WriteNumber("stalled_clients", server.Environment.Connections.Stalls);
        json.WriteNumber("subscriptions", server.Server.SubscriptionCount);
    }

    private void WriteRequests(Utf8JsonWriter json)
    {
        json.WriteStartObject("http_req_stats");
        foreach (var (path, count) in server.Requests.Snapshot())
            json.WriteNumber(path, count);
        json.WriteEndObject();
    }

    private void WriteConfiguration(Utf8JsonWriter json)
    {
        var options = server.Options;
        json.WriteTime("config_load_time", server.ConfigLoaded);
        json.WriteString("config_digest", options.ConfigDigest ?? "");
        if (options.Tags.Count > 0)
        {
            json.WriteStartArray("tags");
            foreach (string tag in options.Tags)
                json.WriteStringValue(tag);
            json.WriteEndArray();
        }

        if (options.Metadata.Count > 0)
        {
            json.WriteStartObject("metadata");
            foreach (var (key, value) in options.Metadata)
                json.WriteString(key, value);
            json.WriteEndObject();
        }
    }

    private static void WriteByKind(Utf8JsonWriter json, string name, long clients)
    {
        json.WriteStartObject(name);
        foreach (string kind in ConnectionKinds)
            json.WriteNumber(kind, kind == "clients" ? clients : 0);
        json.WriteEndObject();
    }
}

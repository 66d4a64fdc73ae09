using System.Text.Json;
using Microsoft.Extensions.Logging;
using Rivulet.JetStream;
using Rivulet.JetStream.Monitoring;
using Rivulet.Server.Logging;
using Rivulet.Server.Monitoring.Http;

namespace Rivulet.Server.Monitoring.Pages;

/// <summary><c>/healthz</c>: whether the server, or one stream or consumer of it, is in order.</summary>
/// <param name="server">The server.</param>
/// <param name="log">Where what is not in order is logged.</param>
internal sealed class HealthPage(MonitoredServer server, ILogger log)
{
    /// <summary>Answers.</summary>
    public HttpReply Reply(HttpQuery query)
    {
        bool onlyEnabled = query.Flag("js-enabled-only") | query.Flag("js-enabled");
        bool details = query.Flag("details");
        foreach (string noCluster in (ReadOnlySpan<string>)["js-server-only", "js-meta-only"])
            _ = query.Flag(noCluster);
        var finding = Examine(query, onlyEnabled);
        if (finding is null)
            return PageJson.Object(json => json.WriteString("status", "ok"));
        ServerLog.Unhealthy(log, finding.Text);
        return PageJson.Object(json => Write(json, finding, details), finding.HttpStatus);
    }

    private Finding? Examine(HttpQuery query, bool onlyEnabled)
    {
        string account = query.Text("account");
        string stream = query.Text("stream");
        string consumer = query.Text("consumer");
        if (stream.Length == 0 && consumer.Length > 0)
            return Finding.BadRequest("\"stream\" must not be empty when checking consumer health");
        if (account.Length == 0 && stream.Length > 0)
            return Finding.BadRequest("\"account\" must not be empty when checking stream health");
        if (server.JetStream is not { } engine)
            return onlyEnabled ? Finding.Unavailable("NATS_JETSTREAM", "JetStream is not enabled") : null;
        if (engine.Failure is { } failure)
            return Finding.Unavailable("JETSTREAM", $"JetStream store has failed: {failure.Message}");
        return onlyEnabled || account.Length == 0 ? null : Find(engine, account, stream, consumer);
    }

    private static Finding? Find(JetStreamEngine engine, string account, string stream, string consumer)
    {
        if (engine.Accounts.FirstOrDefault(one => one.Name == account) is not { } found)
            return new Finding(404, "ACCOUNT", account, null, null, $"JetStream account \"{account}\" not found");
        if (stream.Length == 0)
            return null;
        if (!found.TryGetStream(stream, out var log))
            return new Finding(404, "STREAM", account, stream, null, $"JetStream stream \"{stream}\" not found on account \"{account}\"");
        return consumer.Length == 0 || StreamReport.HasConsumer(log, consumer)
            ? null
            : new Finding(
                404, "CONSUMER", account, stream, consumer, $"JetStream consumer \"{consumer}\" not found for stream \"{stream}\" on account \"{account}\"");
    }

    private static void Write(Utf8JsonWriter json, Finding finding, bool details)
    {
        json.WriteString("status", details || finding.HttpStatus == 400 ? "error" : "unavailable");
        if (!details)
        {
            json.WriteString("error", finding.Text);
            return;
        }

        json.WriteStartArray("errors");
        json.WriteStartObject();
        json.WriteString("type", finding.Type);
        json.WriteUnlessEmpty("account", finding.Account);
        json.WriteUnlessEmpty("stream", finding.Stream);
        json.WriteUnlessEmpty("consumer", finding.Consumer);
        json.WriteString("error", finding.Text);
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private sealed record Finding(int HttpStatus, string Type, string? Account, string? Stream, string? Consumer, string Text)
    {
        public static Finding BadRequest(string text)
        {
            return new Finding(400, "BAD_REQUEST", null, null, null, text);
        }

        public static Finding Unavailable(string type, string text)
        {
            return new Finding(503, type, null, null, null, text);
        }
    }
}

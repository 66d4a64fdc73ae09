using System.Text.Json;
using Rivulet.JetStream;
using Rivulet.JetStream.Monitoring;
using Rivulet.Server.Monitoring.Http;

namespace Rivulet.Server.Monitoring.Pages;

/// <summary><c>/jsz</c>: JetStream, its accounts, their streams and consumers.</summary>
/// <param name="server">The server.</param>
internal sealed class JetStreamPage(MonitoredServer server)
{
    private const int LimitDefault = 1024;

    /// <summary>Answers.</summary>
    public HttpReply Reply(HttpQuery query)
    {
        string account = query.Text("acc");
        bool direct = query.Flag("direct-consumers");
        bool consumers = query.Flag("consumers") || direct;
        bool streams = query.Flag("streams") || consumers;
        bool accounts = query.Flag("accounts") || streams || account.Length > 0;
        var parts = (query.Flag("config") ? StreamReportParts.Configuration : 0)
            | (query.Flag("consumers") ? StreamReportParts.Consumers : 0)
            | (direct ? StreamReportParts.DirectConsumers : 0);
        foreach (string noCluster in (ReadOnlySpan<string>)["leader-only", "stream-leader-only", "raft"])
            _ = query.Flag(noCluster);
        int offset = query.Number("offset", 0);
        int limit = query.Number("limit", LimitDefault);
        if (server.JetStream is not { } engine)
            return PageJson.Object(WriteDisabled);
        return PageJson.Object(json =>
        {
            WriteTotals(json, engine);
            if (accounts)
                WriteAccounts(json, Select(engine, account, offset, limit), streams ? parts : null);
            json.WriteNumber("total", engine.Accounts.Count());
        });
    }

    private static List<JetStreamAccount> Select(JetStreamEngine engine, string account, int offset, int limit)
    {
        return account.Length > 0
            ? [.. engine.Accounts.Where(one => one.Name == account)]
            : [.. engine.Accounts.OrderBy(one => one.Name, StringComparer.Ordinal).Skip(offset).Take(limit)];
    }

    private void WriteDisabled(Utf8JsonWriter json)
    {
        foreach (string name in (ReadOnlySpan<string>)["memory", "storage", "reserved_memory", "reserved_storage", "accounts", "ha_assets"])
            json.WriteNumber(name, 0);
        json.WriteStartObject("api");
        foreach (string name in (ReadOnlySpan<string>)["level", "total", "errors"])
            json.WriteNumber(name, 0);
        json.WriteEndObject();
        json.WriteString("server_id", server.Identity.Id);
        json.WriteTime("now", server.Now);
        json.WriteBoolean("disabled", true);
        json.WriteStartObject("config");
        json.WriteNumber("max_memory", 0);
        json.WriteNumber("max_storage", 0);
        json.WriteEndObject();
        json.WriteEmpty("limits");
        foreach (string name in (ReadOnlySpan<string>)["streams", "consumers", "messages", "bytes", "total"])
            json.WriteNumber(name, 0);
    }

    private void WriteTotals(Utf8JsonWriter json, JetStreamEngine engine)
    {
        JetStreamFigures.WriteStats(json, engine);
        json.WriteString("server_id", server.Identity.Id);
        json.WriteTime("now", server.Now);
        JetStreamFigures.WriteConfig(json, engine);
        JetStreamFigures.WriteLimits(json);
        var streams = JetStreamFigures.Streams(engine);
        ulong messages = 0;
        ulong bytes = 0;
        foreach (var stream in streams)
        {
            var state = stream.Log.State;
            messages += state.Messages;
            bytes += state.Bytes;
        }

        json.WriteNumber("streams", streams.Count);
        json.WriteNumber("consumers", streams.Sum(stream => stream.Consumers.Count));
        json.WriteNumber("messages", messages);
        json.WriteNumber("bytes", bytes);
    }

    private static void WriteAccounts(Utf8JsonWriter json, List<JetStreamAccount> accounts, StreamReportParts? streamParts)
    {
        if (accounts.Count == 0)
            return;
        json.WriteStartArray("account_details");
        foreach (var account in accounts)
        {
            json.WriteStartObject();
            JetStreamFigures.WriteAccount(json, account);
            if (streamParts is { } parts && account.Streams.Any())
                WriteStreams(json, account, parts);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteStreams(Utf8JsonWriter json, JetStreamAccount account, StreamReportParts parts)
    {
        json.WriteStartArray("stream_detail");
        foreach (var stream in account.Streams.OrderBy(stream => stream.Name, StringComparer.Ordinal))
            StreamReport.Write(json, stream, parts);
        json.WriteEndArray();
    }
}

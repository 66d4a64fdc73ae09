using System.Text.Json;

namespace Rivulet.Server.Monitoring.Pages;

/// <summary>The short figures of the server: <c>STATSZ</c> of the system account, asked for and told now and then.</summary>
/// <param name="server">The server.</param>
internal sealed class StatisticsPage(MonitoredServer server)
{
    /// <summary>Writes them as a member <c>statsz</c>.</summary>
    public void Write(Utf8JsonWriter json)
    {
        var traffic = server.Server.Traffic;
        json.WriteStartObject("statsz");
        json.WriteTime("start", server.Started);
        json.WriteNumber("mem", Environment.WorkingSet);
        json.WriteNumber("cores", Environment.ProcessorCount);
        json.WriteNumber("cpu", server.Processor.Percent(server.Now));
        json.WriteNumber("connections", server.Server.ConnectionCount);
        json.WriteNumber("total_connections", server.Environment.Connections.Total);
        json.WriteNumber("active_accounts", server.Environment.Accounts.All.Count(account => account.ConnectionCount > 0));
        json.WriteNumber("subscriptions", server.Server.SubscriptionCount);

        // There are no connections but those of clients, so both are the same.
        WriteTraffic(json, "sent", traffic.OutMessages, traffic.OutBytes);
        WriteTraffic(json, "sent_to_clients", traffic.OutMessages, traffic.OutBytes);
        WriteTraffic(json, "received", traffic.InMessages, traffic.InBytes);
        WriteTraffic(json, "received_from_clients", traffic.InMessages, traffic.InBytes);
        json.WriteNumber("slow_consumers", server.Server.SlowConsumers);
        json.WriteNumber("active_servers", 1);
        if (server.JetStream is not null)
            JetStreamFigures.WriteSummary(json, server, withDirectory: false);
        json.WriteNumber("gomaxprocs", Environment.ProcessorCount);
        json.WriteEndObject();
    }

    private static void WriteTraffic(Utf8JsonWriter json, string name, long messages, long bytes)
    {
        json.WriteStartObject(name);
        json.WriteNumber("msgs", messages);
        json.WriteNumber("bytes", bytes);
        json.WriteEndObject();
    }
}

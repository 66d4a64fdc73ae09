using System.Text.Json;
using Rivulet.Server.Accounts;
using Rivulet.Server.Security;

namespace Rivulet.Server.Monitoring.Pages;

/// <summary>What <c>/accountz</c> tells of one account.</summary>
internal static class AccountDetail
{
    /// <summary>Writes its members.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="account">The account.</param>
    /// <param name="isSystem">Whether it is the account of the server's own events.</param>
    public static void Write(Utf8JsonWriter json, Account account, bool isSystem)
    {
        var settings = account.Settings;
        json.WriteString("account_name", account.Name);
        json.WriteTime("update_time", account.Updated);
        if (isSystem)
            json.WriteBoolean("is_system", true);
        json.WriteBoolean("expired", false);
        json.WriteBoolean("complete", true);
        json.WriteBoolean("jetstream_enabled", account.JetStream is not null);
        json.WriteNumber("leafnode_connections", 0);
        json.WriteNumber("client_connections", account.ConnectionCount);
        json.WriteNumber("subscriptions", account.Router.SubscriptionCount);
        WriteMappings(json, settings);
        WriteExports(json, settings);
        WriteImports(json, settings);
        json.WriteString("name_tag", settings.NameTag ?? account.Name);
        json.WriteStartObject("sublist_stats");
        RoutingFigures.Write(json, account.Router, account.ClosedTraffic.InMessages);
        json.WriteEndObject();
    }

    private static void WriteMappings(Utf8JsonWriter json, AccountSettings settings)
    {
        if (settings.Mappings.Count == 0)
            return;
        json.WriteStartObject("mappings");
        foreach (var mapping in settings.Mappings)
        {
            json.WriteStartArray(mapping.Source);
            foreach (var (subject, weight) in mapping.Destinations)
            {
                json.WriteStartObject();
                json.WriteString("subject", subject);
                json.WriteNumber("weight", weight);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteExports(Utf8JsonWriter json, AccountSettings settings)
    {
        if (settings.ServiceExports.Count + settings.StreamExports.Count == 0)
            return;
        json.WriteStartArray("exports");
        foreach (var export in settings.ServiceExports)
        {
            json.WriteStartObject();
            json.WriteString("subject", export.Subject);
            json.WriteString("type", "service");
            json.WriteString("response_type", TextOf(export.ResponseType));
            WriteLatency(json, export.Latency);
            WriteAccounts(json, export.Accounts);
            json.WriteEndObject();
        }

        foreach (var export in settings.StreamExports)
        {
            json.WriteStartObject();
            json.WriteString("subject", export.Subject);
            json.WriteString("type", "stream");
            WriteAccounts(json, export.Accounts);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteLatency(Utf8JsonWriter json, ServiceLatency? latency)
    {
        if (latency is null)
            return;
        json.WriteStartObject("service_latency");
        if (latency.Sampling == 0)
            json.WriteString("sampling", "headers");
        else
            json.WriteNumber("sampling", latency.Sampling);
        json.WriteString("results", latency.Subject);
        json.WriteEndObject();
    }

    private static void WriteAccounts(Utf8JsonWriter json, IReadOnlyList<string>? accounts)
    {
        if (accounts is null or { Count: 0 })
            return;
        json.WriteStartArray("approved_accounts");
        foreach (string account in accounts)
            json.WriteStringValue(account);
        json.WriteEndArray();
    }

    private static void WriteImports(Utf8JsonWriter json, AccountSettings settings)
    {
        if (settings.ServiceImports.Count + settings.StreamImports.Count == 0)
            return;
        json.WriteStartArray("imports");
        foreach (var import in settings.StreamImports)
            WriteImport(json, "stream", import.Subject, import.Account, to: null, ExchangeChecks.NameHere(import), share: false);
        foreach (var import in settings.ServiceImports)
        {
            string here = ExchangeChecks.NameHere(import);
            WriteImport(json, "service", import.Subject, import.Account, here, here, import.Share);
        }

        json.WriteEndArray();
    }

    private static void WriteImport(
        Utf8JsonWriter json, string type, string subject, string account, string? to, string here, bool share)
    {
        json.WriteStartObject();
        json.WriteString("subject", subject);
        json.WriteString("account", account);
        if (to is not null)
            json.WriteString("to", to);
        json.WriteString("local_subject", here);
        json.WriteString("type", type);
        json.WriteBoolean("invalid", false);
        json.WriteBoolean("share", share);
        json.WriteBoolean("tracking", false);
        json.WriteEndObject();
    }

    private static string TextOf(ServiceResponseType type)
    {
        return type switch
        {
            ServiceResponseType.Stream => "Streamed",
            ServiceResponseType.Chunked => "Chunked",
            _ => "Singleton",
        };
    }
}

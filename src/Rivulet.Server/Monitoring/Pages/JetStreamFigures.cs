using System.Text.Json;
using Rivulet.JetStream;
using Rivulet.JetStream.Streams;
using Rivulet.Server.Hosting;

namespace Rivulet.Server.Monitoring.Pages;

/// <summary>Figures of JetStream that several pages tell.</summary>
internal static class JetStreamFigures
{
    // What a consumer count limit is set to where nobody sets it, in the reference server's terms.
    private const int DefaultMaxConsumers = 1000;

    /// <summary>Writes settings, figures and limits as one object, empty without JetStream.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="server">The server.</param>
    /// <param name="withDirectory">Whether it is told where the store is.</param>
    public static void WriteSummary(Utf8JsonWriter json, MonitoredServer server, bool withDirectory = true)
    {
        json.WriteStartObject("jetstream");
        if (server.JetStream is { } engine)
        {
            WriteConfig(json, engine, withDirectory);
            json.WriteStartObject("stats");
            WriteStats(json, engine);
            json.WriteEndObject();
            WriteLimits(json);
        }

        json.WriteEndObject();
    }

    /// <summary>Writes the settings.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="engine">JetStream.</param>
    /// <param name="withDirectory">Whether it is told where the store is.</param>
    public static void WriteConfig(Utf8JsonWriter json, JetStreamEngine engine, bool withDirectory = true)
    {
        var options = engine.Options;
        json.WriteStartObject("config");
        json.WriteNumber("max_memory", options.MaxMemoryBytes);
        json.WriteNumber("max_storage", options.MaxStoreBytes);
        if (withDirectory)
            json.WriteString("store_dir", options.StoreDirectory);
        if (options.SyncPolicy.IsAlways)
            json.WriteBoolean("sync_always", true);
        else
            json.WriteNanos("sync_interval", options.SyncPolicy.SyncInterval);
        json.WriteUnlessEmpty("domain", options.Domain);
        json.WriteBoolean("compress_ok", true);
        if (options.Strict)
            json.WriteBoolean("strict", true);
        json.WriteEndObject();
    }

    /// <summary>Writes the limits.</summary>
    public static void WriteLimits(Utf8JsonWriter json)
    {
        json.WriteStartObject("limits");
        json.WriteNumber("default_max_consumers", DefaultMaxConsumers);
        json.WriteEndObject();
    }

    /// <summary>Writes what is used by all accounts together.</summary>
    public static void WriteStats(Utf8JsonWriter json, JetStreamEngine engine)
    {
        json.WriteNumber("memory", engine.Accounts.Sum(account => account.Usage.MemoryBytes));
        json.WriteNumber("storage", engine.Accounts.Sum(account => account.Usage.StoreBytes));
        json.WriteNumber("reserved_memory", engine.Accounts.Sum(account => account.Usage.ReservedMemoryBytes));
        json.WriteNumber("reserved_storage", engine.Accounts.Sum(account => account.Usage.ReservedStoreBytes));
        json.WriteNumber("accounts", engine.Accounts.Count());
        json.WriteNumber("ha_assets", 0);
        WriteApi(
            json,
            ServerVersion.JetStreamApiLevel,
            engine.Accounts.Sum(account => account.Statistics.Total),
            engine.Accounts.Sum(account => account.Statistics.Errors));
    }

    /// <summary>Writes what one account uses.</summary>
    public static void WriteAccount(Utf8JsonWriter json, JetStreamAccount account)
    {
        json.WriteString("name", account.Name);
        json.WriteString("id", account.Name);
        json.WriteNumber("memory", account.Usage.MemoryBytes);
        json.WriteNumber("storage", account.Usage.StoreBytes);
        WriteLimit(json, "reserved_memory", account.Limits.MaxMemoryBytes);
        WriteLimit(json, "reserved_storage", account.Limits.MaxStoreBytes);
        json.WriteNumber("accounts", 0);
        json.WriteNumber("ha_assets", 0);
        WriteApi(json, level: 0, account.Statistics.Total, account.Statistics.Errors);
    }

    /// <summary>The streams of all accounts.</summary>
    public static List<JetStreamStream> Streams(JetStreamEngine engine)
    {
        return [.. engine.Accounts.SelectMany(account => account.Streams)];
    }

    // The reference server prints "no limit" as the largest number there is, and tools know it by that.
    private static void WriteLimit(Utf8JsonWriter json, string name, long limit)
    {
        json.WriteNumber(name, limit < 0 ? ulong.MaxValue : (ulong)limit);
    }

    private static void WriteApi(Utf8JsonWriter json, int level, long total, long errors)
    {
        json.WriteStartObject("api");
        json.WriteNumber("level", level);
        json.WriteNumber("total", total);
        json.WriteNumber("errors", errors);
        json.WriteEndObject();
    }
}

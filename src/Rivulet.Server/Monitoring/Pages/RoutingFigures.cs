using System.Text.Json;

namespace Rivulet.Server.Monitoring.Pages;

/// <summary>Figures of the subject map and the cache in front of it.</summary>
internal static class RoutingFigures
{
    /// <summary>Writes them.</summary>
    public static void Write(Utf8JsonWriter json, MonitoredServer server)
    {
        var account = server.Environment.GlobalAccount;
        var (cached, fanoutMax, fanoutSum) = account.CacheFigures();
        long lookups = account.Lookups;

        // What the cache answers is not counted: that would be a shared counter on the way of every message. Each message
        // of a client is looked up once, so those that were not in the map were in the cache.
        long matches = Math.Max(lookups, server.Server.Traffic.InMessages);
        json.WriteNumber("num_subscriptions", account.SubscriptionCount);
        json.WriteNumber("num_cache", cached);
        json.WriteNumber("num_inserts", account.Inserts);
        json.WriteNumber("num_removes", account.Inserts - account.SubscriptionCount);
        json.WriteNumber("num_matches", matches);
        json.WriteNumber("cache_hit_rate", matches == 0 ? 0 : 1 - (double)lookups / matches);
        json.WriteNumber("max_fanout", fanoutMax);
        json.WriteNumber("avg_fanout", cached == 0 ? 0 : (double)fanoutSum / cached);
    }

    /// <summary>Writes those of an account that is not there.</summary>
    public static void WriteNone(Utf8JsonWriter json)
    {
        foreach (string name in (ReadOnlySpan<string>)
            ["num_subscriptions", "num_cache", "num_inserts", "num_removes", "num_matches", "cache_hit_rate", "max_fanout", "avg_fanout"])
        {
            json.WriteNumber(name, 0);
        }
    }
}

using System.Text.Json;
using Rivulet.Server.Routing;

namespace Rivulet.Server.Monitoring.Pages;

/// <summary>Figures of subject maps and the caches in front of them.</summary>
internal static class RoutingFigures
{
    /// <summary>Writes those of several accounts together.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="routers">The subject spaces of the accounts.</param>
    /// <param name="received">Messages that their clients published.</param>
    public static void Write(Utf8JsonWriter json, IReadOnlyCollection<AccountRouter> routers, long received)
    {
        var (cached, fanoutMax, fanoutSum) = (0, 0, 0);
        foreach (var router in routers)
        {
            var figures = router.CacheFigures();
            cached += figures.Count;
            fanoutMax = Math.Max(fanoutMax, figures.TargetsMax);
            fanoutSum += figures.TargetsSum;
        }

        long subscriptions = routers.Sum(router => router.SubscriptionCount);
        long inserts = routers.Sum(router => router.Inserts);
        long lookups = routers.Sum(router => router.Lookups);

        // What the cache answers is not counted: that would be a shared counter on the way of every message. Each message
        // of a client is looked up once, so those that were not in the map were in the cache.
        long matches = Math.Max(lookups, received);
        json.WriteNumber("num_subscriptions", subscriptions);
        json.WriteNumber("num_cache", cached);
        json.WriteNumber("num_inserts", inserts);
        json.WriteNumber("num_removes", inserts - subscriptions);
        json.WriteNumber("num_matches", matches);
        json.WriteNumber("cache_hit_rate", matches == 0 ? 0 : 1 - (double)lookups / matches);
        json.WriteNumber("max_fanout", fanoutMax);
        json.WriteNumber("avg_fanout", cached == 0 ? 0 : (double)fanoutSum / cached);
    }

    /// <summary>Writes those of one account.</summary>
    public static void Write(Utf8JsonWriter json, AccountRouter router, long received)
    {
        Write(json, [router], received);
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

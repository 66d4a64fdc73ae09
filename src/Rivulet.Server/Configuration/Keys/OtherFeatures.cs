using Rivulet.Server.Configuration.Language;

namespace Rivulet.Server.Configuration.Keys;

/// <summary>Keys of features that are not there, and keys that make no difference to a server on its own.</summary>
internal static class OtherFeatures
{
    /// <summary>Adds them.</summary>
    public static void AddTo(KeyTable<ServerConfiguration> table)
    {
        table
            .Unsupported("trusted proxies", "proxies")
            .Unsupported("OCSP", "ocsp", "ocsp_cache")
            .Unsupported("clusters", "cluster")
            .Unsupported("gateways", "gateway")
            .Unsupported("MQTT", "mqtt")
            .Unsupported("the PROXY protocol", "proxy_protocol")
            .Custom(LeafNodes, "leafnodes", "leaf")
            .Custom(FeatureFlags, "feature_flags")
            .WithoutEffect(
                "connect_error_reports", "reconnect_error_reports", "disable_sublist_cache", "no_sublist_cache",
                "no_system_account", "no_system", "no_sys_acc");
    }

    // The other flags that the reference server knows are about clusters.
    private static ServerConfiguration FeatureFlags(ServerConfiguration settings, ConfigEntry entry, ConfigProblems problems)
    {
        if (entry.Value is not ConfigMap map)
        {
            problems.Error(entry.Position, $"error parsing feature flags: unsupported type {entry.Value.KindName}");
            return settings;
        }

        foreach (ConfigEntry flag in map.Entries)
        {
            if (flag.Value is not ConfigBoolean value)
                problems.Error(flag.Position, $"error parsing feature flag \"{flag.Key}\": expected bool, got {flag.Value.KindName}");
            else if (flag.Key == "js_ack_fc_v2")
                settings = settings with { JetStream = settings.JetStream with { LongAckSubjects = value.Value } };
            else
                problems.Note(flag.Position, $"feature flag \"{flag.Key}\" has no effect on this server");
        }

        return settings;
    }

    // A listener that is not opened lets nobody in, so a file that only asks for one can be served with a warning. A server
    // that is to connect somewhere itself, and does not, would be another server.
    private static ServerConfiguration LeafNodes(ServerConfiguration settings, ConfigEntry entry, ConfigProblems problems)
    {
        if (entry.Value is not ConfigMap map)
            problems.Error(entry.Position, $"Expected map to define a leafnode, got {entry.Value.KindName}");
        else if (map.Entries.FirstOrDefault(inner => inner.Key.Equals("remotes", StringComparison.OrdinalIgnoreCase)) is { } remotes)
            problems.Unsupported(remotes, "leaf nodes");
        else
            problems.Warn(entry.Position, $"field \"{entry.Key}\" is not supported by this version: leaf nodes cannot connect");
        return settings;
    }
}

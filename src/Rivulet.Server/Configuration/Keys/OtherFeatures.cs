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
            .WithoutEffect(
                "connect_error_reports", "reconnect_error_reports", "disable_sublist_cache", "no_sublist_cache", "feature_flags",
                "no_system_account", "no_system", "no_sys_acc");
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

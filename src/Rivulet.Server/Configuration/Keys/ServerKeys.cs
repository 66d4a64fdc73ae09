using Rivulet.Server.Configuration.Language;

namespace Rivulet.Server.Configuration.Keys;

/// <summary>The keys at the top of a configuration file.</summary>
internal static class ServerKeys
{
    /// <summary>All of them.</summary>
    public static KeyTable<ServerConfiguration> Table { get; } = Create();

    private static KeyTable<ServerConfiguration> Create()
    {
        var table = new KeyTable<ServerConfiguration>();
        AddIdentity(table);
        AddMonitoring(table);
        LimitKeys.AddTo(table);
        LoggingKeys.AddTo(table);
        JetStreamKeys.AddTo(table);
        TlsKeys.AddTo(table);
        WebSocketKeys.AddTo(table);
        AuthorizationKeys.AddTo(table);
        OperatorKeys.AddTo(table);
        AccountKeys.AddTo(table);
        OtherFeatures.AddTo(table);
        return table;
    }

    private static void AddIdentity(KeyTable<ServerConfiguration> table)
    {
        table
            .Custom(Listen, "listen")
            .Text((c, v) => v.Length == 0 ? c : c with { Server = c.Server with { Host = v } }, "host", "net")
            .Long((c, v) => WithPort(c, (int)Math.Clamp(v, int.MinValue, int.MaxValue)), "port")
            .Custom(ServerName, "server_name")
            .Text((c, v) => c with { Server = c.Server with { ClientAdvertise = v.Length > 0 ? v : null } }, "client_advertise")
            .Custom(Tags, "server_tags")
            .Custom(Metadata, "server_metadata")
            .Text((c, v) => c with { PidFile = v.Length > 0 ? v : null }, "pid_file", "pidfile")
            .Text((c, v) => c with { PortsFileDirectory = v.Length > 0 ? v : null }, "ports_file_dir");
    }

    private static void AddMonitoring(KeyTable<ServerConfiguration> table)
    {
        table
            .Custom(Http, "http")
            .Integer((c, v) => c with { Server = c.Server with { HttpPort = v } }, "http_port", "monitor_port")
            .Text((c, v) => c with { Server = c.Server with { HttpBasePath = v } }, "http_base_path")
            .Custom(Https, "https")
            .Integer((c, v) => c with { Server = c.Server with { HttpsPort = v } }, "https_port");
    }

    private static ServerConfiguration WithPort(ServerConfiguration settings, int port)
    {
        return port == 0 ? settings : settings with { Server = settings.Server with { Port = port } };
    }

    private static ServerConfiguration Listen(ServerConfiguration settings, ConfigEntry entry, ConfigProblems problems)
    {
        if (!ListenValue.TryRead(entry, problems, out string? host, out int port))
            return settings;
        if (host is not null)
            settings = settings with { Server = settings.Server with { Host = host } };
        return WithPort(settings, port);
    }

    private static ServerConfiguration Http(ServerConfiguration settings, ConfigEntry entry, ConfigProblems problems)
    {
        return ListenValue.TryRead(entry, problems, out string? host, out int port)
            ? settings with { Server = settings.Server with { HttpHost = host ?? settings.Server.HttpHost, HttpPort = port } }
            : settings;
    }

    private static ServerConfiguration Https(ServerConfiguration settings, ConfigEntry entry, ConfigProblems problems)
    {
        return ListenValue.TryRead(entry, problems, out string? host, out int port)
            ? settings with { Server = settings.Server with { HttpHost = host ?? settings.Server.HttpHost, HttpsPort = port } }
            : settings;
    }

    private static ServerConfiguration ServerName(ServerConfiguration settings, ConfigEntry entry, ConfigProblems problems)
    {
        if (entry.Value is not ConfigText text)
            problems.WrongKind(entry.Position, entry.Value, "string");
        else if (text.Value.Contains(' ', StringComparison.Ordinal))
            problems.Error(entry.Position, "server name cannot contain spaces");
        else
            return settings with { Server = settings.Server with { ServerName = text.Value.Length > 0 ? text.Value : null } };
        return settings;
    }

    private static ServerConfiguration Tags(ServerConfiguration settings, ConfigEntry entry, ConfigProblems problems)
    {
        ConfigValue[] values = entry.Value switch
        {
            ConfigText text => [text],
            ConfigArray array => [.. array.Items.Select(item => item.Value)],
            _ => [],
        };
        if (entry.Value is not (ConfigText or ConfigArray))
            problems.Error(entry.Position, $"error parsing tags: unsupported type {entry.Value.KindName}");
        foreach (var wrong in values.Where(value => value is not ConfigText))
            problems.Error(entry.Position, $"error parsing tags: unsupported type {wrong.KindName} where string is expected");

        // Tags are compared without regard to case, and a tag is there or not.
        string[] tags = [.. values.OfType<ConfigText>().Select(text => text.Value.Trim().ToLowerInvariant()).Distinct()];
        return settings with { Server = settings.Server with { Tags = tags } };
    }

    private static ServerConfiguration Metadata(ServerConfiguration settings, ConfigEntry entry, ConfigProblems problems)
    {
        if (entry.Value is not ConfigMap map)
        {
            problems.Error(entry.Position, $"error parsing metadata: unsupported type {entry.Value.KindName}");
            return settings;
        }

        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in map.Entries)
        {
            if (pair.Value is ConfigText text)
                metadata[pair.Key] = text.Value;
            else
                problems.WrongKind(pair.Position, pair.Value, "string");
        }

        return settings with { Server = settings.Server with { Metadata = metadata } };
    }
}

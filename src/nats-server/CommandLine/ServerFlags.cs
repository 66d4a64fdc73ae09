using Rivulet.Server.Hosting;
using Rivulet.Server.Security;
using Rivulet.Storage;

namespace Rivulet.Server.Host.CommandLine;

/// <summary>The flags of the program.</summary>
internal static class ServerFlags
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Flag> All { get; } =
    [
        Flag.Text((s, v) => s with { Server = s.Server with { Host = v } }, "a", "addr", "net"),
        Flag.Number((s, v) => v == 0 ? s : s with { Server = s.Server with { Port = v } }, "p", "port"),
        Flag.Text((s, v) => s with { Server = s.Server with { ServerName = v } }, "n", "name", "server_name"),
        Flag.Text((s, v) => s with { PidFile = v }, "P", "pid"),
        Flag.Text((s, v) => s with { PortsFileDirectory = v }, "ports_file_dir"),
        Flag.Text((s, v) => s with { LogFile = v.Length > 0 ? v : null }, "l", "log"),
        Flag.Switch((s, v) => s with { Syslog = v }, "s", "syslog"),
        Flag.Text((s, v) => s with { RemoteSyslog = v.Length > 0 ? v : null }, "r", "remote_syslog"),
        Flag.Switch((s, v) => s with { LogTime = v }, "T", "logtime"),
        Flag.Switch((s, v) => s with { LogTimeUtc = v }, "logtime_utc"),
        Flag.Switch((s, v) => s with { Debug = v }, "D", "debug"),
        Flag.Switch((s, v) => s with { Trace = v }, "V", "trace"),
        Flag.Switch((s, v) => s with { Debug = v, Trace = v }, "DV"),
        Flag.Number((s, v) => s with { Server = s.Server with { MaxTracedMessageLength = v } }, "max_traced_msg_len"),
        Flag.Switch((s, v) => s with { JetStreamEnabled = v }, "js", "jetstream"),
        Flag.Text((s, v) => s with { JetStream = s.JetStream with { StoreDirectory = v } }, "sd", "store_dir"),
        Flag.Text(ApplySyncInterval, "sync_interval"),
        Flag.Number((s, v) => v == 0 ? s : s with { Server = s.Server with { HttpPort = v } }, "m", "http_port"),
        Flag.Number((s, v) => v == 0 ? s : s with { Server = s.Server with { HttpsPort = v } }, "ms", "https_port"),
        Flag.Text((s, v) => s with { Server = s.Server with { ClientAdvertise = v } }, "client_advertise"),
        Flag.Switch((s, v) => s with { Tls = s.Tls with { Enabled = v } }, "tls"),
        Flag.Text((s, v) => s with { Tls = s.Tls with { CertificateFile = v } }, "tlscert"),
        Flag.Text((s, v) => s with { Tls = s.Tls with { KeyFile = v } }, "tlskey"),
        Flag.Text((s, v) => s with { Tls = s.Tls with { AuthorityFile = v } }, "tlscacert"),
        Flag.Switch((s, v) => s with { Tls = s.Tls with { Verify = v } }, "tlsverify"),
        Flag.Switch((s, v) => s with { ShowTlsHelp = v }, "help_tls"),
        Flag.Number((s, v) => s with { LogSizeLimit = Math.Max(v, 0) }, "log_size_limit"),
        Flag.Switch((s, v) => s with { Trace = v }, "VV"),
        Flag.Switch((s, v) => s with { Debug = v, Trace = v }, "DVV"),
        Flag.Text((s, v) => WithAuthorization(s, v, (a, text) => a with { User = text }), "user"),
        Flag.Text((s, v) => WithAuthorization(s, v, (a, text) => a with { Password = text }), "pass"),
        Flag.Text((s, v) => WithAuthorization(s, v, (a, text) => a with { Token = text }), "auth"),
        Flag.Text((s, v) => s with { ConfigFile = v }, "c", "config"),
        Flag.Switch((s, v) => s with { CheckConfig = v }, "t"),
        Flag.Text((s, v) => s with { Signal = v }, "sl", "signal"),
        Flag.Switch((s, v) => s with { ShowHelp = v }, "h", "help"),
        Flag.Switch((s, v) => s with { ShowVersion = v }, "v", "version"),
        .. UnsupportedTexts.Select(name => Flag.Text((s, _) => NotYet(s, name), name)),
        .. UnsupportedSwitches.Select(name => Flag.Switch((s, v) => v ? NotYet(s, name) : s, name)),
    ];

    // Flags of the reference server for which the feature is not there. They are refused by name, never passed over.
    private static string[] UnsupportedTexts =>
    [
        "routes", "cluster", "cluster_name", "cluster_advertise", "connect_retries", "cluster_listen", "profile",
    ];

    private static string[] UnsupportedSwitches => ["no_advertise"];

    // Empty is as good as not there.
    private static ServerSettings WithAuthorization(
        ServerSettings settings, string value, Func<AuthorizationSettings, string, AuthorizationSettings> apply)
    {
        return value.Length == 0
            ? settings
            : settings with { Server = settings.Server with { Authorization = apply(settings.Server.Authorization ?? new AuthorizationSettings(), value) } };
    }

    private static ServerSettings NotYet(ServerSettings settings, string name)
    {
        return settings with { Unsupported = settings.Unsupported ?? name };
    }

    private static ServerSettings? ApplySyncInterval(ServerSettings settings, string value)
    {
        if (value == "always")
            return settings with { JetStream = settings.JetStream with { SyncPolicy = SyncPolicy.Always } };
        if (!GoDuration.TryParse(value, out var interval) || interval <= TimeSpan.Zero)
            return null;
        return settings with { JetStream = settings.JetStream with { SyncPolicy = SyncPolicy.Interval(interval) } };
    }
}

using Rivulet.Server.Configuration;

namespace Rivulet.Server.Host.CommandLine;

/// <summary>
/// What the command line says, and the configuration file where it says nothing: settings of the server, and of the
/// process around it.
/// </summary>
internal sealed record ServerSettings
{
    /// <summary>Settings of the server.</summary>
    public NatsServerOptions Server { get; init; } = new();

    /// <summary>JetStream's settings, used if <see cref="JetStreamEnabled"/>.</summary>
    public JetStreamServerOptions JetStream { get; init; } = new();

    /// <summary>Whether JetStream is on.</summary>
    public bool JetStreamEnabled { get; init; }

    /// <summary>Where to write the process id; null for nowhere.</summary>
    public string? PidFile { get; init; }

    /// <summary>Directory for the ports file; null for none.</summary>
    public string? PortsFileDirectory { get; init; }

    /// <summary>File to log to; null for the standard error stream.</summary>
    public string? LogFile { get; init; }

    /// <summary>Bytes of the log file at which another one is begun; 0 for never.</summary>
    public long LogSizeLimit { get; init; }

    /// <summary>Most log files to keep, the one in use included; 0 for no limit.</summary>
    public int LogFilesMax { get; init; }

    /// <summary>Whether to log to syslog; a file or a remote syslog goes before.</summary>
    public bool Syslog { get; init; }

    /// <summary>Address of a syslog server to log to; null for none. A file goes before.</summary>
    public string? RemoteSyslog { get; init; }

    /// <summary>Whether debug lines are logged.</summary>
    public bool Debug { get; init; }

    /// <summary>Whether operations are logged.</summary>
    public bool Trace { get; init; }

    /// <summary>Whether log lines carry the time.</summary>
    public bool LogTime { get; init; } = true;

    /// <summary>Whether that is in UTC instead of local time.</summary>
    public bool LogTimeUtc { get; init; }

    /// <summary>The configuration file; null for none.</summary>
    public string? ConfigFile { get; init; }

    /// <summary>Whether to check the configuration file and end.</summary>
    public bool CheckConfig { get; init; }

    /// <summary>What to tell a running server, as <c>command</c> or <c>command=pid</c>; null for nothing.</summary>
    public string? Signal { get; init; }

    /// <summary>What the flags say about TLS.</summary>
    public TlsFlags Tls { get; init; } = new();

    /// <summary>Whether to print the help about TLS and end.</summary>
    public bool ShowTlsHelp { get; init; }

    /// <summary>Whether to print the help and end.</summary>
    public bool ShowHelp { get; init; }

    /// <summary>Whether to print the version and end.</summary>
    public bool ShowVersion { get; init; }

    /// <summary>A flag that was given for something this server does not do yet; null for none.</summary>
    public string? Unsupported { get; init; }

    /// <summary>What a configuration file says, with nothing from the command line.</summary>
    public static ServerSettings From(ServerConfiguration configuration)
    {
        return new ServerSettings
        {
            Server = configuration.Server with { ConfigFile = configuration.Path, ConfigDigest = configuration.Digest },
            JetStream = configuration.JetStream,
            JetStreamEnabled = configuration.JetStreamEnabled,
            PidFile = configuration.PidFile,
            PortsFileDirectory = configuration.PortsFileDirectory,
            LogFile = configuration.LogFile,
            LogSizeLimit = configuration.LogSizeLimit,
            LogFilesMax = configuration.LogFilesMax,
            Syslog = configuration.Syslog,
            RemoteSyslog = configuration.RemoteSyslog,
            Debug = configuration.Debug,
            Trace = configuration.Trace,
            LogTime = configuration.LogTime,
            LogTimeUtc = configuration.LogTimeUtc,
        };
    }
}

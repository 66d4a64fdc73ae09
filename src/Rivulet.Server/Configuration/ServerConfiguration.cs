using Rivulet.Server.Configuration.Keys;
using Rivulet.Server.Configuration.Language;

namespace Rivulet.Server.Configuration;

/// <summary>
/// What a configuration file says: settings of the server, and of the process around it. Keys that the file does not have
/// leave the defaults.
/// </summary>
public sealed record ServerConfiguration
{
    /// <summary>Settings of the server, but for JetStream's, which are apart.</summary>
    public NatsServerOptions Server { get; init; } = new();

    /// <summary>JetStream's settings, for when it is on.</summary>
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

    /// <summary>The file; empty for a configuration that is from none.</summary>
    public string Path { get; init; } = "";

    /// <summary>A hash of what the file says, whatever its layout: <c>sha256:</c> and 64 hexadecimal digits.</summary>
    public string Digest { get; init; } = "";

    /// <summary>What is wrong with the file, but does not keep a server from starting. One line each, with the place.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>What the file asks for that makes no difference to this server. One line each, with the place.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Reads a file in the reference server's configuration language.</summary>
    /// <param name="path">The file; includes are relative to it.</param>
    /// <exception cref="ServerConfigurationException">It cannot be read, or says what this server cannot do.</exception>
    public static ServerConfiguration Load(string path)
    {
        return Load(path, SystemConfigSource.Instance);
    }

    internal static ServerConfiguration Load(string path, IConfigSource source)
    {
        ConfigMap map;
        try
        {
            map = new ConfigScope(source).ParseFile(path);
        }
        catch (ConfigSyntaxException e)
        {
            throw new ServerConfigurationException(e.Message, e);
        }

        var problems = new ConfigProblems();
        if (map.Entries.Count == 0)
            problems.Warn($"{path}: config has no values or is empty");
        var configuration = ServerKeys.Table.Apply(map, new ServerConfiguration(), problems);
        AuthorizationKeys.CheckAccounts(configuration.Server, problems);
        if (problems.Errors.Count > 0)
            throw new ServerConfigurationException(string.Join('\n', problems.Warnings.Concat(problems.Errors)));
        return configuration with
        {
            Path = path,
            Digest = ConfigDigest.Of(map),
            Warnings = problems.Warnings,
            Notes = problems.Notes,
        };
    }
}

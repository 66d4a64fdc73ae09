namespace Rivulet.Server.Host.Logging.Syslog;

/// <summary>What kind of program a message is from, as the part of its priority.</summary>
internal enum SyslogFacility
{
    /// <summary>The kernel, which is what the reference server says to a remote daemon.</summary>
    Kernel = 0,

    /// <summary>A daemon.</summary>
    Daemon = 3 << 3,
}

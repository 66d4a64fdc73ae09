namespace Rivulet.Server.Host.Logging.Syslog;

/// <summary>How a syslog daemon is reached.</summary>
internal enum SyslogNetwork
{
    /// <summary>A Unix socket that takes a message at a time.</summary>
    UnixDatagram,

    /// <summary>A Unix socket that takes a stream of messages, a line each.</summary>
    UnixStream,

    /// <summary>UDP, a message at a time.</summary>
    Udp,

    /// <summary>TCP, a line for each message.</summary>
    Tcp,
}

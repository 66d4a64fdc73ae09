using System.Globalization;
using Rivulet.Server.Host.CommandLine;
using Rivulet.Server.Host.Logging.Syslog;

namespace Rivulet.Server.Host;

/// <summary>Tells what a reload changed around the server, in the reference server's words.</summary>
internal static class SettingsChanges
{
    /// <summary>The changes, a line each.</summary>
    public static IEnumerable<string> Between(ServerSettings old, ServerSettings now)
    {
        if (old.Trace != now.Trace)
            yield return $"trace = {Text(now.Trace)}";
        if (old.Debug != now.Debug)
            yield return $"debug = {Text(now.Debug)}";
        if (old.LogTime != now.LogTime)
            yield return $"logtime = {Text(now.LogTime)}";
        if (old.LogTimeUtc != now.LogTimeUtc)
            yield return $"logtime_utc = {Text(now.LogTimeUtc)}";
        if (old.LogFile != now.LogFile)
            yield return $"log_file = {now.LogFile}";
        if (old.Syslog != now.Syslog)
            yield return $"syslog = {Text(now.Syslog)}";
        if (old.RemoteSyslog != now.RemoteSyslog)
            yield return $"remote_syslog = {SyslogAddress.WithoutUser(now.RemoteSyslog ?? "")}";
        if (old.LogSizeLimit != now.LogSizeLimit)
            yield return string.Create(CultureInfo.InvariantCulture, $"log_size_limit = {now.LogSizeLimit}");
        if (old.LogFilesMax != now.LogFilesMax)
            yield return string.Create(CultureInfo.InvariantCulture, $"log_max_num = {now.LogFilesMax}");
        if (old.PidFile != now.PidFile)
            yield return $"pid_file = {now.PidFile}";
        if (old.PortsFileDirectory != now.PortsFileDirectory)
            yield return $"ports_file_dir = {now.PortsFileDirectory}";
    }

    private static string Text(bool value)
    {
        return value ? "true" : "false";
    }
}

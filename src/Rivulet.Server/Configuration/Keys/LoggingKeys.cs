namespace Rivulet.Server.Configuration.Keys;

/// <summary>Keys for the log.</summary>
internal static class LoggingKeys
{
    /// <summary>Adds them.</summary>
    public static void AddTo(KeyTable<ServerConfiguration> table)
    {
        table
            .Boolean((c, v) => c with { Debug = v }, "debug")
            .Boolean((c, v) => c with { Trace = v }, "trace")
            .Boolean((c, v) => c with { Trace = c.Trace || v }, "trace_verbose")
            .Boolean((c, v) => c with { Trace = c.Trace || v, Server = c.Server with { TraceHeaders = v } }, "trace_headers")
            .Boolean((c, v) => c with { LogTime = v }, "logtime")
            .Boolean((c, v) => c with { LogTimeUtc = v }, "logtime_utc")
            .Text((c, v) => c with { LogFile = v.Length > 0 ? v : null }, "log_file", "logfile")
            .Long((c, v) => c with { LogSizeLimit = Math.Max(v, 0) }, "log_size_limit", "logfile_size_limit")
            .Integer((c, v) => c with { LogFilesMax = Math.Max(v, 0) }, "log_max_num", "logfile_max_num")
            .Integer((c, v) => c with { Server = c.Server with { MaxTracedMessageLength = Math.Max(v, 0) } }, "max_traced_msg_len")
            .Boolean((c, v) => c with { Syslog = v }, "syslog")
            .Text((c, v) => c with { RemoteSyslog = v.Length > 0 ? v : null }, "remote_syslog")
            .Unsupported("profiling over HTTP", "prof_port", "prof_block_rate");
    }
}

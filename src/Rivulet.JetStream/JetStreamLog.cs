using Microsoft.Extensions.Logging;

namespace Rivulet.JetStream;

/// <summary>The log lines of JetStream. Event ids are never given to another line.</summary>
internal static partial class JetStreamLog
{
    [LoggerMessage(1, LogLevel.Error, "JetStream request {Subject} failed")]
    public static partial void RequestFailed(ILogger logger, string subject, Exception failure);

    [LoggerMessage(2, LogLevel.Warning, "JetStream API of account {Account} dropped a request: too many are waiting")]
    public static partial void RequestDropped(ILogger logger, string account);

    [LoggerMessage(3, LogLevel.Warning, "JetStream stream '{Account} > {Stream}' is offline: {Reason}")]
    public static partial void StreamOffline(ILogger logger, string account, string stream, string reason);

    [LoggerMessage(4, LogLevel.Information, "  Starting restore for stream '{Account} > {Stream}'")]
    public static partial void StreamRestoring(ILogger logger, string account, string stream);

    [LoggerMessage(
        5, LogLevel.Information, "  Restored {Messages:N0} messages for stream '{Account} > {Stream}' in {Duration}")]
    public static partial void StreamRestored(
        ILogger logger, ulong messages, string account, string stream, string duration);

    [LoggerMessage(6, LogLevel.Information, "Starting restore for stream '{Account} > {Stream}'")]
    public static partial void RestoreStarted(ILogger logger, string account, string stream);

    [LoggerMessage(7, LogLevel.Information, "Completed restore of {Bytes:N0} bytes for stream '{Account} > {Stream}'")]
    public static partial void RestoreCompleted(ILogger logger, long bytes, string account, string stream);

    [LoggerMessage(8, LogLevel.Warning, "Restore failed after {Bytes:N0} bytes for stream '{Account} > {Stream}': {Reason}")]
    public static partial void RestoreFailed(ILogger logger, long bytes, string account, string stream, string reason);

    [LoggerMessage(9, LogLevel.Warning, "Restore of stream '{Account} > {Stream}' was cut off: what there is of it is deleted")]
    public static partial void RestoreUnfinished(ILogger logger, string account, string stream);

    [LoggerMessage(10, LogLevel.Warning, "Copying of stream '{Origin}' into '{Account} > {Stream}' waits: {Reason}")]
    public static partial void CopyBlocked(
        ILogger logger, string origin, string account, string stream, string reason, Exception? failure);

    [LoggerMessage(11, LogLevel.Information, "Purge request for account {Account}")]
    public static partial void PurgeRequested(ILogger logger, string account);
}

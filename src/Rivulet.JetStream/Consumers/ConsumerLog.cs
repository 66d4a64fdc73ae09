using Microsoft.Extensions.Logging;

namespace Rivulet.JetStream.Consumers;

/// <summary>What consumers write to the log. Ids are never used again for something else.</summary>
internal static partial class ConsumerLog
{
    [LoggerMessage(2100, LogLevel.Error, "Consumer '{Account} > {Stream} > {Consumer}' can not be recovered: {Reason}")]
    public static partial void CannotRecover(ILogger log, string account, string stream, string consumer, string reason);

    [LoggerMessage(2101, LogLevel.Error, "Consumer '{Account} > {Stream} > {Consumer}' has failed and is stopped")]
    public static partial void Failed(ILogger log, Exception cause, string account, string stream, string consumer);
}

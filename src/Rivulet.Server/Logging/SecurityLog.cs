using Microsoft.Extensions.Logging;

namespace Rivulet.Server.Logging;

/// <summary>Log lines about who may connect. Event ids are stable: a retired one is not used again. Nothing here takes a secret.</summary>
/// <remarks>300 to 349.</remarks>
internal static partial class SecurityLog
{
    [LoggerMessage(300, LogLevel.Warning, "Plaintext passwords detected, use nkeys or bcrypt")]
    public static partial void PlainPasswords(ILogger log);

    [LoggerMessage(301, LogLevel.Error, "Can't locate account [{Account}] for import of [{Subject}] {Type} (err={Reason})")]
    public static partial void NoExporter(ILogger log, string account, string subject, string type, string reason);

    [LoggerMessage(302, LogLevel.Debug, "Import of \"{Subject}\" into account [{Account}] is left out: {Reason}")]
    public static partial void ImportLeftOut(ILogger log, string account, string subject, string reason);

    [LoggerMessage(305, LogLevel.Debug, "{Count} mappings of account [{Account}] are left out: not valid, or for one of several clusters")]
    public static partial void MappingsLeftOut(ILogger log, string account, int count);

    [LoggerMessage(303, LogLevel.Information, "Managing {Some} jwt in exclusive directory {Directory}")]
    public static partial void ManagesDirectory(ILogger log, string some, string directory);

    [LoggerMessage(304, LogLevel.Information, "{Line}")]
    public static partial void OperatorLine(ILogger log, string line);

    [LoggerMessage(306, LogLevel.Error, "{Message} - {Account} - {Reason}")]
    public static partial void ClaimsRefused(ILogger log, string message, string account, string reason);

    [LoggerMessage(307, LogLevel.Debug, "{Message} - {Account}")]
    public static partial void ClaimsTaken(ILogger log, string message, string account);

    [LoggerMessage(308, LogLevel.Error, "A piece of work about accounts failed")]
    public static partial void ClaimsWorkFailed(ILogger log, Exception exception);

    [LoggerMessage(309, LogLevel.Warning, "{Reason}")]
    public static partial void CalloutRefused(ILogger log, string reason);

    [LoggerMessage(310, LogLevel.Debug, "Authorization callout response not received in time on account \"{Account}\"")]
    public static partial void CalloutLate(ILogger log, string account);

    [LoggerMessage(311, LogLevel.Error, "Authorization callout account \"{Account}\" not valid")]
    public static partial void CalloutAccountUnknown(ILogger log, string account);

    [LoggerMessage(312, LogLevel.Error, "Authorization callout user \"{User}\" not valid")]
    public static partial void CalloutUserUnknown(ILogger log, string user);

    [LoggerMessage(314, LogLevel.Error, "Error configuring jetstream for accounts: {Reason}")]
    public static partial void JetStreamRefused(ILogger log, string reason);

    [LoggerMessage(315, LogLevel.Debug, "Account [{Account}] fetch took {Time}")]
    public static partial void AccountFetched(ILogger log, string account, string time);

    [LoggerMessage(316, LogLevel.Warning, "Account [{Account}] fetch took {Time}")]
    public static partial void AccountFetchedSlowly(ILogger log, string account, string time);

    [LoggerMessage(317, LogLevel.Warning, "Account fetch failed: {Reason}")]
    public static partial void AccountNotFetched(ILogger log, string reason);

    [LoggerMessage(313, LogLevel.Warning, "Account [{Account}] has validation issues: {Issues}")]
    public static partial void PreloadIssues(ILogger log, string account, string issues);
}

using System.Net.Sockets;
using Rivulet.Client;
using Rivulet.Client.JetStream;
using Rivulet.Client.KeyValue;

namespace Rivulet.Cli.Connecting;

/// <summary>What the user is told of a failure, after <c>nats: error: </c>. Errors of the client start with <c>nats: </c>.</summary>
internal static class ErrorText
{
    private const string ClientPrefix = "nats: ";

    public static string Describe(Exception failure) => failure switch
    {
        CliException => failure.Message,
        KeyValueBucketExistsException { ApiError: { } } exists => $"{ClientPrefix}{exists.Message}\n{ApiError(ShortInUse(exists.ApiError))}",
        KeyValueBucketNotFoundException { ApiError: { } } missing => $"{ClientPrefix}{missing.Message}: {missing.Bucket}\n{ApiError(missing.ApiError)}",
        KeyValueKeyNotFoundException => ClientPrefix + "key not found",
        KeyValueKeyExistsException { ApiError: { } } exists => $"{ClientPrefix}{ApiError(exists.ApiError)}: key exists",
        KeyValueWrongLastRevisionException { ApiError: { } } stale => ClientPrefix + ApiError(stale.ApiError),
        JetStreamApiException refused => ApiError(refused.Error),
        NatsAuthenticationException => ClientPrefix + Decapitalized(failure.Message),
        NatsNoServersException { InnerException: NatsServerException or NatsTlsException } => Describe(failure.InnerException),
        NatsTlsException { Message: var message } when message.StartsWith("tls: ", StringComparison.Ordinal) => message,
        NatsPermissionException refused => Permission(refused),
        NatsException => ClientPrefix + failure.Message,
        OperationCanceledException => "context canceled",
        SocketException or IOException or UnauthorizedAccessException => OneLine(failure.Message),
        _ => OneLine($"{failure.GetType().Name}: {failure.Message}"),
    };

    /// <summary>A refusal of the JetStream API: <c>nats: API error: code=400 err_code=10071 description=…</c>.</summary>
    public static string ApiError(JetStreamApiError error) => $"{ClientPrefix}API error: {error}";

    /// <summary>The client's own short form stands for the server's longer text.</summary>
    private static JetStreamApiError ShortInUse(JetStreamApiError error) => error with { Description = "stream name already in use" };

    private static string Permission(NatsPermissionException refused)
    {
        var action = refused.Permission == NatsPermission.Publish ? "publish" : "subscription";
        var queue = refused.QueueGroup is null ? "" : $" using queue \"{refused.QueueGroup}\"";
        return $"{ClientPrefix}permissions violation: Permissions Violation for {action} to \"{refused.Subject}\"{queue}";
    }

    private static string Decapitalized(string text) => text.ToLowerInvariant();

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}

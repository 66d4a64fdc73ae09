namespace Rivulet.Client;

/// <summary>What an <c>-ERR</c> of the server means for the connection.</summary>
internal enum ServerErrorKind
{
    /// <summary>A publish or a subscription was refused; the connection stays.</summary>
    Permission,

    /// <summary>Something else was refused; the connection stays.</summary>
    Refusal,

    /// <summary>The credentials; the server closes.</summary>
    Authentication,

    /// <summary>The server closes; connecting again may help.</summary>
    Recoverable,

    /// <summary>The server closes because of what we sent; sending it again would not help.</summary>
    Fatal,
}

/// <summary>Reads the texts of <c>-ERR</c>. They are compared without regard to case, as other clients do.</summary>
internal static class ServerErrors
{
    private const string PublishViolation = "permissions violation for publish to \"";
    private const string SubscribeViolation = "permissions violation for subscription to \"";
    private const string QueueMark = "using queue \"";

    private static readonly string[] Refusals =
    [
        "invalid subject", "invalid publish subject", "maximum subscriptions exceeded", "failed account registration",
        "permissions violation",
    ];

    private static readonly string[] Authentications =
    [
        "authorization violation", "authentication timeout", "user authentication expired",
        "user authentication revoked", "account authentication expired",
    ];

    private static readonly string[] Recoverables =
    [
        "stale connection", "maximum connections exceeded", "maximum account active connections exceeded",
        "connection throttling is active", "server shutdown",
    ];

    public static ServerErrorKind Classify(string text)
    {
        if (TryReadPermission(text) is not null)
            return ServerErrorKind.Permission;
        if (StartsWithAny(text, Refusals))
            return ServerErrorKind.Refusal;
        if (StartsWithAny(text, Authentications))
            return ServerErrorKind.Authentication;
        return StartsWithAny(text, Recoverables) ? ServerErrorKind.Recoverable : ServerErrorKind.Fatal;
    }

    /// <summary>The exception for a text, of the type that its kind asks for.</summary>
    public static NatsServerException ToException(string text) =>
        TryReadPermission(text) is { } permission ? permission
        : Classify(text) == ServerErrorKind.Authentication ? new NatsAuthenticationException(text)
        : new NatsServerException(text);

    /// <summary>The refusal that a text tells of: what, and for which subject and queue group.</summary>
    private static NatsPermissionException? TryReadPermission(string text)
    {
        if (text.StartsWith(PublishViolation, StringComparison.OrdinalIgnoreCase))
        {
            string? subject = UpToQuote(text, PublishViolation.Length);
            return subject is null ? null : new NatsPermissionException(text, NatsPermission.Publish, subject, null);
        }

        if (!text.StartsWith(SubscribeViolation, StringComparison.OrdinalIgnoreCase))
            return null;
        string? filter = UpToQuote(text, SubscribeViolation.Length);
        if (filter is null)
            return null;
        int queue = text.IndexOf(QueueMark, SubscribeViolation.Length + filter.Length, StringComparison.OrdinalIgnoreCase);
        string? queueGroup = queue < 0 ? null : UpToQuote(text, queue + QueueMark.Length);
        return new NatsPermissionException(text, NatsPermission.Subscribe, filter, queueGroup);
    }

    private static string? UpToQuote(string text, int start)
    {
        int end = text.IndexOf('"', start);
        return end < 0 ? null : text[start..end];
    }

    private static bool StartsWithAny(string text, string[] starts) =>
        Array.Exists(starts, start => text.StartsWith(start, StringComparison.OrdinalIgnoreCase));
}

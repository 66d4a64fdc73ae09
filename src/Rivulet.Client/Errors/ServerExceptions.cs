namespace Rivulet.Client;

/// <summary>The server reported an error (<c>-ERR</c>). <see cref="Exception.Message"/> is its text without quotes.</summary>
public class NatsServerException : NatsException
{
    /// <summary>Creates the exception with the server's text.</summary>
    public NatsServerException(string text)
        : base(text)
    {
    }
}

/// <summary>The server refused the credentials, or they ran out.</summary>
public sealed class NatsAuthenticationException : NatsServerException
{
    /// <summary>Creates the exception with the server's text.</summary>
    public NatsAuthenticationException(string text)
        : base(text)
    {
    }
}

/// <summary>What a refused operation wanted to do.</summary>
public enum NatsPermission
{
    /// <summary>Publish to a subject.</summary>
    Publish,

    /// <summary>Subscribe to a subject.</summary>
    Subscribe,
}

/// <summary>The user may not publish or subscribe to a subject. The connection stays open.</summary>
public sealed class NatsPermissionException : NatsServerException
{
    /// <summary>Creates the exception from the server's text and what it names.</summary>
    public NatsPermissionException(string text, NatsPermission permission, string subject, string? queueGroup)
        : base(text) => (Permission, Subject, QueueGroup) = (permission, subject, queueGroup);

    /// <summary>What was refused.</summary>
    public NatsPermission Permission { get; }

    /// <summary>The subject that was refused.</summary>
    public string Subject { get; }

    /// <summary>The queue group of a refused subscription, null if it had none.</summary>
    public string? QueueGroup { get; }
}

namespace Rivulet.JetStream.Api.Json;

/// <summary>
/// A request body that can not be read. The message is the text that clients see behind <c>invalid JSON: </c>.
/// </summary>
public sealed class RequestJsonException : Exception
{
    /// <summary>Without a text.</summary>
    public RequestJsonException()
    {
    }

    /// <summary>With the text for the client.</summary>
    public RequestJsonException(string message)
        : base(message)
    {
    }

    /// <summary>With the text for the client, and what caused it.</summary>
    public RequestJsonException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

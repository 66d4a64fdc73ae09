using System.Globalization;
using System.Text.Json.Serialization;

namespace Rivulet.Client.JetStream;

/// <summary>An error that the JetStream API answered.</summary>
/// <param name="Code">Class of the error, as HTTP would number it.</param>
/// <param name="ErrorCode">Which error: a number of the server's table.</param>
/// <param name="Description">The server's text.</param>
public sealed record JetStreamApiError(
    [property: JsonPropertyName("code")] int Code,
    [property: JsonPropertyName("err_code")] int ErrorCode,
    [property: JsonPropertyName("description")] string Description)
{
    /// <summary>The error in one line: <c>code=400 err_code=10071 description=wrong last sequence: 2</c>.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"code={Code} err_code={ErrorCode} description={Description}");
}

/// <summary>The JetStream API refused a request. The message is the server's description.</summary>
public sealed class JetStreamApiException : NatsException
{
    /// <summary>Creates the exception from the error answered.</summary>
    public JetStreamApiException(JetStreamApiError error)
        : base((error ?? throw new ArgumentNullException(nameof(error))).Description) => Error = error;

    /// <summary>The error as answered.</summary>
    public JetStreamApiError Error { get; }

    /// <summary>Class of the error, as HTTP would number it.</summary>
    public int Code => Error.Code;

    /// <summary>Which error: a number of the server's table.</summary>
    public int ErrorCode => Error.ErrorCode;

    /// <summary>The server's text.</summary>
    public string Description => Error.Description;
}

/// <summary>Nobody answers the JetStream API: the server runs without JetStream, or the prefix or domain is wrong.</summary>
public sealed class JetStreamNotEnabledException : NatsException
{
    /// <summary>Creates the exception.</summary>
    public JetStreamNotEnabledException()
        : base("jetstream not enabled")
    {
    }
}

/// <summary>A message that was asked for does not exist.</summary>
public sealed class JetStreamMessageNotFoundException : NatsException
{
    /// <summary>Creates the exception with the server's text and, where the API answered it, its error.</summary>
    public JetStreamMessageNotFoundException(string description, JetStreamApiError? error = null)
        : base(description) => Error = error;

    /// <summary>The API's error; null where a direct get answered.</summary>
    public JetStreamApiError? Error { get; }
}

/// <summary>A pull or a direct get ended with a status that is an error.</summary>
public sealed class JetStreamStatusException : NatsException
{
    /// <summary>Creates the exception from a status line.</summary>
    public JetStreamStatusException(int status, string description)
        : base(string.Create(CultureInfo.InvariantCulture, $"{status} {description}")) =>
        (Status, Description) = (status, description);

    /// <summary>The status, 4xx or 5xx.</summary>
    public int Status { get; }

    /// <summary>The text beside it.</summary>
    public string Description { get; }
}

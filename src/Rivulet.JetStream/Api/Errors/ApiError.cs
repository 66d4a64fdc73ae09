using System.Text.Json.Serialization;

namespace Rivulet.JetStream.Api.Errors;

/// <summary>An error as a response carries it: the <c>error</c> object of a failed request or publish.</summary>
/// <param name="Code">HTTP-like code.</param>
/// <param name="ErrorCode">JetStream error code.</param>
/// <param name="Description">Text with its placeholders filled in.</param>
public sealed record ApiError(
    [property: JsonPropertyName("code")] int Code,
    [property: JsonPropertyName("err_code")] int ErrorCode,
    [property: JsonPropertyName("description")] string Description)
{
    /// <summary>Whether this is an instance of <paramref name="error"/>, whatever its text says.</summary>
    public bool Is(JetStreamError error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return ErrorCode == error.ErrorCode;
    }
}

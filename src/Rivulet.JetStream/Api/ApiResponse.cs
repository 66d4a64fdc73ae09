using System.Text.Json.Serialization;
using Rivulet.JetStream.Api.Errors;
using Rivulet.Storage;

namespace Rivulet.JetStream.Api;

/// <summary>
/// What every response of the API has: its type, and the error of a failed request. A handler fills one in; one thread
/// at a time.
/// </summary>
public abstract class ApiResponse
{
    /// <summary>Makes a response of the given type.</summary>
    /// <param name="type">Name of the type without its common prefix: <c>stream_create_response</c>.</param>
    protected ApiResponse(string type) => Type = TypePrefix + type;

    /// <summary>What all type names begin with.</summary>
    public const string TypePrefix = "io.nats.jetstream.api.v1.";

    /// <summary>Full name of the response type.</summary>
    [JsonPropertyName("type"), JsonPropertyOrder(-100)]
    public string Type { get; }

    /// <summary>Why the request failed; <c>null</c> when it did not.</summary>
    [JsonPropertyName("error"), JsonPropertyOrder(-99), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ApiError? Error { get; set; }

    /// <summary>Headers of the answer, as a block; <c>null</c> for none. An error has none.</summary>
    internal byte[]? Headers { get; set; }

    /// <summary>The store whose commit the response has to wait for; <c>null</c> for none.</summary>
    internal MessageStore? WaitStore { get; private set; }

    /// <summary>The place in that store up to which it must have committed.</summary>
    internal LogPosition WaitPosition { get; private set; }

    /// <summary>Run when the commit is done, right before the response is written.</summary>
    internal Action? Complete { get; private set; }

    /// <summary>Run when the response was sent.</summary>
    internal Action? Sent { get; private set; }

    /// <summary>Has something done once the response was sent, if it is no error.</summary>
    /// <param name="sent">What to do; it must not throw.</param>
    public void WhenSent(Action sent) => Sent = sent;

    /// <summary>
    /// Holds the response back until <paramref name="store"/> has committed <paramref name="position"/>: what it says must
    /// not be taken back by a power cut.
    /// </summary>
    /// <param name="store">The store.</param>
    /// <param name="position">The place in it.</param>
    /// <param name="complete">Fills in what is to be told as of after the commit.</param>
    public void SendAfter(MessageStore store, LogPosition position, Action? complete = null)
    {
        WaitStore = store;
        WaitPosition = position;
        Complete = complete;
    }
}

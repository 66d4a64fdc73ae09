using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Rivulet.JetStream.Api.Errors;
using Rivulet.JetStream.Hosting;

namespace Rivulet.JetStream.Api;

/// <summary>One operation of the API that runs in the account's queue and answers with JSON. Immutable.</summary>
public abstract class ApiRoute
{
    private protected ApiRoute(string pattern, ApiBodyRule body)
    {
        Pattern = pattern;
        Body = body;
    }

    /// <summary>Subject pattern behind the API prefix: <c>STREAM.INFO.*</c>.</summary>
    public string Pattern { get; }

    /// <summary>What the body may be.</summary>
    public ApiBodyRule Body { get; }

    /// <summary>Whether it is refused whatever API level the request requires.</summary>
    internal bool IgnoresLevel { get; init; }

    /// <summary>Which of its answers are audited.</summary>
    public ApiAudit Audit { get; init; }

    /// <summary>Whether this answer is.</summary>
    internal bool IsAudited(ApiResponse response) =>
        Audit == ApiAudit.Always || (Audit == ApiAudit.Errors && response.Error is not null);

    /// <summary>Runs the operation. What it returns is ready to be written.</summary>
    internal abstract ApiResponse Execute(ApiRequest request);

    /// <summary>A response of this operation that only says <paramref name="error"/>.</summary>
    internal abstract ApiResponse Refuse(ApiError error);

    /// <summary>Writes a response that this route made.</summary>
    internal abstract void Write(Utf8JsonWriter writer, ApiResponse response);

    /// <summary>Publishes a response that is not made in an account's queue, if anybody wants it.</summary>
    internal void Answer(ReadOnlySpan<byte> reply, ApiResponse response, IAccountRouter router, DeliveryBatch batch)
    {
        if (reply.IsEmpty)
            return;
        var body = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(body, ApiJson.WriterOptions))
            Write(json, response);
        router.Publish(reply, default, default, body.WrittenSpan, batch);
    }
}

/// <summary>An operation whose response is a <typeparamref name="TResponse"/>.</summary>
/// <typeparam name="TResponse">Response model, a new one for each request.</typeparam>
public sealed class ApiRoute<TResponse> : ApiRoute
    where TResponse : ApiResponse, new()
{
    private readonly JsonSerializerContext _context;
    private readonly Action<ApiRequest, TResponse> _handle;

    /// <summary>Makes a route.</summary>
    /// <param name="pattern">Subject pattern behind the API prefix: <c>STREAM.INFO.*</c>.</param>
    /// <param name="body">What the body may be.</param>
    /// <param name="json">
    /// How the response is written. Looked into when the first response is: describing all models to the serializer would
    /// take longer than everything else about the start of a server.
    /// </param>
    /// <param name="handle">
    /// Fills in the response, or sets its error. It runs on a host thread, one request of the account at a time, and may
    /// ask for the response to be held back until a commit.
    /// </param>
    public ApiRoute(
        string pattern,
        ApiBodyRule body,
        JsonSerializerContext json,
        Action<ApiRequest, TResponse> handle)
        : base(pattern, body)
    {
        _context = json;
        _handle = handle;
    }

    internal override ApiResponse Execute(ApiRequest request)
    {
        var response = new TResponse();
        _handle(request, response);
        return response;
    }

    internal override ApiResponse Refuse(ApiError error) => new TResponse { Error = error };

    internal override void Write(Utf8JsonWriter writer, ApiResponse response) =>
        JsonSerializer.Serialize(writer, (TResponse)response, (JsonTypeInfo<TResponse>)_context.GetTypeInfo(typeof(TResponse))!);
}

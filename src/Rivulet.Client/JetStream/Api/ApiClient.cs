using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Rivulet.Client.JetStream;

/// <summary>Asks the API and reads its answers. Safe to use from any thread.</summary>
internal sealed class ApiClient
{
    private readonly NatsConnection _connection;
    private readonly TimeSpan? _timeout;

    public ApiClient(NatsConnection connection, JetStreamContextOptions options)
    {
        _connection = connection;
        _timeout = options.Timeout;
        Prefix = options.Domain is { Length: > 0 } domain ? $"$JS.{domain}.API" : options.ApiPrefix;
    }

    /// <summary>Subject prefix of the API, without a dot at its end.</summary>
    public string Prefix { get; }

    /// <summary>Time for an answer; null for the connection's.</summary>
    public TimeSpan? Timeout => _timeout;

    /// <summary>Asks with a body.</summary>
    /// <param name="operation">The subject behind the prefix.</param>
    /// <param name="body">The body.</param>
    /// <param name="bodyType">How it becomes JSON.</param>
    /// <param name="answerType">How the answer is read.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<NatsResult<TAnswer>> TryAskAsync<TBody, TAnswer>(
        string operation,
        TBody body,
        JsonTypeInfo<TBody> bodyType,
        JsonTypeInfo<TAnswer> answerType,
        CancellationToken cancellationToken) =>
        Read(await TryAskAsync(operation, body, bodyType, cancellationToken).ConfigureAwait(false), answerType);

    /// <summary>Asks without a body.</summary>
    public async ValueTask<NatsResult<TAnswer>> TryAskAsync<TAnswer>(
        string operation, JsonTypeInfo<TAnswer> answerType, CancellationToken cancellationToken) =>
        Read(
            await _connection.TryRequestAsync($"{Prefix}.{operation}", default, null, _timeout, cancellationToken)
                .ConfigureAwait(false),
            answerType);

    /// <summary>Asks with a body and returns the answer unread.</summary>
    public async ValueTask<NatsResult<NatsMessage>> TryAskAsync<TBody>(
        string operation, TBody body, JsonTypeInfo<TBody> bodyType, CancellationToken cancellationToken)
    {
        using ScratchWriter scratch = ScratchWriter.Rent();
        using (Utf8JsonWriter json = new(scratch))
            JsonSerializer.Serialize(json, body, bodyType);
        return await _connection
            .TryRequestAsync($"{Prefix}.{operation}", scratch.Memory, null, _timeout, cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>Reads an answer: what was asked for, or the error that the API answered.</summary>
    public static NatsResult<TAnswer> Read<TAnswer>(NatsResult<NatsMessage> answer, JsonTypeInfo<TAnswer> answerType)
    {
        if (!answer.TryGetValue(out NatsMessage? message))
            return answer.Error is NatsNoRespondersException ? new JetStreamNotEnabledException() : answer.Error!;
        try
        {
            if (TryReadError(message.Payload.Span) is { } error)
                return new JetStreamApiException(error);
            return JsonSerializer.Deserialize(message.Payload.Span, answerType) is { } value
                ? value
                : new NatsProtocolException("the answer of the JetStream API is empty");
        }
        catch (JsonException unreadable)
        {
            return new NatsProtocolException("the answer of the JetStream API cannot be read", unreadable);
        }
    }

    /// <summary>The error of an answer, null if it is none. It stands near the beginning, so few fields are passed over.</summary>
    public static JetStreamApiError? TryReadError(ReadOnlySpan<byte> payload)
    {
        Utf8JsonReader reader = new(payload);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("an object is expected");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isError = reader.ValueTextEquals("error"u8);
            reader.Read();
            if (isError)
                return JsonSerializer.Deserialize(ref reader, JetStreamJsonContext.Default.JetStreamApiError);
            reader.Skip();
        }

        return null;
    }
}

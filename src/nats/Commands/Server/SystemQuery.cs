using System.Text.Json;
using Rivulet.Cli.Connecting;
using Rivulet.Client;

namespace Rivulet.Cli.Commands.Server;

/// <summary>Asks servers about themselves, in the system account, and gathers what they answer.</summary>
internal static class SystemQuery
{
    /// <summary>How long to wait for one more answer.</summary>
    private static readonly TimeSpan IdleTime = TimeSpan.FromMilliseconds(300);

    /// <summary>The failure of whoever asks without being in the system account.</summary>
    public static CliException NoResults() =>
        new("no results received, ensure the account used has system privileges and appropriate permissions");

    /// <summary>The answers of all servers, in the order that they come in.</summary>
    /// <param name="context">The command.</param>
    /// <param name="connection">A connection in the system account.</param>
    /// <param name="subject">What to ask.</param>
    /// <param name="body">Options and filters.</param>
    /// <param name="expect">How many servers to wait for; 0 for those that answer soon.</param>
    /// <exception cref="CliException">Nobody answers.</exception>
    public static async Task<List<JsonElement>> AskAllAsync(
        CommandContext context, CliConnection connection, string subject, ReadOnlyMemory<byte> body, int expect)
    {
        Trace(context, $">>> {subject}", body.Span);
        var answers = new List<JsonElement>();
        var options = new NatsRequestManyOptions { MaxReplies = Math.Max(expect, 0), IdleTimeout = expect > 0 ? null : IdleTime };
        try
        {
            await foreach (var reply in connection.Nats.RequestManyAsync(subject, body, options: options).ConfigureAwait(false))
            {
                Trace(context, "<<<", reply.Payload.Span);
                answers.Add(Parse(reply.Payload));
            }
        }
        catch (NatsNoRespondersException)
        {
            throw NoResults();
        }

        return answers.Count == 0 ? throw NoResults() : answers;
    }

    /// <summary>The answer of one server.</summary>
    /// <exception cref="CliException">It does not answer.</exception>
    public static async Task<JsonElement> AskOneAsync(
        CommandContext context, CliConnection connection, string subject, ReadOnlyMemory<byte> body)
    {
        Trace(context, $">>> {subject}", body.Span);
        var result = await connection.Nats.TryRequestAsync(subject, body).ConfigureAwait(false);
        if (!result.TryGetValue(out var answer))
        {
            throw NoResults();
        }

        Trace(context, "<<<", answer.Payload.Span);
        return Parse(answer.Payload);
    }

    /// <summary>The part of an answer that tells what was asked for.</summary>
    /// <exception cref="CliException">The server refused.</exception>
    public static JsonElement Data(JsonElement answer)
    {
        if (answer.At("error") is { ValueKind: JsonValueKind.Object } error)
        {
            throw new CliException($"invalid response received: {error.Text("description")} ({error.Number("code")})");
        }

        return answer.At("data") ?? throw new CliException("no data received in response");
    }

    /// <summary>Makes the body of a request.</summary>
    /// <param name="write">Writes its members.</param>
    public static ReadOnlyMemory<byte> Body(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static JsonElement Parse(ReadOnlyMemory<byte> payload)
    {
        try
        {
            using var document = JsonDocument.Parse(payload);
            return document.RootElement.Clone();
        }
        catch (JsonException invalid)
        {
            throw new CliException($"could not decode response: {invalid.Message}", invalid);
        }
    }

    private static void Trace(CommandContext context, string text, ReadOnlySpan<byte> body)
    {
        if (context.IsTracing)
        {
            context.Log.Line($"{text}: {System.Text.Encoding.UTF8.GetString(body)}");
        }
    }
}

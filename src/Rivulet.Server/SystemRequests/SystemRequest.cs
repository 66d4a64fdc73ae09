using System.Text;
using System.Text.Json;
using Rivulet.JetStream.Hosting;
using Rivulet.Protocol;

namespace Rivulet.Server.SystemRequests;

/// <summary>A request to the server itself, kept until it is answered.</summary>
internal sealed class SystemRequest
{
    private readonly IAccountRouter _router;
    private readonly byte[] _reply;
    private readonly bool _isCompressed;

    /// <summary>Keeps a request.</summary>
    /// <param name="message">The message.</param>
    /// <param name="router">The account that it came in, and that the answer goes to.</param>
    public SystemRequest(in RoutedMessage message, IAccountRouter router)
    {
        _router = router;
        _reply = message.Reply.ToArray();
        _isCompressed = new HeaderBlock(message.Headers).TryGet("Accept-Encoding"u8, out var encoding)
            && encoding.IndexOf("gzip"u8) >= 0;
        Requester = RequesterOf(message.Headers) ?? router.AccountName;
        Tokens = Encoding.UTF8.GetString(message.Subject).Split('.');
        Body = message.Payload.ToArray();
    }

    /// <summary>The tokens of the subject that it came to.</summary>
    public string[] Tokens { get; }

    /// <summary>What it says.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>The account that it came in.</summary>
    public string AccountName => _router.AccountName;

    /// <summary>
    /// The account that it came from: where it was imported from the system account, the one that did, else the one that it came in. What a
    /// client of the system account says itself counts too, and that may ask about all accounts anyway.
    /// </summary>
    public string Requester { get; }

    /// <summary>Whether anybody waits for an answer.</summary>
    public bool IsAnswered => _reply.Length > 0;

    /// <summary>Answers it: compressed where that is asked for.</summary>
    public void Respond(ReadOnlyMemory<byte> json)
    {
        if (!IsAnswered)
            return;
        if (_isCompressed)
            Send(SystemJson.CompressedHeaders, SystemJson.Compress(json));
        else
            Send(default, json);
    }

    /// <summary>Answers it, as it is.</summary>
    public void RespondPlainly(ReadOnlyMemory<byte> payload)
    {
        if (IsAnswered)
            Send(default, payload);
    }

    private static string? RequesterOf(ReadOnlySpan<byte> headers)
    {
        if (headers.IsEmpty || !new HeaderBlock(headers).TryGet("Nats-Request-Info"u8, out var info))
            return null;
        try
        {
            var reader = new Utf8JsonReader(info);
            using var json = JsonDocument.ParseValue(ref reader);
            return TextOf(json.RootElement, "svc") ?? TextOf(json.RootElement, "acc");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The parser lets escapes through that are no text, such as half of a surrogate pair.
            return null;
        }
    }

    private static string? TextOf(JsonElement json, string name)
    {
        return json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
    }

    private void Send(ReadOnlySpan<byte> headers, ReadOnlyMemory<byte> payload)
    {
        var batch = _router.CreateBatch();
        _router.Publish(_reply, default, headers, payload.Span, batch);
        batch.Flush();
    }
}

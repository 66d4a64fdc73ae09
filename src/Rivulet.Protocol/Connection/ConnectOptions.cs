using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rivulet.Protocol;

/// <summary>The JSON of a <c>CONNECT</c> line: how a client wants to be treated and who it is.</summary>
/// <remarks>
/// The initial values are what a server assumes where the client is silent; note that silence means verbose and
/// pedantic. A record: one connection's options change only by a new CONNECT, which is merged over the old ones.
/// </remarks>
public sealed record ConnectOptions
{
    /// <summary>What a connection starts with before any CONNECT.</summary>
    public static ConnectOptions Default { get; } = new();

    /// <summary>Whether own messages come back to own subscriptions.</summary>
    [JsonPropertyName("echo")]
    public bool Echo { get; init; } = true;

    /// <summary>Whether each operation is answered by <c>+OK</c>.</summary>
    [JsonPropertyName("verbose")]
    public bool Verbose { get; init; } = true;

    /// <summary>Whether subjects of publishes are checked.</summary>
    [JsonPropertyName("pedantic")]
    public bool Pedantic { get; init; } = true;

    /// <summary>Whether the client insists on TLS; informational.</summary>
    [JsonPropertyName("tls_required")]
    public bool TlsRequired { get; init; }

    /// <summary>Public user key, <c>U…</c>.</summary>
    [JsonPropertyName("nkey")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? NKey { get; init; }

    /// <summary>User JWT.</summary>
    [JsonPropertyName("jwt")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Jwt { get; init; }

    /// <summary>Signature of the nonce, base64 raw-URL.</summary>
    [JsonPropertyName("sig")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Signature { get; init; }

    /// <summary>Token.</summary>
    [JsonPropertyName("auth_token")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? AuthToken { get; init; }

    /// <summary>User name.</summary>
    [JsonPropertyName("user")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? User { get; init; }

    /// <summary>Password.</summary>
    [JsonPropertyName("pass")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Password { get; init; }

    /// <summary>The client program's name, shown in monitoring.</summary>
    [JsonPropertyName("name")]
    public string Name { get; init; } = "";

    /// <summary>The client library's language, shown in monitoring.</summary>
    [JsonPropertyName("lang")]
    public string Language { get; init; } = "";

    /// <summary>The client library's version, shown in monitoring.</summary>
    [JsonPropertyName("version")]
    public string Version { get; init; } = "";

    /// <summary>0, or 1 if the client accepts INFO at any time. Other values are refused by the server.</summary>
    [JsonPropertyName("protocol")]
    public int Protocol { get; init; }

    /// <summary>No longer supported; a server refuses it.</summary>
    [JsonPropertyName("account")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Account { get; init; }

    /// <summary>No longer supported; a server refuses it.</summary>
    [JsonPropertyName("new_account")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool NewAccount { get; init; }

    /// <summary>Whether the client understands <c>HMSG</c>.</summary>
    [JsonPropertyName("headers")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Headers { get; init; }

    /// <summary>Whether a request that nobody receives is answered by status 503; needs <see cref="Headers"/>.</summary>
    [JsonPropertyName("no_responders")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool NoResponders { get; init; }

    /// <summary>Signature of the nonce by a trusted proxy.</summary>
    [JsonPropertyName("proxy_sig")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ProxySignature { get; init; }

    /// <summary>The JSON as UTF-8, for <see cref="ClientOperationWriter.WriteConnect"/>.</summary>
    public byte[] ToJson()
    {
        return JsonSerializer.SerializeToUtf8Bytes(this, ConnectionJsonContext.Default.ConnectOptions);
    }

    /// <summary>
    /// These options with the fields of a CONNECT line put over them; null if the line is not a JSON object with values
    /// of the right types, for which a server closes the connection.
    /// </summary>
    /// <remarks>
    /// Field names match in any case, unknown fields and <c>null</c> values are passed over, bytes that are not UTF-8
    /// become U+FFFD; all as the reference server reads it.
    /// </remarks>
    public ConnectOptions? TryMerge(ReadOnlySpan<byte> json)
    {
        return ConnectOptionsReader.TryMerge(this, WellFormedUtf8.Of(json));
    }
}

using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rivulet.Protocol;

/// <summary>The JSON of an <c>INFO</c> line: what a server says about itself and about the connection.</summary>
/// <remarks>
/// Property order is the order of emission. Properties that carry a default value are left out where the reference server
/// leaves them out. Reading ignores unknown fields.
/// </remarks>
public sealed record ServerInfo
{
    /// <summary>Public key of the server, <c>N…</c>, new at each start.</summary>
    [JsonPropertyName("server_id")]
    public string ServerId { get; init; } = "";

    /// <summary>The configured name, else the id.</summary>
    [JsonPropertyName("server_name")]
    public string ServerName { get; init; } = "";

    /// <summary>The protocol level by which clients decide on features, as <c>major.minor.patch</c>.</summary>
    [JsonPropertyName("version")]
    public string Version { get; init; } = "";

    /// <summary>The version of the wire protocol: 1.</summary>
    [JsonPropertyName("proto")]
    public int Protocol { get; init; }

    /// <summary>The revision of the source the server was built from.</summary>
    [JsonPropertyName("git_commit")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? GitCommit { get; init; }

    /// <summary>The version of the language runtime; no client uses it.</summary>
    [JsonPropertyName("go")]
    public string RuntimeVersion { get; init; } = "";

    /// <summary>The address listened on.</summary>
    [JsonPropertyName("host")]
    public string Host { get; init; } = "";

    /// <summary>The port listened on.</summary>
    [JsonPropertyName("port")]
    public int Port { get; init; }

    /// <summary>Whether message headers are supported.</summary>
    [JsonPropertyName("headers")]
    public bool Headers { get; init; }

    /// <summary>Whether a CONNECT must carry credentials.</summary>
    [JsonPropertyName("auth_required")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool AuthRequired { get; init; }

    /// <summary>Whether the client must start TLS.</summary>
    [JsonPropertyName("tls_required")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool TlsRequired { get; init; }

    /// <summary>Whether a client certificate is wanted.</summary>
    [JsonPropertyName("tls_verify")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool TlsVerify { get; init; }

    /// <summary>Whether the client may start TLS.</summary>
    [JsonPropertyName("tls_available")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool TlsAvailable { get; init; }

    /// <summary>The most bytes of headers and payload together in one message.</summary>
    [JsonPropertyName("max_payload")]
    public int MaxPayload { get; init; }

    /// <summary>Whether the server has JetStream.</summary>
    [JsonPropertyName("jetstream")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool JetStream { get; init; }

    /// <summary>An advertised address, in a few cluster set-ups.</summary>
    [JsonPropertyName("ip")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Ip { get; init; }

    /// <summary>The id of the connection in this server.</summary>
    [JsonPropertyName("client_id")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong ClientId { get; init; }

    /// <summary>The client's address as the server sees it.</summary>
    [JsonPropertyName("client_ip")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ClientIp { get; init; }

    /// <summary>A challenge to sign with a user key.</summary>
    [JsonPropertyName("nonce")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Nonce { get; init; }

    /// <summary>The name of the cluster.</summary>
    [JsonPropertyName("cluster")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Cluster { get; init; }

    /// <summary>Whether the cluster name was made up.</summary>
    [JsonPropertyName("cluster_dynamic")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool ClusterDynamic { get; init; }

    /// <summary>The JetStream domain.</summary>
    [JsonPropertyName("domain")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Domain { get; init; }

    /// <summary>Other places of the cluster to connect to, as <c>host:port</c>.</summary>
    [JsonPropertyName("connect_urls")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? ConnectUrls { get; init; }

    /// <summary>Whether the server is about to close its connections and stop.</summary>
    [JsonPropertyName("ldm")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool LameDuckMode { get; init; }

    /// <summary>Whether this INFO answers a CONNECT.</summary>
    [JsonPropertyName("connect_info")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool ConnectInfo { get; init; }

    /// <summary>The account the connection is bound to; only with <see cref="ConnectInfo"/>.</summary>
    [JsonPropertyName("remote_account")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? RemoteAccount { get; init; }

    /// <summary>Whether that account is the system account.</summary>
    [JsonPropertyName("acc_is_sys")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsSystemAccount { get; init; }

    /// <summary>The level of the JetStream API; 0 without JetStream.</summary>
    [JsonPropertyName("api_lvl")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int JetStreamApiLevel { get; init; }

    /// <summary>The server's public x25519 key.</summary>
    [JsonPropertyName("xkey")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? XKey { get; init; }

    /// <summary>The JSON as UTF-8, for <see cref="ServerOperationWriter.WriteInfo"/>.</summary>
    public byte[] ToJson()
    {
        return JsonSerializer.SerializeToUtf8Bytes(this, ConnectionJsonContext.Default.ServerInfo);
    }

    /// <summary>Reads the JSON of an INFO line; null if it is not an object of the right shape.</summary>
    public static ServerInfo? TryParse(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(WellFormedUtf8.Of(json), ConnectionJsonContext.Default.ServerInfo);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

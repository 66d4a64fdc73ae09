using System.Net;
using System.Security.Cryptography;
using System.Text;
using Rivulet.Server.Monitoring.Http;

namespace Rivulet.Server.WebSockets;

/// <summary>Looks at the request that asks for a WebSocket (RFC 6455, section 4.2), and says what is wrong with it or what was agreed on.</summary>
internal sealed class UpgradeRequest
{
    private const string KeySuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private const int KeyBytes = 16;
    private const int KeyCharacters = 24;

    private readonly HttpHead _head;
    private readonly HttpHeaders _headers;
    private readonly WebSocketServerOptions _options;

    /// <summary>A request for a port with the given settings.</summary>
    public UpgradeRequest(HttpHead head, HttpHeaders headers, WebSocketServerOptions options)
    {
        _head = head;
        _headers = headers;
        _options = options;
    }

    /// <summary>What is wrong with it; null if it is to be accepted. The checks and their order are the reference server's.</summary>
    /// <param name="isSecure">Whether it came over TLS.</param>
    /// <param name="origins">Which pages may connect.</param>
    public UpgradeRefusal? Check(bool isSecure, OriginRules origins)
    {
        if (_head.Path.EndsWith("/mqtt", StringComparison.Ordinal))
            return new UpgradeRefusal(HttpStatusCode.NotFound, "mqtt websocket endpoint not enabled");
        if (_head.Method != "GET")
            return new UpgradeRefusal(HttpStatusCode.MethodNotAllowed, "request method must be GET");
        if (_headers["Host"].Length == 0)
            return Bad("'Host' missing in request");
        if (!_headers.HasElement("Upgrade", "websocket"))
            return Bad("invalid value for header 'Upgrade'");
        if (!_headers.HasElement("Connection", "Upgrade"))
            return Bad("invalid value for header 'Connection'");
        string key = _headers["Sec-WebSocket-Key"];
        if (key.Length == 0)
            return Bad("key missing");
        if (!IsKey(key))
            return Bad("invalid websocket key");
        if (!_headers.HasElement("Sec-WebSocket-Version", "13"))
            return Bad("invalid version");
        string origin = _headers["Origin"] is { Length: > 0 } named ? named : _headers["Sec-WebSocket-Origin"];
        return origins.Check(origin, _headers["Host"], isSecure) is { } complaint
            ? new UpgradeRefusal(HttpStatusCode.Forbidden, $"origin not allowed: {complaint}")
            : null;
    }

    /// <summary>What both sides agree on.</summary>
    /// <param name="maxPayload">Most bytes of a NATS message.</param>
    public WebSocketTerms Terms(int maxPayload)
    {
        string agent = _headers["User-Agent"];
        return new WebSocketTerms
        {
            Compress = _options.Compression && OffersCompression(),
            NoMasking = _headers["Nats-No-Masking"] == "true",
            IsBrowser = agent.StartsWith("Mozilla/", StringComparison.Ordinal),
            IsSafari = agent.Contains("Version/", StringComparison.Ordinal) && agent.Contains("Safari/", StringComparison.Ordinal),
            MessageBytesMax = Math.Min(maxPayload * 8L, 64 * 1024 * 1024),
        };
    }

    /// <summary>The answer that accepts it.</summary>
    public byte[] Answer(WebSocketTerms terms)
    {
        var answer = new StringBuilder("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ");
        answer.Append(AcceptKey(_headers["Sec-WebSocket-Key"])).Append("\r\n");
        if (terms.Compress)
            answer.Append("Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n");
        if (terms.NoMasking)
            answer.Append("Nats-No-Masking: true\r\n");
        foreach (var (name, value) in _options.Headers)
            answer.Append(name).Append(": ").Append(value).Append("\r\n");
        return Encoding.UTF8.GetBytes(answer.Append("\r\n").ToString());
    }

    /// <summary>The credentials in cookies that the settings name; null for none.</summary>
    public CookieCredentials? Cookies()
    {
        string? jwt = null;
        string? user = null;
        string? password = null;
        string? token = null;
        foreach (var (name, value) in _headers.Values("Cookie").SelectMany(Pairs))
        {
            if (name == _options.JwtCookie)
                jwt = value;
            else if (name == _options.UserCookie)
                user = value;
            else if (name == _options.PasswordCookie)
                password = value;
            else if (name == _options.TokenCookie)
                token = value;
        }

        return (jwt ?? user ?? password ?? token) is null ? null : new CookieCredentials(jwt, user, password, token);
    }

    /// <summary>The address that a proxy says the client has; null if there is none, or it is no address.</summary>
    public IPAddress? ForwardedFor()
    {
        string text = _headers["X-Forwarded-For"];
        return IPAddress.TryParse(text, out var address) && !text.StartsWith('[') && (text.Contains(':', StringComparison.Ordinal) || text.Count(c => c == '.') == 3)
            ? address
            : null;
    }

    private bool OffersCompression()
    {
        return _headers.Values("Sec-WebSocket-Extensions")
            .SelectMany(value => value.Split(',', ';'))
            .Any(part => part.Trim(' ', '\t').Equals("permessage-deflate", StringComparison.OrdinalIgnoreCase));
    }

    private static IEnumerable<(string Name, string Value)> Pairs(string cookies)
    {
        foreach (string part in cookies.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
                continue;
            string value = part[(equals + 1)..].Trim();
            if (value.Length >= 2 && value[0] == '"' && value[^1] == '"')
                value = value[1..^1];
            yield return (part[..equals].Trim(), value);
        }
    }

    private static string AcceptKey(string key)
    {
#pragma warning disable CA5350 // The protocol says so; nothing is protected by it.
        return Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + KeySuffix)));
#pragma warning restore CA5350
    }

    private static bool IsKey(string key)
    {
        Span<byte> bytes = stackalloc byte[KeyCharacters];
        return key.Length == KeyCharacters && Convert.TryFromBase64String(key, bytes, out int length) && length == KeyBytes;
    }

    private static UpgradeRefusal Bad(string reason)
    {
        return new UpgradeRefusal(HttpStatusCode.BadRequest, reason);
    }
}

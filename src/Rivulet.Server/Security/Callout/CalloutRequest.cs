using System.Text.Json.Nodes;
using Rivulet.Protocol;
using Rivulet.Server.Hosting;
using Rivulet.Server.Security.Tokens;

namespace Rivulet.Server.Security.Callout;

/// <summary>Writes what an authorization service is asked: who the client says it is, all it shows included.</summary>
/// <remarks>The claims are those of nats-io/jwt's authorization request. They hold secrets: never for a log.</remarks>
internal static class CalloutRequest
{
    private const string Audience = "nats-authorization-request";

    /// <summary>The token of a request.</summary>
    /// <param name="server">Who asks.</param>
    /// <param name="address">Whom.</param>
    /// <param name="request">What the client shows.</param>
    /// <param name="userKey">The key that the user has to have in the answer.</param>
    public static string Encode(CalloutServer server, CalloutAddress address, AuthenticationRequest request, string userKey)
    {
        var now = server.Time.GetUtcNow();
        var fields = new JsonObject
        {
            ["server_id"] = ServerOf(server, address),
            ["user_nkey"] = userKey,
            ["client_info"] = ClientOf(request),
            ["connect_opts"] = OptionsOf(request.Connect),
            ["type"] = "authorization_request",
            ["version"] = ClaimsFields.VersionRead,
        };
        if (TlsOf(request) is { } tls)
            fields["client_tls"] = tls;
        var claims = new JsonObject
        {
            ["aud"] = Audience,
            ["exp"] = (now + address.Timeout).ToUnixTimeSeconds(),
            ["sub"] = address.Issuer,
            ["nats"] = fields,
        };
        return Jwt.Encode(claims, server.Keys, now.ToUnixTimeSeconds());
    }

    private static JsonObject ServerOf(CalloutServer server, CalloutAddress address)
    {
        var json = new JsonObject
        {
            ["name"] = server.Identity.Name,
            ["host"] = server.Host,
            ["id"] = server.Identity.Id,
            ["version"] = ServerVersion.ProtocolLevel,
        };
        if (server.Tags.Count > 0)
            json["tags"] = new JsonArray([.. server.Tags.Select(tag => (JsonNode)tag)]);
        if (address.XKey is not null)
            json["xkey"] = server.EncryptionKeys.PublicKey;
        return json;
    }

    private static JsonObject ClientOf(AuthenticationRequest request)
    {
        var connect = request.Connect;
        var json = new JsonObject
        {
            ["id"] = request.ConnectionId,
            ["kind"] = "Client",
            ["type"] = request.ConnectionType == ConnectionTypes.WebSocket ? "websocket" : "nats",
        };
        Add(json, "host", request.RemoteAddress?.ToString());
        Add(json, "user", PresentedUser.Raw(connect));
        Add(json, "name", connect.Name);
        if (!string.IsNullOrEmpty(connect.Signature))
            Add(json, "nonce", request.Nonce);
        return json;
    }

    private static JsonObject OptionsOf(ConnectOptions connect)
    {
        var json = new JsonObject();
        Add(json, "jwt", connect.Jwt);
        Add(json, "nkey", connect.NKey);
        Add(json, "sig", connect.Signature);
        Add(json, "auth_token", connect.AuthToken);
        Add(json, "user", connect.User);
        Add(json, "pass", connect.Password);
        Add(json, "name", connect.Name);
        Add(json, "lang", connect.Language);
        Add(json, "version", connect.Version);
        json["protocol"] = connect.Protocol;
        return json;
    }

    private static JsonObject? TlsOf(AuthenticationRequest request)
    {
        return request.PeerCertificate is { } certificate
            ? new JsonObject { ["certs"] = new JsonArray(certificate.ExportCertificatePem() + "\n") }
            : null;
    }

    private static void Add(JsonObject json, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
            json[name] = value;
    }
}

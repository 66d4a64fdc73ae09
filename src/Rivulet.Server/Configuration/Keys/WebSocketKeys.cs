using Rivulet.Server.Configuration.Language;
using Rivulet.Server.Hosting;

namespace Rivulet.Server.Configuration.Keys;

/// <summary>The block <c>websocket</c>. The errors are the reference server's.</summary>
internal static class WebSocketKeys
{
    private static readonly KeyTable<WebSocketServerOptions> Inner = CreateInner();
    private static readonly KeyTable<WebSocketServerOptions> Authorization = CreateAuthorization();

    /// <summary>Names of the keys of the block.</summary>
    public static IEnumerable<string> InnerNames => Inner.Names;

    /// <summary>Names of the keys of its <c>authorization</c>.</summary>
    public static IEnumerable<string> AuthorizationNames => Authorization.Names;

    /// <summary>Adds it.</summary>
    public static void AddTo(KeyTable<ServerConfiguration> table)
    {
        table.Custom(Read, "websocket", "ws");
    }

    private static KeyTable<WebSocketServerOptions> CreateInner()
    {
        return new KeyTable<WebSocketServerOptions>()
            .Custom(Listen, "listen")
            .Integer((o, v) => o with { Port = v }, "port")
            .Text((o, v) => v.Length == 0 ? o : o with { Host = v }, "host", "net")
            .Text((o, v) => o with { Advertise = Named(v) }, "advertise")
            .Boolean((o, v) => o with { NoTls = v }, "no_tls")
            .Custom((options, entry, problems) => TlsKeys.TryRead(entry, problems) is { } tls ? options with { Tls = tls } : options, "tls")
            .Boolean((o, v) => o with { SameOrigin = v }, "same_origin")
            .Custom(Origins, "allowed_origins", "allowed_origin", "allow_origins", "allow_origin", "origins", "origin")
            .Custom(HandshakeTimeout, "handshake_timeout")
            .Boolean((o, v) => o with { Compression = v }, "compress", "compression")
            .Custom(ReadAuthorization, "authorization", "authentication")
            .Text((o, v) => o with { JwtCookie = Named(v) }, "jwt_cookie")
            .Text((o, v) => o with { UserCookie = Named(v) }, "user_cookie")
            .Text((o, v) => o with { PasswordCookie = Named(v) }, "pass_cookie")
            .Text((o, v) => o with { TokenCookie = Named(v) }, "token_cookie")
            .Text((o, v) => o with { NoAuthUser = Named(v) }, "no_auth_user")
            .Custom(Headers, "headers")
            .Duration((o, v, _, _) => v == TimeSpan.Zero ? o : o with { PingInterval = v }, "ping_interval");
    }

    private static KeyTable<WebSocketServerOptions> CreateAuthorization()
    {
        return new KeyTable<WebSocketServerOptions>()
            .Text((o, v) => o with { UserName = Named(v) }, "user", "username")
            .Text((o, v) => o with { Password = Named(v) }, "pass", "password")
            .Text((o, v) => o with { Token = Named(v) }, "token")
            .Custom(AuthTimeout, "timeout");
    }

    private static ServerConfiguration Read(ServerConfiguration settings, ConfigEntry entry, ConfigProblems problems)
    {
        if (entry.Value is not ConfigMap map)
        {
            problems.Error(entry.Position, $"Expected websocket to be a map, got {entry.Value.KindName}");
            return settings;
        }

        // Without a port the rest does not matter.
        var options = Inner.Apply(map, new WebSocketServerOptions(), problems);
        return settings with { Server = settings.Server with { WebSocket = options.Port == 0 ? null : options } };
    }

    private static WebSocketServerOptions Listen(WebSocketServerOptions options, ConfigEntry entry, ConfigProblems problems)
    {
        return ListenValue.TryRead(entry, problems, out string? host, out int port)
            ? options with { Host = host ?? options.Host, Port = port }
            : options;
    }

    private static WebSocketServerOptions Origins(WebSocketServerOptions options, ConfigEntry entry, ConfigProblems problems)
    {
        switch (entry.Value)
        {
            case ConfigText text:
                return options with { AllowedOrigins = [text.Value] };
            case ConfigArray array:
                foreach (var wrong in array.Items.Where(item => item.Value is not ConfigText))
                    problems.Error(wrong.Position, $"error parsing allowed origins: unsupported type in array {wrong.Value.KindName}");
                return options with { AllowedOrigins = [.. array.Items.Select(item => item.Value).OfType<ConfigText>().Select(text => text.Value)] };
            default:
                problems.Error(entry.Position, $"error parsing allowed origins: unsupported type {entry.Value.KindName}");
                return options;
        }
    }

    private static WebSocketServerOptions HandshakeTimeout(WebSocketServerOptions options, ConfigEntry entry, ConfigProblems problems)
    {
        switch (entry.Value)
        {
            case ConfigInteger { Value: var seconds }:
                return options with { HandshakeTimeout = Given(TimeSpan.FromSeconds(Math.Clamp(seconds, -int.MaxValue, int.MaxValue))) };
            case ConfigText { Value: var text } when GoDuration.TryParse(text, out var duration):
                return options with { HandshakeTimeout = Given(duration) };
            case ConfigText { Value: var text }:
                problems.Error(entry.Position, $"time: invalid duration \"{text}\"");
                return options;
            default:
                problems.Error(entry.Position, $"error parsing handshake timeout: unsupported type {entry.Value.KindName}");
                return options;
        }
    }

    private static WebSocketServerOptions ReadAuthorization(WebSocketServerOptions options, ConfigEntry entry, ConfigProblems problems)
    {
        if (entry.Value is ConfigMap map)
            return Authorization.Apply(map, options, problems);
        problems.WrongKind(entry.Position, entry.Value, "map[string]interface {}");
        return options;
    }

    private static WebSocketServerOptions AuthTimeout(WebSocketServerOptions options, ConfigEntry entry, ConfigProblems problems)
    {
        switch (entry.Value)
        {
            case ConfigInteger { Value: var seconds }:
                return options with { AuthTimeout = Given(TimeSpan.FromSeconds(Math.Clamp(seconds, -int.MaxValue, int.MaxValue))) };
            case ConfigFloat { Value: var seconds }:
                return options with { AuthTimeout = Given(TimeSpan.FromSeconds(Math.Clamp(seconds, -int.MaxValue, int.MaxValue))) };
            case ConfigText { Value: var text } when GoDuration.TryParse(text, out var duration):
                return options with { AuthTimeout = Given(duration) };
            default:
                problems.Error(entry.Position, "error parsing authorization config, 'timeout' wrong type");
                return options;
        }
    }

    private static WebSocketServerOptions Headers(WebSocketServerOptions options, ConfigEntry entry, ConfigProblems problems)
    {
        if (entry.Value is not ConfigMap map)
        {
            problems.Error(entry.Position, $"error parsing headers: unsupported type {entry.Value.KindName}");
            return options;
        }

        var headers = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var header in map.Entries)
        {
            if (header.Value is ConfigText text)
                headers[header.Key] = text.Value;
            else
                problems.Error(header.Position, $"error parsing header key {header.Key}: unsupported type {header.Value.KindName}");
        }

        return options with { Headers = headers };
    }

    private static string? Named(string text)
    {
        return text.Length > 0 ? text : null;
    }

    private static TimeSpan? Given(TimeSpan time)
    {
        return time == TimeSpan.Zero ? null : time;
    }
}

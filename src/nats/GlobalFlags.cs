using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Formats;

namespace Rivulet.Cli;

/// <summary>The flags that every command takes.</summary>
internal static class GlobalFlags
{
    public static readonly Flag<bool> Help = Flag.Switch("help", "Show context-sensitive help", 'h');
    public static readonly Flag<bool> Version = Flag.Switch("version", "Show application version.");
    public static readonly Flag<string> Server = FromEnvironment("server", "NATS server urls", "URL", "NATS_URL", 's');
    public static readonly Flag<string> User = FromEnvironment("user", "Username or Token", "USER", "NATS_USER");
    public static readonly Flag<string> Password = FromEnvironment("password", "Password", "PASSWORD", "NATS_PASSWORD");
    public static readonly Flag<string> Token = FromEnvironment("token", "Token", "TOKEN", "NATS_TOKEN");
    public static readonly Flag<string> ConnectionName = Flag.Text("connection-name", "Name by which the server knows this connection", "NAME");
    public static readonly Flag<string> Credentials = FromEnvironment("creds", "User credentials", "LOCATION", "NATS_CREDS");
    public static readonly Flag<string> NKey = FromEnvironment("nkey", "User NKEY", "LOCATION", "NATS_NKEY");
    public static readonly Flag<string> Jwt = FromEnvironment("jwt", "User JWT", "LOCATION", "NATS_JWT");
    public static readonly Flag<string> Seed = FromEnvironment("seed", "User seed", "LOCATION", "NATS_SEED");
    public static readonly Flag<string> TlsCertificate = FromEnvironment("tlscert", "TLS public certificate", "FILE", "NATS_CERT");
    public static readonly Flag<string> TlsKey = FromEnvironment("tlskey", "TLS private key", "FILE", "NATS_KEY");
    public static readonly Flag<string> TlsAuthority = FromEnvironment("tlsca", "TLS certificate authority chain", "FILE", "NATS_CA");
    public static readonly Flag<bool> TlsFirst = Flag.Toggle("tlsfirst", "Start TLS at once, ahead of the greeting of the server");
    public static readonly Flag<bool> TlsFirstAlias = new("tls-first", "Same as --tlsfirst", text => text is "true")
    {
        IsBoolean = true,
        IsNegatable = true,
        IsHidden = true,
    };

    public static readonly Flag<long> Timeout = new("timeout", "How long to wait for an answer from NATS", Durations.Parse)
    {
        Default = "5s",
        EnvironmentVariable = "NATS_TIMEOUT",
    };

    public static readonly Flag<string> SocksProxy = FromEnvironment("socks-proxy", "SOCKS5 proxy between here and the NATS server", "PROXY", "NATS_SOCKS_PROXY");
    public static readonly Flag<string> JetStreamApiPrefix = Flag.Text("js-api-prefix", "Subject prefix of the JetStream API", "PREFIX");
    public static readonly Flag<string> JetStreamEventPrefix = Flag.Text("js-event-prefix", "Subject prefix of JetStream advisories", "PREFIX");
    public static readonly Flag<string> JetStreamDomain = Flag.Text("js-domain", "JetStream domain to work with", "DOMAIN");
    public static readonly Flag<string> InboxPrefix = Flag.Text("inbox-prefix", "Subject prefix of inboxes, in place of _INBOX", "PREFIX");
    public static readonly Flag<string> DomainAlias = new("domain", "Same as --js-domain", text => text) { IsHidden = true, PlaceHolder = "DOMAIN" };

    public static readonly Flag<string> Colors = new("colors", "Color scheme of tables and blocks", CheckScheme)
    {
        PlaceHolder = "SCHEME",
        EnvironmentVariable = "NATS_COLOR",
    };

    public static readonly Flag<string> Context = FromEnvironment("context", "Configuration context", "NAME", "NATS_CONTEXT");
    public static readonly Flag<bool> Trace = Flag.Switch("trace", "Trace API interactions");
    public static readonly Flag<bool> NoContext = Flag.Switch("no-context", "Ignore the selected context");

    public static FlagSpec[] All =>
    [
        Help, Version, Server, User, Password, Token, ConnectionName, Credentials, NKey, Jwt, Seed, TlsCertificate, TlsKey,
        TlsAuthority, TlsFirst, TlsFirstAlias, Timeout, SocksProxy, JetStreamApiPrefix, JetStreamEventPrefix,
        JetStreamDomain, InboxPrefix, DomainAlias, Colors, Context, Trace, NoContext,
    ];

    private static Flag<string> FromEnvironment(string name, string help, string placeHolder, string variable, char shortName = '\0') =>
        new(name, help, text => text) { PlaceHolder = placeHolder, EnvironmentVariable = variable, Short = shortName };

    private static string CheckScheme(string text) => Array.IndexOf(OutputStyle.SchemeNames, text) >= 0
        ? text
        : throw new CliException($"enum value must be one of {string.Join(',', OutputStyle.SchemeNames)}, got '{text}'");
}

using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Formats;
using Rivulet.Client;
using Rivulet.Client.JetStream;

namespace Rivulet.Cli.Connecting;

/// <summary>
/// How to connect, as flags, environment and the selected context say it together: flags and environment win over the
/// context, and that over <c>nats://localhost:4222</c>.
/// </summary>
internal sealed class ConnectionSettings
{
    private const string DefaultServer = "nats://localhost:4222";

    private ConnectionSettings()
    {
    }

    /// <summary>One or several addresses, divided by commas.</summary>
    public required string Servers { get; init; }

    public required NatsConnectionOptions Options { get; init; }

    public required JetStreamContextOptions JetStream { get; init; }

    public static ConnectionSettings From(CommandContext context)
    {
        var file = context.Get(GlobalFlags.NoContext) ? null : ContextFile.Load(context.Get(GlobalFlags.Context), context.Host);
        context.ContextColors = file?["color_scheme"];
        RefuseUnsupported(context, file);

        var timeout = Durations.ToTimeSpan(context.Get(GlobalFlags.Timeout));
        if (timeout <= TimeSpan.Zero)
        {
            throw new CliException("nats: timeout invalid");
        }

        var servers = context.Get(GlobalFlags.Server) is { Length: > 0 } given ? given : file?["url"] ?? DefaultServer;
        var options = new NatsConnectionOptions
        {
            Servers = [servers],
            Name = context.Get(GlobalFlags.ConnectionName)?.Trim() is { Length: > 0 } name ? name : $"NATS CLI Version {CliProgram.Version}",
            RequestTimeout = timeout,
            Tls = TlsSettings.From(context, file),
            InboxPrefix = context.Get(GlobalFlags.InboxPrefix) is { Length: > 0 } inbox ? inbox : file?["inbox_prefix"] ?? "_INBOX",
        };
        return new ConnectionSettings
        {
            Servers = servers,
            Options = WithIdentity(options, context, file),
            JetStream = JetStreamOptions(context, file, timeout),
        };
    }

    private static NatsConnectionOptions WithIdentity(NatsConnectionOptions options, CommandContext context, ContextFile? file)
    {
        var user = context.Get(GlobalFlags.User);
        var password = context.Get(GlobalFlags.Password);
        var token = context.Get(GlobalFlags.Token);
        if (string.IsNullOrEmpty(user) && string.IsNullOrEmpty(password) && string.IsNullOrEmpty(token))
        {
            (user, password, token) = (file?["user"], file?["password"], file?["token"]);
        }

        // A user without a password is a token.
        if (!string.IsNullOrEmpty(user) && string.IsNullOrEmpty(password))
        {
            (user, token) = (null, user);
        }

        return options with
        {
            User = string.IsNullOrEmpty(user) ? null : user,
            Password = string.IsNullOrEmpty(password) ? null : password,
            Token = string.IsNullOrEmpty(token) ? null : token,
        };
    }

    private static JetStreamContextOptions JetStreamOptions(CommandContext context, ContextFile? file, TimeSpan timeout)
    {
        var options = new JetStreamContextOptions { Timeout = timeout };
        var domain = context.Get(GlobalFlags.JetStreamDomain) ?? context.Get(GlobalFlags.DomainAlias) ?? file?["jetstream_domain"];
        var prefix = context.Get(GlobalFlags.JetStreamApiPrefix) ?? file?["jetstream_api_prefix"];
        if (!string.IsNullOrEmpty(domain))
        {
            return options with { Domain = domain };
        }

        return string.IsNullOrEmpty(prefix) ? options : options with { ApiPrefix = prefix };
    }

    /// <summary>Ways to connect that this program does not have: told as such, never left out in silence.</summary>
    private static void RefuseUnsupported(CommandContext context, ContextFile? file)
    {
        Refuse(GlobalFlags.Credentials, "creds");
        Refuse(GlobalFlags.NKey, "nkey");
        Refuse(GlobalFlags.Jwt, "user_jwt");
        Refuse(GlobalFlags.Seed, "user_seed");
        Refuse(GlobalFlags.SocksProxy, "socks_proxy");
        RefuseMember("nsc");

        void Refuse(Flag<string> flag, string member)
        {
            if (!string.IsNullOrEmpty(context.Get(flag)))
            {
                throw new CliException($"--{flag.Name} is not supported yet");
            }

            RefuseMember(member);
        }

        void RefuseMember(string member)
        {
            if (file?[member] is not null)
            {
                throw new CliException($"the context sets {member}, which is not supported yet");
            }
        }
    }
}

using System.Text.RegularExpressions;
using Rivulet.Protocol;
using Rivulet.Server.Configuration.Language;
using Rivulet.Server.Hosting;
using Rivulet.Server.Security;
using Rivulet.Server.Security.Operators;
using Rivulet.Server.Security.Tokens;

namespace Rivulet.Server.Configuration.Keys;

/// <summary>The keys about operators: who they are, and where the tokens of their accounts are.</summary>
internal static partial class OperatorKeys
{
    private static readonly string[] ResolverNames = ["resolver", "account_resolver", "accounts_resolver"];

    /// <summary>Names of the keys of a resolver that is a map.</summary>
    public static IEnumerable<string> ResolverMapNames => ResolverMap.Table.Names;

    /// <summary>Adds the keys.</summary>
    public static void AddTo(KeyTable<ServerConfiguration> table)
    {
        table
            .Custom(Operators, "operator", "operators", "roots", "root", "root_operators", "root_operator")
            .Custom(Resolver, ResolverNames)
            .Custom(Preload, "resolver_preload")
            .Custom(PinnedAccounts, "resolver_pinned_accounts")
            .Custom(TrustedKeys, "trusted", "trusted_keys")
            .Text((c, v) => With(c, o => o with { DefaultSentinel = v.Length > 0 ? v : null }), "default_sentinel")
            .Custom(ResolverTls, "resolver_tls");
    }

    private static ServerConfiguration With(ServerConfiguration settings, Func<OperatorSettings, OperatorSettings> change)
    {
        var operators = change(settings.Server.Operators ?? new OperatorSettings());
        return settings with { Server = settings.Server with { Operators = operators } };
    }

    private static ServerConfiguration Operators(ServerConfiguration settings, ConfigEntry entry, ConfigProblems problems)
    {
        var tokens = new List<string>();
        foreach (string file in ReadTexts(entry, problems))
        {
            string? token = ReadToken(file, entry, problems);
            if (token is null)
                continue;
            if (Jwt.Decode<OperatorClaims>(token, out string error) is null)
                problems.Error(entry.Position, $"error parsing operator JWT: {error}");
            else
                tokens.Add(token);
        }

        return With(settings, operators => operators with { Operators = tokens });
    }

    private static List<string> ReadTexts(ConfigEntry entry, ConfigProblems problems)
    {
        switch (entry.Value)
        {
            case ConfigText text:
                return [text.Value];
            case ConfigArray array:
                foreach (var item in array.Items.Where(item => item.Value is not ConfigText))
                    problems.Error(item.Position, $"error parsing operators: unsupported type {item.Value.KindName} where string is expected");
                return [.. array.Items.Select(item => item.Value).OfType<ConfigText>().Select(text => text.Value)];
            default:
                problems.Error(entry.Position, $"error parsing operators: unsupported type {entry.Value.KindName}");
                return [];
        }
    }

    // A file, or the token itself.
    private static string? ReadToken(string fileOrToken, ConfigEntry entry, ConfigProblems problems)
    {
        if (fileOrToken.StartsWith(Jwt.Prefix, StringComparison.Ordinal) && !File.Exists(fileOrToken))
            return Jwt.FromDecorated(fileOrToken);
        try
        {
            return Jwt.FromDecorated(SystemConfigSource.Instance.ReadFile(fileOrToken));
        }
        catch (IOException e)
        {
            // A key in place of a file may be a seed.
            string shown = fileOrToken.Contains('/', StringComparison.Ordinal) || fileOrToken.Contains('.', StringComparison.Ordinal)
                ? e.Message
                : e.Message.Replace(fileOrToken, KeyText.Of(fileOrToken), StringComparison.Ordinal);
            problems.Error(entry.Position, $"error parsing operator JWT: {shown}");
            return null;
        }
    }

    private static ServerConfiguration Resolver(ServerConfiguration settings, ConfigEntry entry, ConfigProblems problems)
    {
        var resolver = entry.Value switch
        {
            ConfigText text => ByName(text.Value, entry, problems),
            ConfigMap map => ByMap(map, entry, problems),
            _ => Wrong(entry, problems),
        };
        return resolver is null ? settings : With(settings, operators => operators with { Resolver = resolver });
    }

    private static AccountResolverSettings? Wrong(ConfigEntry entry, ConfigProblems problems)
    {
        problems.Error(entry.Position, $"error parsing operator resolver, wrong type {entry.Value.KindName}");
        return null;
    }

    private static AccountResolverSettings? ByName(string name, ConfigEntry entry, ConfigProblems problems)
    {
        if (name.Contains("MEM", StringComparison.OrdinalIgnoreCase))
            return new AccountResolverSettings();
        if (ResolverAddress().Match(name) is not { Success: true } match)
            Unknown(entry, problems);
        else if (UrlResolver.TryParse(match.Groups["address"].Value, out var address))
            return new AccountResolverSettings { Kind = AccountResolverKind.Url, Url = address };
        else
            problems.Error(entry.Position, $"error parsing account resolver url [\"{match.Groups["address"].Value}\"]");
        return null;
    }

    [GeneratedRegex("""URL(\(\s*"?(?<address>[^\s"]*?)"?\s*\))?""", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex ResolverAddress();

    private static ServerConfiguration ResolverTls(ServerConfiguration settings, ConfigEntry entry, ConfigProblems problems)
    {
        return TlsKeys.TryReadClient(entry, problems) is { } tls ? With(settings, operators => operators with { ResolverTls = tls }) : settings;
    }

    private static void Unknown(ConfigEntry entry, ConfigProblems problems)
    {
        problems.Error(
            entry.Position,
            "error parsing account resolver, should be MEM or  URL(\"url\") or a map containing dir and type state=[FULL|CACHE])");
    }

    private static AccountResolverSettings? ByMap(ConfigMap map, ConfigEntry entry, ConfigProblems problems)
    {
        int errors = problems.Errors.Count;
        var read = ResolverMap.Table.Apply(map, new ResolverMap(), problems);
        if (problems.Errors.Count > errors)
            return null;
        switch (read.Type.ToUpperInvariant())
        {
            case "MEM" or "MEMORY":
                return new AccountResolverSettings();
            case "FULL":
                CheckDirectory(read.Directory, entry, problems);
                if (read.TimeToLive != TimeSpan.Zero)
                    problems.Error(entry.Position, "FULL does not accept ttl");
                if (read.HardDelete is not null && !read.AllowDelete)
                    problems.Error(entry.Position, "hard_delete has no effect without delete");
                return read.ToSettings(AccountResolverKind.Full);
            case "CACHE":
                CheckDirectory(read.Directory, entry, problems);
                if (read.Interval != TimeSpan.Zero)
                    problems.Error(entry.Position, "CACHE does not accept sync");
                if (read.AllowDelete)
                    problems.Error(entry.Position, "CACHE does not accept allow_delete");
                if (read.HardDelete is not null)
                    problems.Error(entry.Position, "CACHE does not accept hard_delete");
                return read.ToSettings(AccountResolverKind.Cache);
            default:
                Unknown(entry, problems);
                return null;
        }
    }

    private static void CheckDirectory(string directory, ConfigEntry entry, ConfigProblems problems)
    {
        if (directory.Length == 0)
            problems.Error(entry.Position, "dir has no value and needs to point to a directory");
        else if (File.Exists(directory))
            problems.Error(entry.Position, "dir needs to point to an accessible directory");
    }

    private static ServerConfiguration Preload(ServerConfiguration settings, ConfigEntry entry, ConfigProblems problems)
    {
        if (entry.Value is not ConfigMap map)
        {
            problems.Error(entry.Position, "preload should be a map of account_public_key:account_jwt");
            return settings;
        }

        var tokens = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var inner in map.Entries)
        {
            if (inner.Value is not ConfigText text)
                problems.Error(inner.Position, "preload map value should be a string JWT");
            else if (Jwt.Decode<AccountClaims>(text.Value, out _) is null)
                problems.Error(inner.Position, "invalid account JWT");
            else
                tokens[inner.Key] = text.Value;
        }

        return With(settings, operators => operators with { Preload = tokens });
    }

    private static ServerConfiguration PinnedAccounts(ServerConfiguration settings, ConfigEntry entry, ConfigProblems problems)
    {
        return TextList.TryRead(entry, "resolver_pinned_accounts", problems, out var accounts)
            ? With(settings, operators => operators with { PinnedAccounts = accounts })
            : settings;
    }

    private static ServerConfiguration TrustedKeys(ServerConfiguration settings, ConfigEntry entry, ConfigProblems problems)
    {
        if (!TextList.TryRead(entry, "trusted", problems, out var keys))
            return settings;
        foreach (string key in keys.Where(key => !NKey.IsPublicKey(key, NKeyKind.Operator)))
            problems.Error(entry.Position, $"trust key \"{KeyText.Of(key)}\" required to be a valid public operator nkey");
        return With(settings, operators => operators with { TrustedKeys = keys });
    }

    /// <summary>The map of a resolver as it is read, before it is known which of its keys its type takes.</summary>
    private sealed record ResolverMap
    {
        public static readonly KeyTable<ResolverMap> Table = new KeyTable<ResolverMap>()
            .Text((r, v) => r with { Directory = v }, "dir")
            .Text((r, v) => r with { Type = v }, "type")
            .Boolean((r, v) => r with { AllowDelete = v }, "allow_delete")
            .Boolean((r, v) => r with { HardDelete = v }, "hard_delete")
            .Long((r, v) => r with { Limit = Math.Max(v, 0) }, "limit")
            .Custom((r, e, problems) => TryReadDuration(e, problems, out var v) ? r with { TimeToLive = v } : r, "ttl")
            .Custom(ReadInterval, "interval")
            .Custom(ReadTimeout, "timeout");

        public string Directory { get; init; } = "";

        public string Type { get; init; } = "";

        public bool AllowDelete { get; init; }

        public bool? HardDelete { get; init; }

        public long Limit { get; init; }

        public TimeSpan TimeToLive { get; init; }

        public TimeSpan Interval { get; init; }

        public AccountResolverSettings ToSettings(AccountResolverKind kind)
        {
            return new AccountResolverSettings
            {
                Kind = kind,
                Directory = Directory,
                AllowDelete = AllowDelete,
                HardDelete = HardDelete ?? false,
                Limit = Limit,
                TimeToLive = TimeToLive,
            };
        }

        // There are no other servers to exchange tokens with, so that a valid duration makes no difference.
        private static ResolverMap ReadInterval(ResolverMap map, ConfigEntry entry, ConfigProblems problems)
        {
            if (!TryReadDuration(entry, problems, out var interval))
                return map;
            problems.WithoutEffect(entry);
            return map with { Interval = interval };
        }

        private static ResolverMap ReadTimeout(ResolverMap map, ConfigEntry entry, ConfigProblems problems)
        {
            if (!TryReadDuration(entry, problems, out var timeout))
                return map;
            if (timeout <= TimeSpan.Zero)
                problems.Error(entry.Position, $"Fetch timeout {GoDuration.Format(timeout)} is too smal");
            else
                problems.WithoutEffect(entry);
            return map;
        }

        private static bool TryReadDuration(ConfigEntry entry, ConfigProblems problems, out TimeSpan duration)
        {
            duration = TimeSpan.Zero;
            if (entry.Value is not ConfigText text)
                problems.WrongKind(entry.Position, entry.Value, "string");
            else if (GoDuration.TryParse(text.Value, out duration))
                return true;
            else
                problems.Error(entry.Position, $"time: invalid duration \"{text.Value}\"");
            return false;
        }
    }
}

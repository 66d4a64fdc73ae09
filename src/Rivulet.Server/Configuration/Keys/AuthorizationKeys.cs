using System.Globalization;
using Rivulet.Protocol;
using Rivulet.Server.Configuration.Language;
using Rivulet.Server.Hosting;
using Rivulet.Server.Security;

namespace Rivulet.Server.Configuration.Keys;

/// <summary>The key <c>authorization</c>: who may connect.</summary>
internal static class AuthorizationKeys
{
    // Bare 1m is a million seconds, and hardly what was meant.
    private static readonly TimeSpan LongTimeout = TimeSpan.FromSeconds(60);

    private static readonly KeyTable<Block> Table = Create();
    private static readonly KeyTable<AuthCalloutSettings> CalloutTable = CreateCallout();

    /// <summary>Names of the keys of the map.</summary>
    public static IEnumerable<string> InnerNames => Table.Names;

    /// <summary>Names of the keys of <c>auth_callout</c>.</summary>
    public static IEnumerable<string> CalloutNames => CalloutTable.Names;

    /// <summary>Adds the key.</summary>
    public static void AddTo(KeyTable<ServerConfiguration> table)
    {
        table.Custom(Authorization, "authorization");
    }

    private static KeyTable<Block> Create()
    {
        return new KeyTable<Block>()
            .Text((b, v) => b with { Settings = b.Settings with { User = NullIfEmpty(v) } }, "user", "username")
            .Text((b, v) => b with { Settings = b.Settings with { Password = NullIfEmpty(v) } }, "pass", "password")
            .Text((b, v) => b with { Settings = b.Settings with { Token = NullIfEmpty(v) } }, "token")
            .Custom(ReadTimeout, "timeout")
            .Custom(
                (b, e, problems) => b with { Settings = b.Settings with { Users = UserKeys.Read(e, AccountSettings.GlobalName, problems) } },
                "users")
            .Custom(
                (b, e, problems) => b with { Defaults = PermissionKeys.Read(e, problems) },
                "default_permission", "default_permissions", "permissions")
            .Custom(
                (b, e, problems) => b with { Settings = b.Settings with { Callout = ReadCallout(e, problems) } },
                "auth_callout", "auth_hook")
            .Unsupported("trusted proxies", "proxy_required");
    }

    private static ServerConfiguration Authorization(ServerConfiguration settings, ConfigEntry entry, ConfigProblems problems)
    {
        if (entry.Value is not ConfigMap map)
        {
            problems.WrongKind(entry.Position, entry.Value, "map[string]interface {}");
            return settings;
        }

        var block = Table.Apply(map, new Block(), problems);
        var read = block.Settings;
        if (read.Users is not null)
            read = read with { Users = UserKeys.WithDefaults(read.Users, block.Defaults) };

        // Users of accounts that stand further up count as well; accounts that come later look at this.
        var taken = new HashSet<string>(StringComparer.Ordinal);
        UserKeys.FindDuplicate(settings.Server.Accounts.SelectMany(account => account.Users), taken);
        bool hasUsers = read.Users is not null || taken.Count > 0;
        string? complaint = read switch
        {
            { Token: not null } when read.User is not null || read.Password is not null => "Cannot have a user/pass and token",
            { User: not null } when hasUsers => "Can not have a single user/pass and a users array",
            { Token: not null } when hasUsers => "Can not have a token and a users array",
            _ => UserKeys.FindDuplicate(read.Users ?? [], taken),
        };
        if (complaint is not null)
            problems.Error(entry.Position, complaint);
        return settings with { Server = settings.Server with { Authorization = read } };
    }

    /// <summary>Checks what can be told once all of a file is read.</summary>
    public static void CheckAccounts(NatsServerOptions server, ConfigProblems problems)
    {
        foreach (string account in server.Authorization?.Callout?.AllowedAccounts ?? [])
        {
            if (server.Accounts.All(known => known.Name != account))
                problems.Error($"auth_callout allowed account \"{account}\" not found in configured accounts");
        }
    }

    private static Block ReadTimeout(Block block, ConfigEntry entry, ConfigProblems problems)
    {
        TimeSpan timeout;
        switch (entry.Value)
        {
            case ConfigInteger { Value: var seconds } when Math.Abs((decimal)seconds) < (decimal)TimeSpan.MaxValue.TotalSeconds:
                timeout = TimeSpan.FromSeconds(seconds);
                break;
            case ConfigFloat { Value: var seconds } when Math.Abs(seconds) < TimeSpan.MaxValue.TotalSeconds:
                timeout = TimeSpan.FromSeconds(seconds);
                break;
            case ConfigText { Value: var text }:
                if (GoDuration.TryParse(text, out timeout))
                    break;
                problems.Error(
                    entry.Position, $"error parsing authorization config, 'timeout' time: invalid duration \"{text}\"");
                return block;
            default:
                problems.Error(entry.Position, "error parsing authorization config, 'timeout' wrong type");
                return block;
        }

        if (timeout > LongTimeout)
        {
            problems.Warn(entry.Position, string.Create(
                CultureInfo.InvariantCulture,
                $"invalid use of field \"{entry.Key}\": timeout of {ValueText.Of(entry.Value)} ({timeout.TotalSeconds:0.000000} seconds) is high, consider keeping it under 60 seconds. possibly caused by unquoted duration; use '1m' instead of 1m, for example"));
        }

        return block with { Settings = block.Settings with { Timeout = timeout > TimeSpan.Zero ? timeout : null } };
    }

    private static AuthCalloutSettings? ReadCallout(ConfigEntry entry, ConfigProblems problems)
    {
        if (entry.Value is not ConfigMap map)
        {
            problems.Error(entry.Position, $"Expected authorization callout to be a map/struct, got {ValueText.Of(entry.Value)}");
            return null;
        }

        int errors = problems.Errors.Count;
        var callout = CalloutTable.Apply(map, new AuthCalloutSettings { Issuer = "", AuthUsers = [] }, problems);
        if (problems.Errors.Count > errors)
            return null;
        var position = map.Entries.Count > 0 ? map.Entries[^1].Position : entry.Position;
        if (callout.Issuer.Length == 0)
            problems.Error(position, "Authorization callouts require an issuer to be specified");
        else if (callout.AuthUsers.Count == 0)
            problems.Error(position, "Authorization callouts require authorized users to be specified");
        return callout;
    }

    private static KeyTable<AuthCalloutSettings> CreateCallout()
    {
        return new KeyTable<AuthCalloutSettings>("Unknown field \"{0}\" parsing authorization callout")
            .Custom(ReadIssuer, "issuer")
            .Text((c, v) => c with { Account = v.Length > 0 ? v : AccountSettings.GlobalName }, "account", "acc")
            .Custom((c, e, problems) => c with { AuthUsers = ReadTexts(e, "auth_users field", problems) }, "auth_users", "users")
            .Custom(ReadXKey, "xkey", "key")
            .Custom((c, e, problems) => c with { AllowedAccounts = ReadTexts(e, "allowed accounts field", problems) }, "allowed_accounts");
    }

    private static AuthCalloutSettings ReadIssuer(AuthCalloutSettings callout, ConfigEntry entry, ConfigProblems problems)
    {
        string issuer = ReadText(entry, problems);
        if (!NKey.IsPublicKey(issuer, NKeyKind.Account))
            problems.Error(entry.Position, $"Expected callout user to be a valid public account nkey, got \"{KeyText.Of(issuer)}\"");
        return callout with { Issuer = issuer };
    }

    private static AuthCalloutSettings ReadXKey(AuthCalloutSettings callout, ConfigEntry entry, ConfigProblems problems)
    {
        string key = ReadText(entry, problems);
        if (!NKey.IsPublicKey(key, NKeyKind.Curve))
            problems.Error(entry.Position, $"Expected callout xkey to be a valid public xkey, got \"{KeyText.Of(key)}\"");
        return callout with { XKey = key };
    }

    private static string ReadText(ConfigEntry entry, ConfigProblems problems)
    {
        if (entry.Value is ConfigText text)
            return text.Value;
        problems.WrongKind(entry.Position, entry.Value, "string");
        return "";
    }

    private static List<string> ReadTexts(ConfigEntry entry, string what, ConfigProblems problems)
    {
        var texts = new List<string>();
        if (entry.Value is not ConfigArray array)
        {
            problems.Error(entry.Position, $"Expected {what} to be an array, got {entry.Value.KindName}");
            return texts;
        }

        foreach (var item in array.Items)
        {
            if (item.Value is ConfigText text)
                texts.Add(text.Value);
            else
                problems.WrongKind(item.Position, item.Value, "string");
        }

        return texts;
    }

    private static string? NullIfEmpty(string text)
    {
        return text.Length > 0 ? text : null;
    }

    /// <summary>The block as it is read: its default permissions go into its users at the end.</summary>
    private sealed record Block
    {
        public AuthorizationSettings Settings { get; init; } = new();

        public Permissions? Defaults { get; init; }
    }
}

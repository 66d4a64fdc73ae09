using Rivulet.Protocol;
using Rivulet.Server.Accounts;
using Rivulet.Server.Configuration.Language;
using Rivulet.Server.Security;

namespace Rivulet.Server.Configuration.Keys;

/// <summary>The key <c>accounts</c> with the keys of each account, and the keys beside it that are about accounts.</summary>
internal static class AccountKeys
{
    private static readonly KeyTable<AccountSettings> Inner = CreateInner();
    private static readonly KeyTable<AccountConnectionLimits> Limits = CreateLimits();

    /// <summary>Names of the keys of an account.</summary>
    public static IEnumerable<string> InnerNames => Inner.Names;

    /// <summary>Names of the keys of an account's <c>limits</c>.</summary>
    public static IEnumerable<string> LimitNames => Limits.Names;

    /// <summary>Adds them.</summary>
    public static void AddTo(KeyTable<ServerConfiguration> table)
    {
        table
            .Custom(Accounts, "accounts")
            .Custom(GlobalMappings, "mappings", "maps")
            .Custom(SystemAccount, "system_account", "system")
            .Custom(DomainsOfAccounts, "default_js_domain")
            .Text((c, v) => c with { Server = c.Server with { NoAuthUser = v.Length > 0 ? v : null } }, "no_auth_user");
    }

    private static KeyTable<AccountSettings> CreateInner()
    {
        return new KeyTable<AccountSettings>()
            .Custom(PublicKey, "nkey")
            .Custom((a, e, problems) => a with { Users = UserKeys.Read(e, a.Name, problems) }, "users")
            .Custom((a, e, problems) => a with { JetStream = AccountJetStreamKeys.Read(e, a.JetStream, problems) }, "jetstream")
            .Custom((a, e, problems) => a with { DefaultPermissions = PermissionKeys.Read(e, problems) }, "default_permissions")
            .Custom(ExportKeys.Read, "exports")
            .Custom(ImportKeys.Read, "imports")
            .Custom((a, e, problems) => a with { Mappings = MappingKeys.Read(e, problems) }, "mappings", "maps")
            .Custom(ReadLimits, "limits")
            .Custom(TraceKeys.Read, "msg_trace", "trace_dest");
    }

    private static KeyTable<AccountConnectionLimits> CreateLimits()
    {
        return new KeyTable<AccountConnectionLimits>("Unknown field \"{0}\" parsing account limits")
            .Integer((l, v) => l with { MaxConnections = Math.Max(v, -1) }, "max_connections", "max_conn")
            .Integer((l, v) => l with { MaxSubscriptions = Math.Max(v, -1) }, "max_subscriptions", "max_subs")
            .Integer((l, v) => l with { MaxPayload = Math.Max(v, -1) }, "max_payload", "max_pay")
            .Custom(ReadMaxLeafNodes, "max_leafnodes", "max_leafs");
    }

    // Shown by monitoring, and there are no leaf nodes to count.
    private static AccountConnectionLimits ReadMaxLeafNodes(AccountConnectionLimits limits, ConfigEntry entry, ConfigProblems problems)
    {
        if (entry.Value is not ConfigInteger { Value: var max })
        {
            problems.WrongKind(entry.Position, entry.Value, "int64");
            return limits;
        }

        problems.WithoutEffect(entry);
        return limits with { MaxLeafNodes = (int)Math.Clamp(max, -1, int.MaxValue) };
    }

    private static ServerConfiguration DomainsOfAccounts(ServerConfiguration settings, ConfigEntry entry, ConfigProblems problems)
    {
        if (entry.Value is not ConfigMap map)
        {
            problems.Error(entry.Position, $"error default_js_domain config: unsupported type {entry.Value.KindName}");
            return settings;
        }

        var domains = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in map.Entries)
        {
            if (pair.Value is ConfigText text)
                domains[pair.Key] = text.Value;
            else
                problems.WrongKind(entry.Position, pair.Value, "string");
        }

        return settings with { Server = settings.Server with { DefaultJetStreamDomains = domains } };
    }

    private static ServerConfiguration Accounts(ServerConfiguration settings, ConfigEntry entry, ConfigProblems problems)
    {
        var accounts = entry.Value switch
        {
            ConfigArray array => Named(array, problems),
            ConfigMap map => Described(map, settings, problems),
            _ => [],
        };
        IReadOnlyList<AccountSettings> all = [.. settings.Server.Accounts, .. accounts];

        // What is wrong with one account would make other mistakes of what is right with another.
        if (problems.Errors.Count == 0)
        {
            foreach (string mistake in ExchangeChecks.Check(all))
                problems.Error(entry.Position, mistake);
        }

        return settings with { Server = settings.Server with { Accounts = all } };
    }

    private static List<AccountSettings> Named(ConfigArray array, ConfigProblems problems)
    {
        var accounts = new List<AccountSettings>();
        foreach (var item in array.Items)
        {
            if (item.Value is not ConfigText { Value: var name })
                problems.WrongKind(item.Position, item.Value, "string");
            else if (name == AccountSettings.GlobalName)
                problems.Error(item.Position, $"\"{name}\" is a Reserved Account");
            else if (accounts.Exists(account => account.Name == name))
                problems.Error(item.Position, $"Duplicate Account Entry: {name}");
            else
                accounts.Add(new AccountSettings { Name = name });
        }

        return accounts;
    }

    private static List<AccountSettings> Described(ConfigMap map, ServerConfiguration settings, ConfigProblems problems)
    {
        var accounts = new List<AccountSettings>();
        var taken = new HashSet<string>(StringComparer.Ordinal);
        UserKeys.FindDuplicate(settings.Server.Authorization?.Users ?? [], taken);
        foreach (var entry in map.Entries)
        {
            if (entry.IsVariable)
                continue;
            if (entry.Value is not ConfigMap inner)
            {
                problems.Error(entry.Position, "Expected map entries for accounts");
                continue;
            }

            if (entry.Key == AccountSettings.GlobalName)
            {
                problems.Error(entry.Position, $"\"{entry.Key}\" is a Reserved Account");
                continue;
            }

            var account = Inner.Apply(inner, new AccountSettings { Name = entry.Key }, problems);
            CheckUsers(account, inner, settings.Server.Authorization, taken, problems);
            accounts.Add(account with { Users = UserKeys.WithDefaults(account.Users, account.DefaultPermissions) });
        }

        return accounts;
    }

    private static void CheckUsers(
        AccountSettings account, ConfigMap map, AuthorizationSettings? authorization, HashSet<string> taken, ConfigProblems problems)
    {
        if (account.Users.Count == 0)
            return;
        var position = map.Entries.First(entry => entry.Key.Equals("users", StringComparison.OrdinalIgnoreCase)).Position;
        if (authorization?.User is not null)
            problems.Error(position, "Can not have a single user/pass and accounts");
        else if (authorization?.Token is not null)
            problems.Error(position, "Can not have a token and accounts");
        else if (UserKeys.FindDuplicate(account.Users, taken) is { } complaint)
            problems.Error(position, complaint);
    }

    private static ServerConfiguration GlobalMappings(ServerConfiguration settings, ConfigEntry entry, ConfigProblems problems)
    {
        var mappings = MappingKeys.Read(entry, problems);
        var global = new AccountSettings { Name = AccountSettings.GlobalName, Mappings = mappings };
        var others = settings.Server.Accounts.Where(account => account.Name != AccountSettings.GlobalName);
        return settings with { Server = settings.Server with { Accounts = [.. others, global] } };
    }

    private static ServerConfiguration SystemAccount(ServerConfiguration settings, ConfigEntry entry, ConfigProblems problems)
    {
        if (entry.Value is not ConfigText { Value: var name })
            problems.Error(entry.Position, "system account name must be a string");
        else if (name.Length > 0)
            return settings with { Server = settings.Server with { SystemAccount = name } };
        return settings;
    }

    private static AccountSettings PublicKey(AccountSettings account, ConfigEntry entry, ConfigProblems problems)
    {
        if (entry.Value is ConfigText { Value: var key } && NKey.IsPublicKey(key, NKeyKind.Account))
        {
            problems.WithoutEffect(entry);
            return account with { NKey = key };
        }

        problems.Error(entry.Position, $"Not a valid public nkey for an account: \"{KeyText.Of(ValueText.Of(entry.Value))}\"");
        return account;
    }

    private static AccountSettings ReadLimits(AccountSettings account, ConfigEntry entry, ConfigProblems problems)
    {
        if (entry.Value is ConfigMap map)
            return account with { Limits = Limits.Apply(map, account.Limits, problems) };
        problems.Error(entry.Position, $"Expected account limits to be a map/struct, got {ValueText.Of(entry.Value)}");
        return account;
    }
}

using Rivulet.Protocol;
using Rivulet.Server.Configuration.Language;
using Rivulet.Server.Security;

namespace Rivulet.Server.Configuration.Keys;

/// <summary>The users of the authorization, and of accounts.</summary>
internal static class UserKeys
{
    private static readonly KeyTable<UserSettings> Table = Create();

    /// <summary>Names of the keys of a user.</summary>
    public static IEnumerable<string> Names => Table.Names;

    /// <summary>The users that an entry lists. What is wrong with one is among the problems, and then there may be fewer.</summary>
    /// <param name="entry">The entry <c>users</c>.</param>
    /// <param name="accountName">The account that they belong to.</param>
    /// <param name="problems">Where to say what is wrong.</param>
    public static IReadOnlyList<UserSettings> Read(ConfigEntry entry, string accountName, ConfigProblems problems)
    {
        if (entry.Value is not ConfigArray array)
        {
            problems.Error(entry.Position, $"Expected users field to be an array, got {ValueText.WithoutSecrets(entry.Value)}");
            return [];
        }

        var users = new List<UserSettings>();
        foreach (var item in array.Items)
        {
            if (item.Value is not ConfigMap map)
            {
                problems.Error(item.Position, $"Expected user entry to be a map/struct, got {ValueText.WithoutSecrets(item.Value)}");
                continue;
            }

            int errors = problems.Errors.Count;
            var user = Table.Apply(map, new UserSettings { AccountName = accountName }, problems);
            if (problems.Errors.Count > errors)
                continue;
            var position = map.Entries.Count > 0 ? map.Entries[^1].Position : item.Position;
            if (Complaint(user) is { } complaint)
                problems.Error(position, complaint);
            else
                users.Add(user.NKey is null ? user with { Password = user.Password ?? "" } : user);
        }

        return users;
    }

    /// <summary>Users with default permissions where they have none of their own.</summary>
    public static IReadOnlyList<UserSettings> WithDefaults(IReadOnlyList<UserSettings> users, Permissions? defaults)
    {
        return defaults is null ? users : [.. users.Select(user => user.Permissions is null ? user with { Permissions = defaults } : user)];
    }

    /// <summary>The first user whose name or key is taken, in the reference server's words; null if there is none.</summary>
    /// <param name="users">The users.</param>
    /// <param name="taken">Names and keys taken; gets those of the users.</param>
    public static string? FindDuplicate(IEnumerable<UserSettings> users, HashSet<string> taken)
    {
        foreach (var user in users.OrderBy(user => user.NKey is null ? 0 : 1))
        {
            if (!taken.Add(user.NKey ?? user.Name ?? ""))
                return user.NKey is null ? $"Duplicate user \"{user.Name}\" detected" : $"Duplicate nkey \"{user.NKey}\" detected";
        }

        return null;
    }

    private static KeyTable<UserSettings> Create()
    {
        return new KeyTable<UserSettings>()
            .Text((u, v) => u with { NKey = v.Length > 0 ? v : null }, "nkey")
            .Text((u, v) => u with { Name = v.Length > 0 ? v : null }, "user", "username")
            .Text((u, v) => u with { Password = v.Length > 0 ? v : null }, "pass", "password")
            .Custom((u, e, problems) => u with { Permissions = PermissionKeys.Read(e, problems) }, "permission", "permissions", "authorization")
            .Custom(ReadConnectionTypes, "allowed_connection_types", "connection_types", "clients")
            .Unsupported("trusted proxies", "proxy_required");
    }

    private static string? Complaint(UserSettings user)
    {
        if (user.NKey is null)
            return user.Name is null ? "User entry requires a user" : null;
        if (!NKey.IsPublicKey(user.NKey, NKeyKind.User))
            return "Not a valid public nkey for a user";
        return user.Name is null && user.Password is null ? null : "Nkey users do not take usernames or passwords";
    }

    private static UserSettings ReadConnectionTypes(UserSettings user, ConfigEntry entry, ConfigProblems problems)
    {
        if (!TextList.TryRead(entry, "allowed connection types", problems, out var names))
            return user;
        var types = ConnectionTypeNames.Read(names, out string? unknown);
        if (unknown is not null)
            problems.Error(entry.Position, unknown);
        return user with { AllowedConnectionTypes = names.Count == 0 ? ConnectionTypes.All : types };
    }
}

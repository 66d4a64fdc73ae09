using Rivulet.Server.Configuration.Language;
using Rivulet.Server.Hosting;
using Rivulet.Server.Security;

namespace Rivulet.Server.Configuration.Keys;

/// <summary>Permissions: <c>permissions</c> of users, and <c>default_permissions</c> of the authorization and of accounts.</summary>
internal static class PermissionKeys
{
    private const string UnknownText = "Unknown field \"{0}\" parsing permissions";

    private static readonly KeyTable<SubjectPermission> PublishTable = CreateSubjects(queueAllowed: false);
    private static readonly KeyTable<SubjectPermission> SubscribeTable = CreateSubjects(queueAllowed: true);
    private static readonly KeyTable<ResponsePermission> ResponseTable = new KeyTable<ResponsePermission>(UnknownText)
        .Custom(ReadMax, "max", "max_msgs", "max_messages", "max_responses")
        .Custom(ReadExpires, "expires", "expiration", "ttl");

    private static readonly KeyTable<Permissions> Table = new KeyTable<Permissions>(UnknownText)
        .Custom((p, e, problems) => p with { Publish = ReadSubjects(e, problems, queueAllowed: false) }, "pub", "publish", "import")
        .Custom((p, e, problems) => p with { Subscribe = ReadSubjects(e, problems, queueAllowed: true) }, "sub", "subscribe", "export")
        .Custom((p, e, problems) => p with { Responses = ReadResponses(e, problems) }, "publish_allow_responses", "allow_responses");

    /// <summary>Names of the keys of permissions.</summary>
    public static IEnumerable<string> Names => Table.Names;

    /// <summary>Names of the keys of what may be published or subscribed to.</summary>
    public static IEnumerable<string> SubjectNames => SubscribeTable.Names;

    /// <summary>Names of the keys of responses.</summary>
    public static IEnumerable<string> ResponseNames => ResponseTable.Names;

    /// <summary>The permissions that an entry says; null, and the reason among the problems, if it says none.</summary>
    public static Permissions? Read(ConfigEntry entry, ConfigProblems problems)
    {
        if (entry.Value is ConfigMap map)
            return PermissionRules.Complete(Table.Apply(map, new Permissions(), problems));
        problems.Error(entry.Position, $"Expected permissions to be a map/struct, got {ValueText.Of(entry.Value)}");
        return null;
    }

    private static KeyTable<SubjectPermission> CreateSubjects(bool queueAllowed)
    {
        return new KeyTable<SubjectPermission>("Unknown field name \"{0}\" parsing subject permissions, only 'allow' or 'deny' are permitted")
            .Custom((p, e, problems) => p with { Allow = ReadList(e, problems, queueAllowed) }, "allow")
            .Custom((p, e, problems) => p with { Deny = ReadList(e, problems, queueAllowed) ?? [] }, "deny");
    }

    // Either subjects that are allowed, or what is allowed and what is denied.
    private static SubjectPermission? ReadSubjects(ConfigEntry entry, ConfigProblems problems, bool queueAllowed)
    {
        if (entry.Value is not ConfigMap map)
            return ReadList(entry, problems, queueAllowed) is { } allowed ? new SubjectPermission { Allow = allowed } : null;
        if (map.Entries.Count == 0)
            return null;
        return (queueAllowed ? SubscribeTable : PublishTable).Apply(map, new SubjectPermission(), problems);
    }

    private static List<string>? ReadList(ConfigEntry entry, ConfigProblems problems, bool queueAllowed)
    {
        var subjects = new List<string>();
        switch (entry.Value)
        {
            case ConfigText text:
                subjects.Add(text.Value);
                break;
            case ConfigArray array:
                foreach (var item in array.Items)
                {
                    if (item.Value is ConfigText element)
                    {
                        subjects.Add(element.Value);
                        continue;
                    }

                    problems.Error(item.Position, "Subject in permissions array cannot be cast to string");
                    return null;
                }

                break;
            default:
                problems.Error(
                    entry.Position,
                    $"Expected subject permissions to be a subject, or array of subjects, got {entry.Value.KindName}");
                return null;
        }

        string? complaint = subjects
            .Select(subject => PermissionRules.Complaint(subject, queueAllowed))
            .FirstOrDefault(found => found is not null);
        if (complaint is null)
            return subjects.Count > 0 ? subjects : null;
        problems.Error(entry.Position, complaint);
        return null;
    }

    private static ResponsePermission? ReadResponses(ConfigEntry entry, ConfigProblems problems)
    {
        if (entry.Value is ConfigBoolean boolean)
            return boolean.Value ? new ResponsePermission() : null;
        if (entry.Value is not ConfigMap map)
        {
            problems.Error(entry.Position, "error parsing response permissions, expected a boolean or a map");
            return null;
        }

        return ResponseTable.Apply(map, new ResponsePermission(), problems);
    }

    // 0 leaves the default, negative is no limit.
    private static ResponsePermission ReadMax(ResponsePermission responses, ConfigEntry entry, ConfigProblems problems)
    {
        if (entry.Value is not ConfigInteger max)
            problems.WrongKind(entry.Position, entry.Value, "int64");
        else if (max.Value != 0)
            return responses with { Max = (int)Math.Clamp(max.Value, -1, int.MaxValue) };
        return responses;
    }

    private static ResponsePermission ReadExpires(ResponsePermission responses, ConfigEntry entry, ConfigProblems problems)
    {
        if (entry.Value is not ConfigText text)
            problems.Error(entry.Position, "error parsing expires, not a duration string");
        else if (!GoDuration.TryParse(text.Value, out var expires))
            problems.Error(entry.Position, $"error parsing expires: time: invalid duration \"{text.Value}\"");
        else if (expires != TimeSpan.Zero)
            return responses with { Expires = expires };
        return responses;
    }
}

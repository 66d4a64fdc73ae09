using Rivulet.Server.Configuration.Language;
using Rivulet.Server.Hosting;
using Rivulet.Server.Security;

namespace Rivulet.Server.Configuration.Keys;

/// <summary>Permissions: <c>permissions</c> of users, and <c>default_permissions</c> of the authorization and of accounts.</summary>
internal static class PermissionKeys
{
    /// <summary>The permissions that an entry says; null, and the reason among the problems, if it says none.</summary>
    public static Permissions? Read(ConfigEntry entry, ConfigProblems problems)
    {
        if (entry.Value is not ConfigMap map)
        {
            problems.Error(entry.Position, $"Expected permissions to be a map/struct, got {ValueText.Of(entry.Value)}");
            return null;
        }

        var permissions = new Permissions();
        foreach (var inner in map.Entries)
        {
            switch (inner.Key.ToLowerInvariant())
            {
                case "pub" or "publish" or "import":
                    permissions = permissions with { Publish = ReadSubjects(inner, problems, queueAllowed: false) };
                    break;
                case "sub" or "subscribe" or "export":
                    permissions = permissions with { Subscribe = ReadSubjects(inner, problems, queueAllowed: true) };
                    break;
                case "publish_allow_responses" or "allow_responses":
                    permissions = permissions with { Responses = ReadResponses(inner, problems) };
                    break;
                default:
                    Unknown(inner, problems, $"Unknown field \"{inner.Key}\" parsing permissions");
                    break;
            }
        }

        return PermissionRules.Complete(permissions);
    }

    // Either subjects that are allowed, or what is allowed and what is denied.
    private static SubjectPermission? ReadSubjects(ConfigEntry entry, ConfigProblems problems, bool queueAllowed)
    {
        if (entry.Value is not ConfigMap map)
            return ReadList(entry, problems, queueAllowed) is { } allowed ? new SubjectPermission { Allow = allowed } : null;
        if (map.Entries.Count == 0)
            return null;
        var permission = new SubjectPermission();
        foreach (var inner in map.Entries)
        {
            switch (inner.Key.ToLowerInvariant())
            {
                case "allow":
                    permission = permission with { Allow = ReadList(inner, problems, queueAllowed) };
                    break;
                case "deny":
                    permission = permission with { Deny = ReadList(inner, problems, queueAllowed) ?? [] };
                    break;
                default:
                    Unknown(
                        inner,
                        problems,
                        $"Unknown field name \"{inner.Key}\" parsing subject permissions, only 'allow' or 'deny' are permitted");
                    break;
            }
        }

        return permission;
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

        var responses = new ResponsePermission();
        foreach (var inner in map.Entries)
        {
            switch (inner.Key.ToLowerInvariant())
            {
                case "max" or "max_msgs" or "max_messages" or "max_responses":
                    responses = ReadMax(responses, inner, problems);
                    break;
                case "expires" or "expiration" or "ttl":
                    if (ReadExpires(responses, inner, problems) is not { } read)
                        return null;
                    responses = read;
                    break;
                default:
                    Unknown(inner, problems, $"Unknown field \"{inner.Key}\" parsing permissions");
                    break;
            }
        }

        return responses;
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

    private static ResponsePermission? ReadExpires(ResponsePermission responses, ConfigEntry entry, ConfigProblems problems)
    {
        if (entry.Value is not ConfigText text)
        {
            problems.Error(entry.Position, "error parsing expires, not a duration string");
            return null;
        }

        if (!GoDuration.TryParse(text.Value, out var expires))
        {
            problems.Error(entry.Position, $"error parsing expires: time: invalid duration \"{text.Value}\"");
            return null;
        }

        return expires == TimeSpan.Zero ? responses : responses with { Expires = expires };
    }

    private static void Unknown(ConfigEntry entry, ConfigProblems problems, string text)
    {
        if (!entry.IsVariable)
            problems.Error(entry.Position, text);
    }
}

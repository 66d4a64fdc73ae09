using Rivulet.Protocol;

namespace Rivulet.Server.Security;

/// <summary>Rules of permissions that hold wherever they are from.</summary>
internal static class PermissionRules
{
    /// <summary>
    /// The same permissions, spelled out: who may respond, and is allowed no subjects by name, may publish nothing else.
    /// </summary>
    public static Permissions Complete(Permissions permissions)
    {
        if (permissions.Responses is null || permissions.Publish?.Allow is not null)
            return permissions;
        return permissions with { Publish = (permissions.Publish ?? new SubjectPermission()) with { Allow = [] } };
    }

    /// <summary>What is wrong with a subject of a permission; null if nothing is.</summary>
    /// <param name="subject">The subject.</param>
    /// <param name="queueAllowed">Whether it may name a queue group behind a blank.</param>
    public static string? Complaint(string subject, bool queueAllowed)
    {
        if (IsValid(subject))
            return null;
        string[] parts = queueAllowed ? subject.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) : [];
        if (parts.Length != 2)
            return $"subject \"{subject}\" is not a valid subject";
        if (!IsValid(parts[0]))
            return $"subject \"{parts[0]}\" is not a valid subject";
        return IsValid(parts[1]) ? null : $"queue \"{parts[1]}\" is not a valid queue";
    }

    private static bool IsValid(string subject)
    {
        return Subject.IsValidSubscription(System.Text.Encoding.UTF8.GetBytes(subject));
    }
}

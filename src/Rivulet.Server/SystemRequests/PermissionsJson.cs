using System.Text.Json;
using Rivulet.Server.Security;

namespace Rivulet.Server.SystemRequests;

/// <summary>Permissions as a user is told its own.</summary>
internal static class PermissionsJson
{
    /// <summary>Writes them as a member <c>permissions</c>.</summary>
    public static void Write(Utf8JsonWriter json, Permissions permissions)
    {
        json.WriteStartObject("permissions");
        Write(json, "publish", permissions.Publish);
        Write(json, "subscribe", permissions.Subscribe);
        if (permissions.Responses is { } responses)
        {
            json.WriteStartObject("responses");
            json.WriteNumber("max", responses.Max);
            json.WriteNumber("ttl", responses.Expires.Ticks * TimeSpan.NanosecondsPerTick);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, SubjectPermission? permission)
    {
        json.WriteStartObject(name);
        Write(json, "allow", permission?.Allow ?? []);
        Write(json, "deny", permission?.Deny ?? []);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyList<string> subjects)
    {
        if (subjects.Count == 0)
            return;
        json.WriteStartArray(name);
        foreach (string subject in subjects)
            json.WriteStringValue(subject);
        json.WriteEndArray();
    }
}

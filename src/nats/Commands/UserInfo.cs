using System.Text.Json;
using Rivulet.Cli.Connecting;
using Rivulet.Cli.Formats;

namespace Rivulet.Cli.Commands;

/// <summary>What the server answers on <c>$SYS.REQ.USER.INFO</c>: who the connection's user is, and what it may do.</summary>
internal sealed class UserInfo
{
    private const string Subject = "$SYS.REQ.USER.INFO";
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);
    private readonly JsonElement _data;

    private UserInfo(JsonElement data) => _data = data;

    /// <summary>Null when the server does not answer, or not with this.</summary>
    public static async Task<UserInfo?> RequestAsync(CliConnection connection)
    {
        var answer = await connection.TryRequestAsync(Subject, Timeout).ConfigureAwait(false);
        if (answer is null)
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(answer.Payload);
            return document.RootElement.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Object
                ? new UserInfo(data.Clone())
                : null;
        }
        catch (JsonException)
        {
            return null; // an answer of another kind tells us as little as none
        }
    }

    /// <param name="block">The block to add to.</param>
    /// <param name="isSystemAccount">Whether the account is the system account, which the server says elsewhere.</param>
    public void AddRows(InfoBlock block, bool isSystemAccount)
    {
        var (id, name) = (Text("user"), Text("user_name"));
        block.Row("User", name.Length == 0 ? id : $"{name} ({id})");
        var (account, accountName) = (Text("account"), Text("account_name"));
        if (accountName.Length == 0)
        {
            block.Row("Account", account);
        }
        else
        {
            block.Row("Account", $"{accountName} ({account})");
            block.Row("System Account", isSystemAccount);
        }

        var expires = _data.TryGetProperty("expires", out var nanos) && nanos.TryGetInt64(out var value) ? value : 0;
        block.Row("Expires", expires == 0 ? "never" : Durations.Short(expires));
    }

    public void AddPermissions(InfoBlock block)
    {
        if (!_data.TryGetProperty("permissions", out var permissions) || permissions.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        block.Section("Connection Permissions");
        AddPermissions(block, permissions, "publish", "Publish:");
        block.Line();
        AddPermissions(block, permissions, "subscribe", "Subscribe:");
        block.Line();
    }

    private static void AddPermissions(InfoBlock block, JsonElement permissions, string member, string title)
    {
        if (!permissions.TryGetProperty(member, out var subjects) || subjects.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        var (allow, deny) = (Subjects(subjects, "allow"), Subjects(subjects, "deny"));
        if (allow.Count == 0 && deny.Count == 0)
        {
            return;
        }

        block.Indent(2);
        block.Line(title);
        AddSubjects(block, "Allow", allow);
        if (deny.Count > 0)
        {
            block.Line();
            AddSubjects(block, "Deny", deny);
        }

        block.Indent(0);
    }

    private static void AddSubjects(InfoBlock block, string label, List<string> subjects)
    {
        foreach (var subject in subjects)
        {
            block.Row(label, subject);
            label = "";
        }
    }

    private static List<string> Subjects(JsonElement permission, string member)
    {
        var subjects = new List<string>();
        if (permission.TryGetProperty(member, out var list) && list.ValueKind == JsonValueKind.Array)
        {
            foreach (var subject in list.EnumerateArray())
            {
                subjects.Add(subject.GetString() ?? "");
            }
        }

        subjects.Sort(StringComparer.Ordinal);
        return subjects;
    }

    private string Text(string member) =>
        _data.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() ?? "" : "";
}

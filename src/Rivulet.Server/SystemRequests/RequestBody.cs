using System.Globalization;
using System.Text.Json;

namespace Rivulet.Server.SystemRequests;

/// <summary>
/// What a request says: which servers it is for, and the options of the page. Read from JSON, or from nothing, which asks every server
/// for the page as it is.
/// </summary>
/// <remarks>
/// Names of members are compared without regard to case, members that nobody knows are passed over, and <c>null</c> is as good as
/// nothing, as in the reference server.
/// </remarks>
internal sealed class RequestBody
{
    private static readonly RequestOption[] FilterOptions =
    [
        new("server_name", RequestOptionKind.Text, null),
        new("cluster", RequestOptionKind.Text, null),
        new("host", RequestOptionKind.Text, null),
        new("domain", RequestOptionKind.Text, null),
        new("tags", RequestOptionKind.Texts, null),
        new("exact_match", RequestOptionKind.Boolean, null),
    ];

    private readonly Dictionary<string, JsonElement> _members = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The servers that are meant.</summary>
    public ServerFilter Filter { get; private set; } = new();

    /// <summary>Reads a body.</summary>
    /// <param name="bytes">The body.</param>
    /// <param name="page">The page that is asked for, for the texts of errors.</param>
    /// <param name="options">The options of the page.</param>
    /// <param name="body">What it says.</param>
    /// <returns>What is wrong with it, or null.</returns>
    public static string? Read(ReadOnlyMemory<byte> bytes, string page, IReadOnlyList<RequestOption> options, out RequestBody body)
    {
        body = new RequestBody();
        if (bytes.IsEmpty)
            return null;
        try
        {
            using var document = JsonDocument.Parse(bytes);
            return body.Take(document.RootElement.Clone(), $"{page[0]}{page[1..].ToLowerInvariant()}EventOptions", options);
        }
        catch (JsonException e)
        {
            return Complaint(bytes.Span, e);
        }
        catch (InvalidOperationException)
        {
            // The parser lets escapes through that are no text, such as half of a surrogate pair.
            return "json: invalid text in the name of a member";
        }
    }

    /// <summary>The parameters of the page.</summary>
    /// <param name="options">The options of the page.</param>
    public Dictionary<string, string> Parameters(IReadOnlyList<RequestOption> options)
    {
        var parameters = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var option in options)
        {
            if (option.Parameter is { } name && _members.TryGetValue(option.Name, out var value) && TextOf(option, value) is { } text)
                parameters[name] = text;
        }

        return parameters;
    }

    /// <summary>A text; empty if it is not there.</summary>
    public string Text(string name)
    {
        return _members.TryGetValue(name, out var value) ? value.GetString() ?? "" : "";
    }

    /// <summary>A truth value; false if it is not there.</summary>
    public bool Flag(string name)
    {
        return _members.TryGetValue(name, out var value) && value.ValueKind == JsonValueKind.True;
    }

    /// <summary>A number; 0 if it is not there.</summary>
    public ulong Number(string name)
    {
        return _members.TryGetValue(name, out var value) ? value.GetUInt64() : 0;
    }

    /// <summary>A list of texts; empty if it is not there.</summary>
    public IReadOnlyList<string> Texts(string name)
    {
        return _members.TryGetValue(name, out var value) ? [.. value.EnumerateArray().Select(item => item.GetString() ?? "")] : [];
    }

    private static string? TextOf(RequestOption option, JsonElement value)
    {
        return option.Kind switch
        {
            RequestOptionKind.Boolean => value.ValueKind == JsonValueKind.True ? "1" : null,
            RequestOptionKind.Integer => value.GetInt64().ToString(CultureInfo.InvariantCulture),
            RequestOptionKind.Unsigned => value.GetUInt64().ToString(CultureInfo.InvariantCulture),
            RequestOptionKind.Text => value.GetString(),
            _ => null,
        };
    }

    private static string Complaint(ReadOnlySpan<byte> bytes, JsonException e)
    {
        // A reader that is told that more may come complains of what is wrong, and not of what is missing.
        var reader = new Utf8JsonReader(bytes, isFinalBlock: false, state: default);
        try
        {
            while (reader.Read())
            {
            }

            return "unexpected end of JSON input";
        }
        catch (JsonException)
        {
            return $"invalid JSON at line {e.LineNumber}, byte {e.BytePositionInLine}";
        }
    }

    private string? Take(JsonElement root, string type, IReadOnlyList<RequestOption> options)
    {
        if (root.ValueKind == JsonValueKind.Null)
            return null;
        if (root.ValueKind != JsonValueKind.Object)
            return $"json: cannot unmarshal {KindOf(root)} into Go value of type server.{type}";
        var known = FilterOptions.Concat(options).ToDictionary(option => option.Name, StringComparer.OrdinalIgnoreCase);
        foreach (var member in root.EnumerateObject())
        {
            if (!known.TryGetValue(member.Name, out var option) || member.Value.ValueKind == JsonValueKind.Null)
                continue;
            if (Mismatch(option, member.Value) is { } found)
                return $"json: cannot unmarshal {found} into Go struct field {type}.{option.Name} of type {option.KindName}";
            _members[option.Name] = member.Value;
        }

        Filter = new ServerFilter
        {
            Name = Text("server_name"),
            Host = Text("host"),
            Cluster = Text("cluster"),
            Domain = Text("domain"),
            Tags = Texts("tags"),
            IsExact = Flag("exact_match"),
        };
        return null;
    }

    /// <summary>What a value is, if it is not what an option wants; null if it is.</summary>
    private static string? Mismatch(RequestOption option, JsonElement value)
    {
        bool fits = option.Kind switch
        {
            RequestOptionKind.Boolean => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
            RequestOptionKind.Integer => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
            RequestOptionKind.Unsigned => value.ValueKind == JsonValueKind.Number && value.TryGetUInt64(out _),
            RequestOptionKind.Text => value.ValueKind == JsonValueKind.String && IsText(value),
            _ => value.ValueKind == JsonValueKind.Array
                && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String && IsText(item)),
        };
        return fits ? null : KindOf(value);
    }

    // The parser lets escapes through that are no text, such as half of a surrogate pair.
    private static bool IsText(JsonElement value)
    {
        try
        {
            _ = value.GetString();
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static string KindOf(JsonElement value)
    {
        return value.ValueKind switch
        {
            JsonValueKind.True or JsonValueKind.False => "bool",
            JsonValueKind.Number => value.TryGetInt64(out _) || value.TryGetUInt64(out _) ? "number" : $"number {value.GetRawText()}",
            JsonValueKind.String => "string",
            JsonValueKind.Array => "array",
            _ => "object",
        };
    }
}

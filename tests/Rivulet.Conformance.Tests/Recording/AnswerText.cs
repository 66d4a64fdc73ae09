using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Rivulet.Conformance.Tests.Recording;

/// <summary>
/// An answer without what differs from run to run: times, ids, and names that the server makes up. Fields of JSON are in the order
/// of their names.
/// </summary>
internal static partial class AnswerText
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What is left of an answer.</summary>
    /// <param name="request">What was asked: names in it are not made up.</param>
    /// <param name="headers">The header block, or nothing.</param>
    /// <param name="payload">The payload.</param>
    public static string Of(string request, string headers, string payload)
    {
        string body = TryParse(payload) is { } json ? Steady(json, request, "")!.ToJsonString(Plain) : payload;
        if (headers.Length == 0)
            return body.Length == 0 ? "(empty)" : body;
        string block = headers.TrimEnd('\r', '\n').Replace("\r\n", " | ", StringComparison.Ordinal).TrimEnd();
        block = Identity().Replace(block, "$1<identity>");
        return (Time().Replace(block, "<time>") + " || " + body).TrimEnd();
    }

    /// <summary>Where two answers differ: paths of fields, with what both say.</summary>
    public static IEnumerable<AnswerDifference> Compare(string expected, string actual)
    {
        if (expected == actual)
            return [];
        return TryParse(expected) is { } left && TryParse(actual) is { } right
            ? Compare("", left, right)
            : [new AnswerDifference("", expected, actual)];
    }

    private static IEnumerable<AnswerDifference> Compare(string path, JsonNode? expected, JsonNode? actual)
    {
        if (expected is JsonObject left && actual is JsonObject right)
        {
            return left.Select(field => field.Key).Union(right.Select(field => field.Key)).SelectMany(
                name => Compare(path.Length == 0 ? name : $"{path}.{name}", left[name], right[name]));
        }

        if (expected is JsonArray these && actual is JsonArray those && these.Count == those.Count)
            return Enumerable.Range(0, these.Count).SelectMany(i => Compare($"{path}[{i}]", these[i], those[i]));
        return JsonNode.DeepEquals(expected, actual)
            ? []
            : [new AnswerDifference(path, Text(expected), Text(actual))];
    }

    private static string Text(JsonNode? node) => node?.ToJsonString(Plain) ?? "nothing";

    private static JsonNode? TryParse(string text)
    {
        if (text.Length == 0 || text[0] != '{')
            return null;
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static JsonNode? Steady(JsonNode? node, string request, string field) => node switch
    {
        JsonObject fields => new JsonObject(fields.OrderBy(each => each.Key, StringComparer.Ordinal)
            .Select(each => KeyValuePair.Create(each.Key, Steady(each.Value, request, each.Key)))),
        JsonArray items => new JsonArray([.. items.Select(item => Steady(item, request, item is JsonObject ? "" : field))]),
        JsonValue value when value.TryGetValue(out string? text) => Steady(text, request, field),
        JsonValue when field == "pause_remaining" => JsonValue.Create("<duration>"),
        JsonValue value when field == "active" && value.TryGetValue(out long nanos) && nanos >= 0 => JsonValue.Create("<duration>"),
        _ => node?.DeepClone(),
    };

    private static JsonValue Steady(string text, string request, string field)
    {
        bool isMadeUp = field is "name" or "consumers" && MadeUpName().IsMatch(text) && !request.Contains(text, StringComparison.Ordinal);
        return JsonValue.Create(isMadeUp ? "<name>" : Time().Replace(text, "<time>"));
    }

    // The zero time is the same in every run.
    [GeneratedRegex(@"(?!0001-)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")]
    private static partial Regex Time();

    // What tells a stream from others that had its name.
    [GeneratedRegex(@"(Nats-Stream-Source: \S+ \d+ \S+ \S+ \S+ )[0-9A-Za-z]{8}")]
    private static partial Regex Identity();

    [GeneratedRegex("^[A-Za-z0-9]{8}$")]
    private static partial Regex MadeUpName();
}

/// <summary>A field in which two answers differ.</summary>
internal sealed record AnswerDifference(string Path, string Expected, string Actual)
{
    public override string ToString() => $"{(Path.Length == 0 ? "answer" : Path)}: recorded {Expected}, got {Actual}";
}

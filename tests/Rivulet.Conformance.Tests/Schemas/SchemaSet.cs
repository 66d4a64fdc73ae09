using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;

namespace Rivulet.Conformance.Tests.Schemas;

/// <summary>The JSON Schemas of the JetStream API and of the server's advisories, by the names of their types. <c>Schemas/README.md</c> says where they come from.</summary>
internal static class SchemaSet
{
    private const string FileName = "nats-schemas.json";

    // What is for people only.
    private static readonly HashSet<string> Prose = ["description", "$comment", "title", "default", "deprecationMessage", "$schema", "$id"];

    private static readonly EvaluationOptions Options = new() { OutputFormat = OutputFormat.List, RequireFormatValidation = true };

    private static readonly Lazy<Dictionary<string, JsonSchema>> All = new(() =>
        JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Schemas", FileName))).RootElement
            .EnumerateObject().ToDictionary(each => each.Name, each => JsonSchema.FromText(each.Value.GetRawText())));

    /// <summary>The file in the sources.</summary>
    public static string SourceFile => Path.Combine(SourceFolder(), FileName);

    /// <summary>Whether there is a schema for a type.</summary>
    public static bool Has(string type) => All.Value.ContainsKey(type);

    /// <summary>What of a text is not as the schema of its type wants it.</summary>
    public static IEnumerable<SchemaViolation> Validate(string type, string json)
    {
        if (!All.Value.TryGetValue(type, out JsonSchema? schema))
            return [new SchemaViolation(type, "", "there is no schema")];
        EvaluationResults results = schema.Evaluate(JsonNode.Parse(json), Options);
        return results.IsValid
            ? []
            : results.Details.Where(each => each is { IsValid: false, Errors: not null }).SelectMany(each =>
                each.Errors!.Select(error => new SchemaViolation(type, $"{each.InstanceLocation}", $"{error.Key}: {error.Value}")));
    }

    /// <summary>Makes the file of a folder of schemas as they are published: of its folders <c>jetstream</c> and <c>server</c>.</summary>
    public static string Gather(string folder)
    {
        var gathered = new SortedDictionary<string, JsonNode?>(StringComparer.Ordinal);
        string[] parts = [Path.Combine(folder, "jetstream"), Path.Combine(folder, "server")];
        foreach (string path in parts.SelectMany(part => Directory.GetFiles(part, "*.json", SearchOption.AllDirectories)))
        {
            JsonObject schema = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
            gathered.Add(schema["title"]!.GetValue<string>(), Reduce(schema, holdsNames: false));
        }

        // A line for each, so that a difference can be read.
        return "{\n" + string.Join(",\n", gathered.Select(each => $"\"{each.Key}\":{each.Value!.ToJsonString()}")) + "\n}\n";
    }

    private static JsonNode? Reduce(JsonNode? node, bool holdsNames) => node switch
    {
        JsonObject fields => new JsonObject(fields.Where(each => holdsNames || !Prose.Contains(each.Key)).Select(each => KeyValuePair.Create(
            each.Key, Reduce(each.Value, !holdsNames && each.Key is "properties" or "patternProperties" or "definitions")))),
        JsonArray items => new JsonArray([.. items.Select(each => Reduce(each, holdsNames: false))]),
        _ => node?.DeepClone(),
    };

    private static string SourceFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}

/// <summary>Something that is not as a schema wants it.</summary>
/// <param name="Type">Name of the schema.</param>
/// <param name="Place">Where in the text, as a JSON pointer.</param>
/// <param name="Complaint">What is wrong.</param>
internal sealed record SchemaViolation(string Type, string Place, string Complaint)
{
    public override string ToString() => Place.Length == 0 ? $"{Type} {Complaint}" : $"{Type} {Place} {Complaint}";
}

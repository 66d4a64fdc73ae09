using System.Text.Json;
using System.Text.RegularExpressions;
using Rivulet.Conformance.Tests.Recording;
using Rivulet.Conformance.Tests.Schemas;

namespace Rivulet.Conformance.Tests;

/// <summary>Whether requests, answers and events of the recorded dialogues match the published JSON Schemas.</summary>
public partial class SchemaTests
{
    private const string SchemasVariable = "RIVULET_SCHEMAS";
    private const string Api = "io.nats.jetstream.api.v1.";

    private static readonly (string Operation, string Type)[] Requests =
    [
        ("CONSUMER.DURABLE.CREATE.", "consumer_create_request"),
        ("CONSUMER.CREATE.", "consumer_create_request"),
        ("CONSUMER.LIST.", "consumer_list_request"),
        ("CONSUMER.NAMES.", "consumer_names_request"),
        ("CONSUMER.PAUSE.", "consumer_pause_request"),
        ("CONSUMER.RESET.", "consumer_reset_request"),
        ("CONSUMER.UNPIN.", "consumer_unpin_request"),
        ("CONSUMER.MSG.NEXT.", "consumer_getnext_request"),
        ("STREAM.CREATE.", "stream_create_request"),
        ("STREAM.UPDATE.", "stream_update_request"),
        ("STREAM.INFO.", "stream_info_request"),
        ("STREAM.LIST", "stream_list_request"),
        ("STREAM.NAMES", "stream_names_request"),
        ("STREAM.PURGE.", "stream_purge_request"),
        ("STREAM.MSG.GET.", "stream_msg_get_request"),
        ("STREAM.MSG.DELETE.", "stream_msg_delete_request"),
        ("STREAM.SNAPSHOT.", "stream_snapshot_request"),
        ("STREAM.RESTORE.", "stream_restore_request"),
        ("DIRECT.GET.", "stream_msg_get_request"),
    ];

    [Theory]
    [MemberData(nameof(RecordingTests.Cases), MemberType = typeof(RecordingTests))]
    public async Task Everything_matches_its_schema(string file, string title)
    {
        RecordedDialogue dialogue = RecordingFile.All.Single(each => each.File == file && each.Title == title);
        DialogueRun run = await DialogueRun.OfAsync(dialogue);
        IEnumerable<string> answers = run.Answers.SelectMany(
            each => Violations(each).Where(one => !SchemaExceptions.OfAnswers.Allow(one)).Select(one => $"{Short(each.Step.Request)}\n  {one}"));
        IEnumerable<string> events = run.Events.SelectMany(
            each => EventViolations(each.Payload).Where(one => !SchemaExceptions.OfEvents.Allow(one)).Select(one => $"{each.Subject} {each.Payload}\n  {one}"));
        string[] found = [.. answers, .. events];
        Assert.True(found.Length == 0, string.Join('\n', found.Distinct()));
    }

    /// <summary>What was recorded of the reference server: an exception that is about answers holds for those too.</summary>
    [Fact]
    public async Task Exceptions_are_needed_and_are_those_of_the_reference()
    {
        DialogueRun[] runs = await DialogueRun.AllAsync();
        var ours = new HashSet<string>(StringComparer.Ordinal);
        var theirs = new HashSet<string>(StringComparer.Ordinal);
        foreach (DialogueAnswer answer in runs.SelectMany(run => run.Answers))
        {
            foreach (SchemaViolation each in Violations(answer))
            {
                SchemaExceptions.OfAnswers.Allow(each);
                ours.Add(each.ToString());
            }

            foreach (string recorded in answer.Step.Answers.Where(each => each.StartsWith('{')))
                theirs.UnionWith(ResponseViolations(Unsteady(recorded)).Select(each => each.ToString()));
        }

        Assert.Empty(SchemaExceptions.OfAnswers.Unused);
        string[] onlyOurs = [.. ours.Where(each => each.Contains("_response ", StringComparison.Ordinal)).Except(theirs)];
        Assert.True(onlyOurs.Length == 0, string.Join('\n', onlyOurs));
    }

    [Fact]
    public async Task Every_kind_of_answer_and_event_is_looked_at()
    {
        DialogueRun[] runs = await DialogueRun.AllAsync();
        var types = new HashSet<string>(StringComparer.Ordinal);
        foreach ((_, string payload) in runs.SelectMany(run => run.Answers).SelectMany(each => each.Heard))
            types.Add(TypeOf(payload) ?? "");
        foreach ((_, string payload) in runs.SelectMany(run => run.Events))
            types.Add(TypeOf(payload) ?? "");
        Console.WriteLine($"Types: {string.Join(' ', types.Order(StringComparer.Ordinal))}");
        Assert.InRange(types.Count, 25, 100);
    }

    [Fact(Explicit = true)]
    public void The_schemas_are_those_that_were_published()
    {
        string? folder = Environment.GetEnvironmentVariable(SchemasVariable);
        Assert.SkipWhen(string.IsNullOrEmpty(folder), $"{SchemasVariable} names a folder of published schemas to compare with.");
        string gathered = SchemaSet.Gather(folder!);
        if (Environment.GetEnvironmentVariable("RIVULET_UPDATE_GENERATED") == "1")
            File.WriteAllText(SchemaSet.SourceFile, gathered);
        Assert.Equal(gathered, File.ReadAllText(SchemaSet.SourceFile).ReplaceLineEndings("\n"));
    }

    private static IEnumerable<SchemaViolation> Violations(DialogueAnswer answer)
    {
        foreach ((string headers, string payload) in answer.Heard.Where(each => each.Payload.StartsWith('{') && each.Headers.Length == 0))
        {
            foreach (SchemaViolation each in ResponseViolations(payload))
                yield return each;
        }

        bool isTaken = answer.Heard.Count > 0 && !answer.Heard.Exists(each => IsRefusal(each.Headers, each.Payload));
        string operation = answer.Step.Request.Split(' ')[1];
        (_, string? type) = Requests.FirstOrDefault(each => operation.StartsWith(each.Operation, StringComparison.Ordinal));
        if (!isTaken || type is null || answer.Step.Request.StartsWith("pub ", StringComparison.Ordinal) || !answer.Body.TrimStart().StartsWith('{'))
            yield break;
        foreach (SchemaViolation each in SchemaSet.Validate(Api + type, answer.Body))
            yield return each;
    }

    private static IEnumerable<SchemaViolation> ResponseViolations(string payload) =>
        SchemaSet.Validate(TypeOf(payload) ?? Api + "pub_ack_response", payload);

    /// <summary>What of an event does not match the schema of its type.</summary>
    internal static IEnumerable<SchemaViolation> EventViolations(string payload) => SchemaSet.Validate(TypeOf(payload) ?? "none", payload);

    private static bool IsRefusal(string headers, string payload)
    {
        if (headers.StartsWith("NATS/1.0 4", StringComparison.Ordinal) || headers.StartsWith("NATS/1.0 5", StringComparison.Ordinal))
            return true;
        return payload.StartsWith('{') && JsonDocument.Parse(payload).RootElement.TryGetProperty("error", out _);
    }

    /// <summary>The type that an answer or event says it is of.</summary>
    internal static string? TypeOf(string payload)
    {
        if (!payload.StartsWith('{'))
            return null;
        using var json = JsonDocument.Parse(payload);
        return json.RootElement.TryGetProperty("type", out JsonElement type) ? type.GetString() : null;
    }

    // What was recorded has words in place of what differs from run to run.
    private static string Unsteady(string recorded) => Word().Replace(
        recorded, word => word.Value switch { "\"<duration>\"" => "1", "<time>" => "2024-01-01T00:00:00Z", _ => "NAME" });

    private static string Short(string request) => request.Length > 300 ? request[..300] + "..." : request;

    [GeneratedRegex("\"<duration>\"|<time>|<name>")]
    private static partial Regex Word();
}

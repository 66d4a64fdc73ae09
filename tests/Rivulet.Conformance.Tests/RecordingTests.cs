using System.Runtime.CompilerServices;
using Rivulet.Conformance.Tests.Recording;
using Rivulet.Conformance.Tests.Targets;

namespace Rivulet.Conformance.Tests;

/// <summary>What the API answers, request by request, against what the reference server answered.</summary>
public class RecordingTests
{
    private const string RecordVariable = "RIVULET_RECORD";

    public static IEnumerable<TheoryDataRow<string, string>> Cases =>
        RecordingFile.All.Select(dialogue => new TheoryDataRow<string, string>(dialogue.File, dialogue.Title));

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task The_api_answers_what_was_recorded(string file, string title)
    {
        RecordedDialogue dialogue = RecordingFile.All.Single(each => each.File == file && each.Title == title);
        DialogueRun run = await DialogueRun.OfAsync(dialogue);
        var differences = new List<string>();
        foreach (DialogueAnswer each in run.Answers)
        {
            RecordedStep step = each.Step;
            IEnumerable<AnswerDifference> found = each.Answers.Count == step.Answers.Count
                ? each.Answers.Zip(step.Answers).SelectMany(pair => AnswerText.Compare(pair.Second, pair.First))
                : [new AnswerDifference("answers", string.Join('\n', step.Answers), string.Join('\n', each.Answers))];
            differences.AddRange(found.Where(one => !Deviations.Allow(step.Request, one)).Select(one => $"{step.Request}\n  {one}"));
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }

    [Fact]
    public void There_are_several_hundred_requests()
    {
        Assert.InRange(RecordingFile.All.Sum(dialogue => dialogue.Steps.Count), 300, 100_000);
        Assert.Equal(RecordingFile.All.Count, RecordingFile.All.Select(each => (each.File, each.Title)).Distinct().Count());
    }

    /// <summary>Asks the reference server, and writes down what it answers, in the sources.</summary>
    [Fact(Explicit = true)]
    public async Task Record()
    {
        Assert.SkipWhen(
            Environment.GetEnvironmentVariable(RecordVariable) is null,
            $"{RecordVariable}=1 and {ConformanceTarget.ReferenceVariable} have the reference server asked anew.");
        foreach (string path in RecordingFile.Paths(Path.Combine(SourceFolder(), "Recordings")))
        {
            (string head, List<RecordedDialogue> dialogues) = RecordingFile.Read(path);
            foreach (RecordedDialogue dialogue in dialogues)
                await RecordAsync(dialogue);
            RecordingFile.Write(path, head, dialogues);
        }
    }

    private static async Task RecordAsync(RecordedDialogue dialogue)
    {
        await using ConformanceTarget server = await ConformanceTarget.StartAsync("reference", ServerSettings.Parse("jetstream, server_name R"));
        await using Requester requester = await Requester.ConnectAsync(server);
        foreach (RecordedStep step in dialogue.Steps)
        {
            step.Answers.Clear();
            step.Answers.AddRange(await requester.AskAsync(step.Request));
        }
    }

    private static string SourceFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}

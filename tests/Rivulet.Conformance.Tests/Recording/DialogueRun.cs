using System.Collections.Concurrent;
using Rivulet.Conformance.Tests.Targets;

namespace Rivulet.Conformance.Tests.Recording;

/// <summary>A request of a dialogue, and what our server answered.</summary>
/// <param name="Step">The request, and what was recorded.</param>
/// <param name="Body">Its body as it was sent.</param>
/// <param name="Answers">The answers, without what differs from run to run.</param>
/// <param name="Heard">The answers as they came: headers, payload.</param>
internal sealed record DialogueAnswer(
    RecordedStep Step, string Body, List<string> Answers, List<(string Headers, string Payload)> Heard);

/// <summary>
/// A recorded dialogue as our server carries it on. Each is run once, for all tests that look at it; most of its time is spent
/// waiting for answers that do not come, so that a few run at the same time.
/// </summary>
internal sealed class DialogueRun
{
    private static readonly ConcurrentDictionary<(string, string), Lazy<Task<DialogueRun>>> Runs = [];
    private static readonly SemaphoreSlim Lanes = new(3);

    private DialogueRun(List<DialogueAnswer> answers, List<(string Subject, string Payload)> events)
    {
        Answers = answers;
        Events = events;
    }

    /// <summary>The answers to all requests.</summary>
    public IReadOnlyList<DialogueAnswer> Answers { get; }

    /// <summary>The advisories and metrics that it led to.</summary>
    public IReadOnlyList<(string Subject, string Payload)> Events { get; }

    /// <summary>The run of a dialogue.</summary>
    public static Task<DialogueRun> OfAsync(RecordedDialogue dialogue) =>
        Runs.GetOrAdd((dialogue.File, dialogue.Title), _ => new Lazy<Task<DialogueRun>>(() => RunAsync(dialogue))).Value;

    /// <summary>The runs of all dialogues.</summary>
    public static Task<DialogueRun[]> AllAsync() => Task.WhenAll(RecordingFile.All.Select(OfAsync));

    private static async Task<DialogueRun> RunAsync(RecordedDialogue dialogue)
    {
        await Lanes.WaitAsync();
        try
        {
            await using ConformanceTarget server =
                await ConformanceTarget.StartAsync("rivulet", ServerSettings.Parse("jetstream, server_name R"));
            await using EventListener listener = await EventListener.ConnectAsync(server);
            await using Requester requester = await Requester.ConnectAsync(server);
            var answers = new List<DialogueAnswer>();
            foreach (RecordedStep step in dialogue.Steps)
            {
                List<string> steady = await requester.AskAsync(step.Request);
                answers.Add(new DialogueAnswer(step, requester.Body, steady, [.. requester.Heard]));
            }

            return new DialogueRun(answers, await listener.TakeAsync());
        }
        finally
        {
            Lanes.Release();
        }
    }
}

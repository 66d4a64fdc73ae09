using System.Diagnostics;
using System.Globalization;

namespace Rivulet.JetStream.Tests.Model;

/// <summary>
/// Streams and consumers under random operations and virtual time, against a simple model. <c>RIVULET_MODEL_SEED</c> is the first
/// seed, to see a failure again or to look somewhere else; <c>RIVULET_MODEL_RUNS</c> how many there are.
/// </summary>
public sealed class ModelTests
{
    private const int UsualSeed = 20261129;
    private const int ShortRuns = 2_000;
    private const int CampaignRuns = 100_000;
    private const int BugRunsMax = 1_000;

    [Fact]
    public void The_server_does_what_the_model_does() => Run(ShortRuns);

    [Fact(Explicit = true)]
    public void The_server_does_what_the_model_does_campaign() => Run(CampaignRuns);

    [Theory]
    [InlineData((int)SeededBug.LimitOffByOne)]
    [InlineData((int)SeededBug.SubjectLimitOffByOne)]
    [InlineData((int)SeededBug.EarlyForgetting)]
    [InlineData((int)SeededBug.LateExpiry)]
    [InlineData((int)SeededBug.ExtraDelivery)]
    [InlineData((int)SeededBug.PendingOffByOne)]
    [InlineData((int)SeededBug.ForgottenBackoff)]
    [InlineData((int)SeededBug.LostAck)]
    public void A_seeded_bug_is_found(int number)
    {
        var bug = (SeededBug)number;
        for (int seed = 1; seed <= BugRunsMax; seed++)
        {
            if (IsFound(seed, bug))
            {
                Console.WriteLine($"{bug} is found by run {seed}");
                return;
            }
        }

        Assert.Fail($"{bug} is not found in {BugRunsMax} runs");
    }

    [Fact]
    public void A_failure_is_told_with_few_operations()
    {
        int seed = Enumerable.Range(1, BugRunsMax).First(each => IsFound(each, SeededBug.LimitOffByOne));
        List<Operation> operations = ModelRun.Draw(seed);
        List<Operation> few = Shortened(seed, operations, SeededBug.LimitOffByOne);
        Assert.NotNull(Try(seed, few, SeededBug.LimitOffByOne, out IReadOnlyList<string> story));
        Assert.InRange(few.Count, 1, 15);
        Assert.InRange(story.Count, 1, 16);
    }

    /// <summary>Whether a run fails with the mistake, and only with it.</summary>
    private static bool IsFound(int seed, SeededBug bug) =>
        Try(seed, ModelRun.Draw(seed), bug, out _) is ModelFailure && Try(seed, ModelRun.Draw(seed), SeededBug.None, out _) is null;

    private static void Run(int usualRuns)
    {
        int first = FromEnvironment("RIVULET_MODEL_SEED") ?? UsualSeed;
        int runs = FromEnvironment("RIVULET_MODEL_RUNS") ?? usualRuns;
        var clock = Stopwatch.StartNew();
        long operations = 0;
        for (int i = 0; i < runs; i++)
        {
            int seed = unchecked(first + i);
            List<Operation> drawn = ModelRun.Draw(seed);
            operations += drawn.Count;
            if (Try(seed, drawn, SeededBug.None, out _) is not null)
                Fail(seed, drawn);
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Model, RIVULET_MODEL_SEED={first}: {runs} runs, {operations} operations, {clock.Elapsed.TotalSeconds:F0} s, nothing differs"));
    }

    private static void Fail(int seed, List<Operation> operations)
    {
        List<Operation> few = Shortened(seed, operations, SeededBug.None);
        Exception cause = Try(seed, few, SeededBug.None, out IReadOnlyList<string> story)!;
        Assert.Fail($"RIVULET_MODEL_SEED={seed} RIVULET_MODEL_RUNS=1, {few.Count} of {operations.Count} operations:\n  "
            + $"{string.Join("\n  ", story)}\n{(cause is ModelFailure ? cause.Message : cause)}");
    }

    /// <summary>Leaves out what is not needed for a failure: halves, quarters, and so on to single operations.</summary>
    private static List<Operation> Shortened(int seed, List<Operation> operations, SeededBug bug)
    {
        for (int part = operations.Count / 2; part > 0; part = part > 1 ? (part + 1) / 2 : 0)
        {
            for (int at = 0; at < operations.Count;)
            {
                List<Operation> fewer = [.. operations.Take(at), .. operations.Skip(at + part)];
                if (Try(seed, fewer, bug, out _) is null)
                    at += part;
                else
                    operations = fewer;
            }
        }

        return operations;
    }

    private static Exception? Try(int seed, List<Operation> operations, SeededBug bug, out IReadOnlyList<string> story)
    {
        var run = new ModelRun(seed, bug);
        story = run.Story;
#pragma warning disable CA1031 // Whatever goes wrong in a run is what the run has found.
        try
        {
            run.Run(operations);
            return null;
        }
        catch (Exception e)
        {
            return e;
        }
#pragma warning restore CA1031
    }

    private static int? FromEnvironment(string name)
    {
        string? text = Environment.GetEnvironmentVariable(name);
        return string.IsNullOrEmpty(text) ? null : int.Parse(text, CultureInfo.InvariantCulture);
    }
}

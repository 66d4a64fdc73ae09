using Rivulet.Storage;

namespace Rivulet.Simulation.Tests.Campaign;

/// <summary>A campaign that cannot fail proves nothing: each of these mistakes is found, and soon.</summary>
public sealed class SeededBugTests
{
    private const int CutsMax = 500;

    [Theory]
    [InlineData((int)SeededBug.SkippedSync)]
    [InlineData((int)SeededBug.LostTombstone)]
    [InlineData((int)SeededBug.ReusedSequence)]
    [InlineData((int)SeededBug.EarlyReply)]
    [InlineData((int)SeededBug.LostFact)]
    [InlineData((int)SeededBug.HalfBatch)]
    [InlineData((int)SeededBug.ForgottenFact)]
    [InlineData((int)SeededBug.UnsyncedRewrite)]
    [InlineData((int)SeededBug.ForgetfulSnapshot)]
    public void A_seeded_bug_is_found(int number)
    {
        var bug = (SeededBug)number;
        int cuts = 0;
        for (int seed = 1; cuts < CutsMax; seed++)
        {
            var run = new SimulationRun(seed, bug, SyncPolicy.Always);
            try
            {
                run.Run();
            }
            catch (SimulationFailure)
            {
                Console.WriteLine($"{bug} is found with seed {seed}, after {cuts + run.Coverage.Cuts} power cuts");
                return;
            }
            cuts += run.Coverage.Cuts;
        }
        Assert.Fail($"{bug} is not found in {cuts} power cuts");
    }
}

using Rivulet.Storage;
using Rivulet.TestKit.Simulation;

namespace Rivulet.Crash.Tests.Simulated;

/// <summary>The promise of the store: what was acknowledged is there after a power cut, at whatever instant.</summary>
public sealed class PowerCutTests
{
    private const int AcksWanted = 10_000;
    private const int AcksPerRun = 50;

    [Fact]
    public void Every_acknowledged_revision_survives_a_power_cut_at_the_instant_of_its_acknowledgement()
    {
        int acks = 0;
        int seed = 0;
        while (acks < AcksWanted)
        {
            var run = new PowerCutRun(++seed, SyncPolicy.Always);
            run.Run(AcksPerRun);
            acks += run.AcksChecked;
            Assert.Empty(run.Lost);
        }
        Console.WriteLine($"Power cuts: {acks} acknowledgements checked in {seed} runs (seeds 1 to {seed}), none lost.");
    }

    [Fact]
    public void A_disk_that_does_not_sync_is_found_out()
    {
        int found = 0;
        for (int seed = 1; seed <= 20; seed++)
        {
            var run = new PowerCutRun(seed, SyncPolicy.Always) { Survival = UnsyncedSurvival.None };
            run.Disk.IgnoresSyncs = true;
            run.Run(20);
            found += run.Lost.Count > 0 ? 1 : 0;
        }
        Assert.Equal(20, found);
    }

    [Fact]
    public void A_lazy_policy_is_found_out_and_keeps_everything_when_only_the_process_dies()
    {
        SyncPolicy lazy = SyncPolicy.Interval(TimeSpan.FromMinutes(2));
        var cut = new PowerCutRun(1, lazy) { Survival = UnsyncedSurvival.None };
        cut.Run(200);
        Assert.NotEmpty(cut.Lost);
        var killed = new PowerCutRun(1, lazy) { Survival = UnsyncedSurvival.All };
        killed.Run(200);
        Assert.Empty(killed.Lost);
    }
}

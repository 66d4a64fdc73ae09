namespace Rivulet.Simulation.Tests.Campaign;

/// <summary>
/// The promises of the store, whatever the disk does: nothing acknowledged is lost, nothing removed comes back, no
/// sequence is given out twice, and what was under way is there whole, in order, or not at all.
/// </summary>
public sealed class PowerCutCampaignTests
{
    private const int ShortCuts = 2_500;
    private const int CampaignCuts = 60_000;
    private const int CutsInsideMin = 200;

    [Fact]
    public void Every_promise_holds_wherever_the_power_goes() => PowerCutCampaign.Run(CampaignOptions.Cuts(ShortCuts));

    [Fact(Explicit = true)]
    public void Every_promise_holds_wherever_the_power_goes_campaign()
    {
        Coverage coverage = PowerCutCampaign.Run(CampaignOptions.Cuts(CampaignCuts));
        Assert.All(
            Coverage.Required,
            inside => Assert.True(coverage[inside] >= CutsInsideMin, $"{inside}: {coverage[inside]} cuts"));
    }

    [Fact]
    public void One_seed_is_one_run()
    {
        for (int seed = 1; seed <= 10; seed++)
        {
            var first = new SimulationRun(seed);
            first.Run();
            var second = new SimulationRun(seed);
            second.Run();
            Assert.Equal(first.TraceHash, second.TraceHash);
            Assert.Equal(first.Coverage.ToString(), second.Coverage.ToString());
        }
    }
}

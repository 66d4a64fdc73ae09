namespace Rivulet.Simulation.Tests.Campaign;

public sealed class PowerCutCampaignTests
{
    [Fact]
    public void One_seed_is_one_run()
    {
        for (int seed = 1; seed <= 5; seed++)
        {
            var first = new SimulationRun(seed);
            first.Run();
            var second = new SimulationRun(seed);
            second.Run();
            Assert.Equal(first.TraceHash, second.TraceHash);
        }
    }

    [Fact]
    public void Short()
    {
        var all = new Coverage();
        int seed = int.Parse(Environment.GetEnvironmentVariable("RIVULET_SIM_SEED") ?? "1");
        int cuts = int.Parse(Environment.GetEnvironmentVariable("RIVULET_SIM_CUTS") ?? "500");
        while (all.Cuts < cuts)
        {
            var run = new SimulationRun(seed++);
            run.Run();
            all.Add(run.Coverage);
        }
        Console.WriteLine(all);
    }
}

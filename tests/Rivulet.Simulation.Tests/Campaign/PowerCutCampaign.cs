using System.Diagnostics;
using System.Globalization;

namespace Rivulet.Simulation.Tests.Campaign;

/// <summary>Runs lives of stores, one seed after the other, until there were enough power cuts.</summary>
internal static class PowerCutCampaign
{
    /// <param name="cutsWanted">How many power cuts there are at least.</param>
    /// <returns>Where they fell.</returns>
    /// <exception cref="SimulationFailure">A promise was broken.</exception>
    public static Coverage Run(int cutsWanted)
    {
        var clock = Stopwatch.StartNew();
        int seed = CampaignOptions.FirstSeed;
        var coverage = new Coverage();
        int runs = 0;
        for (; coverage.Cuts < cutsWanted; runs++)
        {
            var run = new SimulationRun(unchecked(seed + runs));
            run.Run();
            coverage.Add(run.Coverage);
        }
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Power cut campaign, RIVULET_SIM_SEED={seed}: {runs} runs, {clock.Elapsed.TotalSeconds:F0} s, nothing broken; {coverage}"));
        return coverage;
    }
}

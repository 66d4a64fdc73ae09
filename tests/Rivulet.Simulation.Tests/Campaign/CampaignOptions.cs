using System.Globalization;

namespace Rivulet.Simulation.Tests.Campaign;

/// <summary>
/// How long a campaign goes on and where it starts. <c>RIVULET_SIM_CUTS</c> sets how many power cuts there are at least;
/// <c>RIVULET_SIM_SEED</c> the first seed, to see a failure again or to look somewhere else. Without it every run is the
/// same, so that a change is what makes a test fail; but the sweep of damage looks somewhere else each time
/// (<see cref="TestKit.Measuring.FirstSeed"/>).
/// </summary>
internal static class CampaignOptions
{
    private const int UsualSeed = 20261128;

    public static int FirstSeed { get; } = FromEnvironment("RIVULET_SIM_SEED") ?? UsualSeed;

    public static int RandomSeed { get; } = TestKit.Measuring.FirstSeed.Of("RIVULET_SIM_SEED");

    public static int Cuts(int usual) => FromEnvironment("RIVULET_SIM_CUTS") ?? usual;

    private static int? FromEnvironment(string name)
    {
        string? text = Environment.GetEnvironmentVariable(name);
        return string.IsNullOrEmpty(text) ? null : int.Parse(text, CultureInfo.InvariantCulture);
    }
}

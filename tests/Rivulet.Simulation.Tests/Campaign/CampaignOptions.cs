using System.Globalization;

namespace Rivulet.Simulation.Tests.Campaign;

/// <summary>
/// How long a campaign goes on and where it starts. <c>RIVULET_SIM_CUTS</c> sets how many power cuts there are at least;
/// <c>RIVULET_SIM_SEED</c> the first seed, to see a failure again; otherwise each campaign starts somewhere else.
/// </summary>
internal static class CampaignOptions
{
    public static int FirstSeed { get; } = FromEnvironment("RIVULET_SIM_SEED") ?? Random.Shared.Next(1 << 30);

    public static int Cuts(int usual) => FromEnvironment("RIVULET_SIM_CUTS") ?? usual;

    private static int? FromEnvironment(string name)
    {
        string? text = Environment.GetEnvironmentVariable(name);
        return string.IsNullOrEmpty(text) ? null : int.Parse(text, CultureInfo.InvariantCulture);
    }
}

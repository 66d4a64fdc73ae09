using Rivulet.Simulation.Tests.Campaign;

namespace Rivulet.Simulation.Tests.Damage;

/// <summary>
/// Damage costs the damaged record and nothing else: the store opens, whatever bit is flipped and wherever a file is cut
/// off, and says what is lost.
/// </summary>
public sealed class DamageSweepTests
{
    private const int ShortOneOutOf = 97;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Damage_costs_no_more_than_the_damaged_record(bool hasSnapshots) => Sweep(hasSnapshots, ShortOneOutOf);

    [Theory(Explicit = true)]
    [InlineData(true)]
    [InlineData(false)]
    public void Damage_costs_no_more_than_the_damaged_record_campaign(bool hasSnapshots) => Sweep(hasSnapshots, oneOutOf: 1);

    private static void Sweep(bool hasSnapshots, int oneOutOf)
    {
        SampleStore sample = SampleStore.Build(CampaignOptions.RandomSeed);
        if (!hasSnapshots)
            sample.DeleteSnapshots();
        new DamageSweep(sample).Run(oneOutOf);
    }
}

using Rivulet.Simulation.Tests.Campaign;

namespace Rivulet.Simulation.Tests.Damage;

/// <summary>
/// Damage costs the damaged record and nothing else: the store opens, whatever bit is flipped and wherever a file is cut
/// off, and says what is lost.
/// </summary>
public sealed class DamageSweepTests
{
    private const int ShortOneOutOf = 97;

    [Fact]
    public void Damage_costs_no_more_than_the_damaged_record() => Sweep(ShortOneOutOf);

    [Fact(Explicit = true)]
    public void Damage_costs_no_more_than_the_damaged_record_campaign() => Sweep(oneOutOf: 1);

    private static void Sweep(int oneOutOf) => new DamageSweep(SampleStore.Build(CampaignOptions.RandomSeed)).Run(oneOutOf);
}

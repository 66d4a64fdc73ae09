using Rivulet.Simulation.Tests.Campaign;

namespace Rivulet.Simulation.Tests.Damage;

/// <summary>A check finds every bit that is wrong and matters, none that does not, and changes nothing.</summary>
public sealed class CheckSweepTests
{
    private const int ShortOneOutOf = 499;

    [Fact]
    public void A_check_finds_every_wrong_bit_that_matters() => Sweep(ShortOneOutOf);

    [Fact(Explicit = true)]
    public void A_check_finds_every_wrong_bit_that_matters_campaign() => Sweep(oneOutOf: 1);

    private static void Sweep(int oneOutOf) => new CheckSweep(SampleStore.Build(CampaignOptions.FirstSeed)).Run(oneOutOf);
}

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

    private static void Sweep(int oneOutOf)
    {
        SampleStore sample = SampleStore.Build(CampaignOptions.FirstSeed);
        Assert.True(sample.Records.Count >= 1_000, $"{sample.Records.Count} records");
        Assert.True(sample.Counts is { Segments: >= 5, Rewritten: >= 2 }, $"{sample.Counts}");
        Assert.Contains(sample.Records, record => record.IsInBatch);
        Assert.Contains(sample.Records, record => record.IsMessage && record.Header.IsCompressed);
        Assert.Contains(sample.Undamaged.Streams.Values, stream => stream.Attachments.Count > 0);
        new DamageSweep(sample).Run(oneOutOf);
    }
}

namespace Rivulet.Simulation.Tests.Campaign;

/// <summary>Picks among things, some more often than others.</summary>
internal sealed class WeightedChoice<T>((int Weight, T Item)[] items)
{
    private readonly int _sum = items.Sum(item => item.Weight);

    public T Pick(Random random)
    {
        int at = random.Next(_sum);
        foreach ((int weight, T item) in items)
        {
            if (at < weight)
                return item;
            at -= weight;
        }
        throw new InvalidOperationException("weights add up");
    }
}

namespace Rivulet.Simulation.Tests.Model;

/// <summary>What a store should hold: its streams by name.</summary>
internal sealed class ModelStore
{
    public SortedDictionary<string, ModelStream> Streams { get; } = new(StringComparer.Ordinal);

    public ModelStream this[string name] => Streams[name];

    public ModelStore Copy()
    {
        var copy = new ModelStore();
        foreach ((string name, ModelStream stream) in Streams)
            copy.Streams.Add(name, stream.Copy());
        return copy;
    }

    /// <summary>What is different about a store as it was read back, in words; null when nothing is.</summary>
    /// <param name="read">What was read back.</param>
    /// <param name="mayGap">Whether streams may go on later than in the model.</param>
    public string? DifferenceFrom(ModelStore read, bool mayGap)
    {
        if (!Streams.Keys.SequenceEqual(read.Streams.Keys))
            return $"expected streams {string.Join(' ', Streams.Keys)}, read {string.Join(' ', read.Streams.Keys)}";
        foreach ((string name, ModelStream stream) in Streams)
        {
            if (stream.DifferenceFrom(read.Streams[name], mayGap) is { } difference)
                return $"{name}: {difference}";
        }
        return null;
    }
}

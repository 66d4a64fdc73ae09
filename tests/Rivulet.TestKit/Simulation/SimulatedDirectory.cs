namespace Rivulet.TestKit.Simulation;

/// <summary>
/// The names of a simulated disk: as programs see them, as the disk has them, and the changes on their way there. A
/// rename is one change, so a power cut leaves the old name or the new one, never both and never neither; what it
/// replaces goes with it. Changes that are not synced survive in any combination. Under the disk's lock.
/// </summary>
internal sealed class SimulatedDirectory
{
    private readonly Dictionary<string, SimulatedNode> _durable = new(StringComparer.Ordinal);
    private readonly List<Change> _pending = [];

    public Dictionary<string, SimulatedNode> Seen { get; } = new(StringComparer.Ordinal);

    public bool HasUnsynced => _pending.Count > 0;

    public void Add(string path, SimulatedNode node)
    {
        Seen[path] = node;
        _pending.Add(new Change(null, path, node));
    }

    public void Remove(string path)
    {
        Seen.Remove(path);
        _pending.Add(new Change(path, null, null));
    }

    public void Rename(string from, string to)
    {
        Seen.Remove(from, out SimulatedNode? node);
        Seen[to] = node!;
        _pending.Add(new Change(from, to, node));
    }

    /// <summary>A name that is there and lasts.</summary>
    public void AddDurable(string path, SimulatedNode node) => Seen[path] = _durable[path] = node;

    public void Sync(string directory)
    {
        foreach (Change change in _pending.Where(change => change.IsIn(directory)))
            change.ApplyTo(_durable);
        _pending.RemoveAll(change => change.IsIn(directory));
    }

    /// <summary>The names as a power cut leaves them, in order.</summary>
    public SortedDictionary<string, SimulatedNode> AfterPowerCut(UnsyncedSurvival survival, Random random)
    {
        var names = new SortedDictionary<string, SimulatedNode>(
            survival == UnsyncedSurvival.All ? Seen : _durable, StringComparer.Ordinal);
        if (survival == UnsyncedSurvival.Random)
        {
            foreach (Change change in _pending)
            {
                if (random.Next(2) == 0)
                    change.ApplyTo(names);
            }
        }
        return names;
    }

    private sealed record Change(string? Gone, string? Added, SimulatedNode? Node)
    {
        public bool IsIn(string directory) => Path.GetDirectoryName(Added ?? Gone) == directory;

        public void ApplyTo(IDictionary<string, SimulatedNode> names)
        {
            if (Gone is not null)
                names.Remove(Gone);
            if (Added is not null)
                names[Added] = Node!;
        }
    }
}

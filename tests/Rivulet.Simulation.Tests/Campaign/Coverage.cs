using System.Globalization;

namespace Rivulet.Simulation.Tests.Campaign;

/// <summary>
/// How many cuts fell where. A cut is inside an operation of the log (a rollup, a purge, a batch, ...) when it hit the
/// round that carried a record of it, from the first disk operation of the round to the last, and so before anybody was
/// told. It is inside a segment roll when the disk operation makes, fills or syncs a segment file that is not begun yet,
/// or belongs to the round that begins one. It is inside a recovery, a close, a compaction or a snapshot from the first
/// disk operation of that to the last. One cut may count in several places.
/// </summary>
internal sealed class Coverage
{
    /// <summary>Where a full campaign has to cut often.</summary>
    public static IReadOnlyList<string> Required { get; } = ["Compaction", "Snapshot", "Rollup", "Batch", "SegmentRoll", "Recovery", "Purge", "StreamDeletion", "Expiry", "Configuration"];

    private readonly SortedDictionary<string, int> _counts = new(StringComparer.Ordinal);

    /// <summary>All power cuts, deaths of the process not counted.</summary>
    public int Cuts { get; private set; }

    /// <summary>How many cuts fell inside something.</summary>
    public int this[string inside] => _counts.GetValueOrDefault("cut in " + inside);

    public void CountCut(IEnumerable<string> insides)
    {
        Cuts++;
        foreach (string inside in insides)
            Count("cut in " + inside);
    }

    public void Count(string what) => _counts[what] = _counts.GetValueOrDefault(what) + 1;

    public void Add(Coverage other)
    {
        Cuts += other.Cuts;
        foreach ((string what, int count) in other._counts)
            _counts[what] = _counts.GetValueOrDefault(what) + count;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Cuts} power cuts; ") +
        string.Join(", ", _counts.Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key}: {pair.Value}")));
}

using System.Diagnostics.CodeAnalysis;

namespace Rivulet.Server.Configuration.Language;

/// <summary>Keys and values, in the order of the file. A key that comes again takes the place of the earlier one.</summary>
internal sealed record ConfigMap : ConfigValue
{
    private readonly List<ConfigEntry> _entries = [];
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public override string KindName => "map[string]interface {}";

    /// <summary>The entries.</summary>
    public IReadOnlyList<ConfigEntry> Entries => _entries;

    /// <summary>Adds an entry, or replaces the one with the same spelling of the key.</summary>
    public void Set(ConfigEntry entry)
    {
        if (_places.TryGetValue(entry.Key, out int place))
        {
            _entries[place] = entry;
            return;
        }

        _places.Add(entry.Key, _entries.Count);
        _entries.Add(entry);
    }

    /// <summary>The entry with exactly this key.</summary>
    public bool TryGet(string key, [NotNullWhen(true)] out ConfigEntry? entry)
    {
        bool found = _places.TryGetValue(key, out int place);
        entry = found ? _entries[place] : null;
        return found;
    }
}

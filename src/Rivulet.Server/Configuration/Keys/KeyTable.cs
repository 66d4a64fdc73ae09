using System.Globalization;
using System.Text;
using Rivulet.Server.Configuration.Language;

namespace Rivulet.Server.Configuration.Keys;

/// <summary>The keys of one map of the configuration, and what each does to the settings.</summary>
/// <typeparam name="T">The settings, an immutable record.</typeparam>
internal sealed class KeyTable<T>
{
    private readonly Dictionary<string, Key> _keys = new(StringComparer.OrdinalIgnoreCase);
    private readonly CompositeFormat _unknown;
    private readonly bool _isStrict;

    /// <summary>A table without keys.</summary>
    /// <param name="unknown">What is said about a key that is not in it, with <c>{0}</c> for the key.</param>
    /// <param name="isStrict">Whether that is said of variables too.</param>
    public KeyTable(string unknown = "unknown field \"{0}\"", bool isStrict = false)
    {
        _isStrict = isStrict;
        _unknown = CompositeFormat.Parse(unknown);
    }

    /// <summary>What a key does with its entry.</summary>
    /// <param name="settings">The settings so far.</param>
    /// <param name="entry">The key and its value.</param>
    /// <param name="problems">Where to say what is wrong with it.</param>
    public delegate T Key(T settings, ConfigEntry entry, ConfigProblems problems);

    /// <summary>What a key does with a value that was read for it.</summary>
    /// <param name="settings">The settings so far.</param>
    /// <param name="value">The value.</param>
    /// <param name="entry">The key.</param>
    /// <param name="problems">Where to say what is wrong with it.</param>
    public delegate T Key<TValue>(T settings, TValue value, ConfigEntry entry, ConfigProblems problems);

    /// <summary>All spellings of all keys.</summary>
    public IEnumerable<string> Names => _keys.Keys;

    /// <summary>Adds a key that looks at its value itself.</summary>
    public KeyTable<T> Custom(Key key, params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
            _keys.Add(name, key);
        return this;
    }

    /// <summary>Adds a key whose value is a text.</summary>
    public KeyTable<T> Text(Func<T, string, T> apply, params ReadOnlySpan<string> names)
    {
        return Custom(
            (settings, entry, problems) => entry.Value is ConfigText text
                ? apply(settings, text.Value)
                : Wrong(settings, entry, problems, "string"),
            names);
    }

    /// <summary>Adds a key whose value is true or false.</summary>
    public KeyTable<T> Boolean(Func<T, bool, T> apply, params ReadOnlySpan<string> names)
    {
        return Custom(
            (settings, entry, problems) => entry.Value is ConfigBoolean boolean
                ? apply(settings, boolean.Value)
                : Wrong(settings, entry, problems, "bool"),
            names);
    }

    /// <summary>Adds a key whose value is a whole number.</summary>
    public KeyTable<T> Long(Func<T, long, T> apply, params ReadOnlySpan<string> names)
    {
        return Custom(
            (settings, entry, problems) => entry.Value is ConfigInteger integer
                ? apply(settings, integer.Value)
                : Wrong(settings, entry, problems, "int64"),
            names);
    }

    /// <summary>Adds a key whose value is a whole number that fits in 32 bits.</summary>
    public KeyTable<T> Integer(Func<T, int, T> apply, params ReadOnlySpan<string> names)
    {
        return Custom(
            (settings, entry, problems) =>
            {
                if (entry.Value is not ConfigInteger integer)
                    return Wrong(settings, entry, problems, "int64");
                if (integer.Value is <= int.MaxValue and >= int.MinValue)
                    return apply(settings, (int)integer.Value);
                problems.Error(entry.Position, $"{entry.Key.ToLowerInvariant()} value is too {(integer.Value > 0 ? "big" : "small")}");
                return settings;
            },
            names);
    }

    /// <summary>Adds a key whose value is a duration: a text such as <c>10s</c>, or in the old form a number of seconds.</summary>
    public KeyTable<T> Duration(Key<TimeSpan> apply, params ReadOnlySpan<string> names)
    {
        return Custom(
            (settings, entry, problems) => DurationValue.TryRead(entry, problems, out var duration)
                ? apply(settings, duration, entry, problems)
                : settings,
            names);
    }

    /// <summary>Adds keys that a server without clusters, or with a store of another kind, has no use for.</summary>
    public KeyTable<T> WithoutEffect(params ReadOnlySpan<string> names)
    {
        return Custom(
            (settings, entry, problems) =>
            {
                problems.WithoutEffect(entry);
                return settings;
            },
            names);
    }

    /// <summary>Adds keys of a feature that is not there. They are refused by name unless they turn it off.</summary>
    /// <param name="feature">What the keys are about.</param>
    /// <param name="names">The keys.</param>
    public KeyTable<T> Unsupported(string feature, params ReadOnlySpan<string> names)
    {
        return Custom(
            (settings, entry, problems) =>
            {
                if (entry.Value is not (ConfigBoolean { Value: false } or ConfigInteger { Value: 0 } or ConfigText { Value: "" }))
                    problems.Unsupported(entry, feature);
                return settings;
            },
            names);
    }

    /// <summary>Applies every entry of a map.</summary>
    public T Apply(ConfigMap map, T settings, ConfigProblems problems)
    {
        foreach (var entry in map.Entries)
        {
            if (_keys.TryGetValue(entry.Key, out var key))
                settings = key(settings, entry, problems);
            else if (!entry.IsVariable || _isStrict)
                problems.Error(entry.Position, string.Format(CultureInfo.InvariantCulture, _unknown, entry.Key));
        }

        return settings;
    }

    private static T Wrong(T settings, ConfigEntry entry, ConfigProblems problems, string wanted)
    {
        problems.WrongKind(entry.Position, entry.Value, wanted);
        return settings;
    }
}

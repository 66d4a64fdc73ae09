namespace Rivulet.Server.Host.CommandLine;

/// <summary>One command-line flag: its spellings, and what its value does to the settings.</summary>
internal sealed class Flag
{
    private readonly Func<ServerSettings, string, ServerSettings?> _apply;

    private Flag(string[] names, bool isBoolean, Func<ServerSettings, string, ServerSettings?> apply)
    {
        Names = names;
        IsBoolean = isBoolean;
        _apply = apply;
    }

    /// <summary>Its spellings, without dashes.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Whether it takes no value unless one is attached with <c>=</c>.</summary>
    public bool IsBoolean { get; }

    /// <summary>A flag whose value is a text.</summary>
    public static Flag Text(Func<ServerSettings, string, ServerSettings?> apply, params string[] names)
    {
        return new Flag(names, isBoolean: false, apply);
    }

    /// <summary>A flag whose value is a whole number.</summary>
    public static Flag Number(Func<ServerSettings, int, ServerSettings> apply, params string[] names)
    {
        return new Flag(names, isBoolean: false, (settings, text) =>
            GoNumber.TryParse(text, out int value) ? apply(settings, value) : null);
    }

    /// <summary>A flag that is on or off.</summary>
    public static Flag Switch(Func<ServerSettings, bool, ServerSettings> apply, params string[] names)
    {
        return new Flag(names, isBoolean: true, (settings, text) =>
            GoNumber.TryParseBoolean(text, out bool value) ? apply(settings, value) : null);
    }

    /// <summary>The settings with the value applied; null if it is not one that the flag can take.</summary>
    public ServerSettings? Apply(ServerSettings settings, string value)
    {
        return _apply(settings, value);
    }
}

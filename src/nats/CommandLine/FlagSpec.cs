using System.Globalization;

namespace Rivulet.Cli.CommandLine;

/// <summary>A flag, as the parser and the help see it.</summary>
internal abstract class FlagSpec(string name, string help) : ValueSpec(name, help)
{
    /// <summary>The letter of the short form; 0 for none.</summary>
    public char Short { get; init; }

    /// <summary>What the help shows for the value, where neither the default nor the upper-cased name will do.</summary>
    public string? PlaceHolder { get; init; }

    /// <summary>The environment variable that stands in when the command line has no such flag.</summary>
    public string? EnvironmentVariable { get; init; }

    /// <summary>True when the flag is not shown in the help.</summary>
    public bool IsHidden { get; init; }

    /// <summary>True when the flag stands alone, without a value.</summary>
    public bool IsBoolean { get; init; }

    /// <summary>True when <c>--no-name</c> is a form of it.</summary>
    public bool IsNegatable { get; init; }

    /// <summary>True when a default that the help shows is put between double quotes.</summary>
    public bool IsText { get; init; }

    public string ShownPlaceHolder => PlaceHolder
        ?? (Default is null ? Name.ToUpperInvariant() : IsText ? $"\"{Default}\"" : Default);

    public string ShownHelp => EnvironmentVariable is null ? Help : $"{Help} (${EnvironmentVariable})";
}

/// <summary>A flag with values of one type.</summary>
internal sealed class Flag<T>(string name, string help, Func<string, T> convert) : FlagSpec(name, help)
{
    public T Convert(string text) => convert(text);

    public override void Check(string text) => convert(text);
}

/// <summary>Makes the kinds of flags there are.</summary>
internal static class Flag
{
    /// <summary>On when given, off when not; has no negative form.</summary>
    public static Flag<bool> Switch(string name, string help, char shortName = '\0') =>
        new(name, help, ParseBoolean) { Short = shortName, IsBoolean = true };

    /// <summary>On as <c>--name</c>, off as <c>--no-name</c>.</summary>
    public static Flag<bool> Toggle(string name, string help, bool byDefault = false) =>
        new(name, help, ParseBoolean) { IsBoolean = true, IsNegatable = true, Default = byDefault ? "true" : null };

    public static Flag<string> Text(string name, string help, string? placeHolder = null, string? byDefault = null, char shortName = '\0') =>
        new(name, help, text => text) { PlaceHolder = placeHolder, Default = byDefault, Short = shortName, IsText = true };

    /// <summary>May be given several times.</summary>
    public static Flag<string> Texts(string name, string help, string? placeHolder = null, char shortName = '\0') =>
        new(name, help, text => text) { PlaceHolder = placeHolder, Short = shortName, IsRepeatable = true };

    public static Flag<int> Count(string name, string help, int byDefault) =>
        new(name, help, Formats.Numbers.ParseCount) { Default = byDefault.ToString(CultureInfo.InvariantCulture) };

    public static Flag<ulong> Unsigned(string name, string help, string? placeHolder = null, string? byDefault = null) =>
        new(name, help, Formats.Numbers.ParseUnsigned) { PlaceHolder = placeHolder, Default = byDefault };

    /// <summary>A number that must lie within bounds, both included.</summary>
    public static Flag<long> Within(string name, string help, long min, long max, long byDefault) =>
        new(name, help, Formats.Numbers.ParseSigned)
        {
            Default = byDefault.ToString(CultureInfo.InvariantCulture),
            Validator = text => CheckRange(text, min, max),
        };

    /// <summary>A length of time; the value is in nanoseconds.</summary>
    public static Flag<long> Duration(string name, string help, string? placeHolder = null, string? byDefault = null) =>
        new(name, help, Formats.Durations.Parse) { PlaceHolder = placeHolder, Default = byDefault };

    /// <summary>A number of bytes.</summary>
    public static Flag<long> Bytes(string name, string help, long countMax) =>
        new(name, help, text => Formats.ByteSizes.Parse(text, countMax)) { PlaceHolder = "BYTES" };

    /// <summary>One of a few words.</summary>
    public static Flag<string> Choice(string name, string help, string[] choices, string? placeHolder = null, string? byDefault = null) =>
        new(name, help, text => Choose(text, choices)) { PlaceHolder = placeHolder, Default = byDefault };

    private static bool ParseBoolean(string text) => text is "true";

    private static string Choose(string text, string[] choices) => Array.IndexOf(choices, text) >= 0
        ? text
        : throw new CliException($"enum value must be one of {string.Join(',', choices)}, got '{text}'");

    private static void CheckRange(string text, long min, long max)
    {
        var value = Formats.Numbers.ParseSigned(text);
        if (value < min)
        {
            throw new CliException($"must be greater than or equal to {min}");
        }

        if (value > max)
        {
            throw new CliException($"must be less than or equal to {max}");
        }
    }
}

namespace Rivulet.Server.Host.CommandLine;

/// <summary>Reads a command line in the manner of the reference server.</summary>
/// <remarks>
/// One dash or two are the same; a value follows the flag or is attached with <c>=</c>; switches take only attached
/// values. Flags end at the first word without a dash, or after <c>--</c>.
/// </remarks>
internal sealed class FlagParser
{
    private readonly Dictionary<string, Flag> _flags = new(StringComparer.Ordinal);

    /// <summary>A parser for the given flags.</summary>
    public FlagParser(IEnumerable<Flag> flags)
    {
        foreach (var flag in flags)
        {
            foreach (string name in flag.Names)
                _flags.Add(name, flag);
        }
    }

    /// <summary>Reads the arguments.</summary>
    /// <param name="arguments">Without the program's name.</param>
    /// <param name="words">What follows the flags.</param>
    /// <param name="settings">What holds where the arguments say nothing; the defaults if null.</param>
    /// <exception cref="FlagException">A flag that does not exist, or a value that it cannot take.</exception>
    public ServerSettings Parse(IReadOnlyList<string> arguments, out IReadOnlyList<string> words, ServerSettings? settings = null)
    {
        settings ??= new ServerSettings();
        int at = 0;
        while (at < arguments.Count && IsFlag(arguments[at], out string name, out string? value))
        {
            at++;
            if (name.Length == 0)
                break;
            if (!_flags.TryGetValue(name, out var flag))
                throw new FlagException($"flag provided but not defined: -{name}");
            if (value is null && flag.IsBoolean)
                value = "true";
            else if (value is null)
                value = at < arguments.Count ? arguments[at++] : throw new FlagException($"flag needs an argument: -{name}");
            settings = flag.Apply(settings, value) ?? throw new FlagException(flag.IsBoolean
                ? $"invalid boolean value \"{value}\" for -{name}: parse error"
                : $"invalid value \"{value}\" for flag -{name}: parse error");
        }

        words = arguments.Skip(at).ToList();
        return settings;
    }

    private static bool IsFlag(string argument, out string name, out string? value)
    {
        name = "";
        value = null;
        if (argument.Length < 2 || argument[0] != '-')
            return false;
        string text = argument[(argument[1] == '-' ? 2 : 1)..];
        if (text.Length > 0 && text[0] is '-' or '=')
            throw new FlagException($"bad flag syntax: {argument}");
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        name = equals < 0 ? text : text[..equals];
        value = equals < 0 ? null : text[(equals + 1)..];
        return true;
    }
}

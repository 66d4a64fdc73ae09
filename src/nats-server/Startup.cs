using Rivulet.Server.Configuration;
using Rivulet.Server.Host.CommandLine;

namespace Rivulet.Server.Host;

/// <summary>Puts the settings together from the command line and the configuration file, at the start and on each reload.</summary>
/// <param name="arguments">The command line, without the program's name.</param>
internal sealed class Startup(IReadOnlyList<string> arguments)
{
    /// <summary>What the command line says.</summary>
    /// <exception cref="FlagException">It cannot be understood.</exception>
    /// <exception cref="ServerProgramException">It has words in it that mean nothing.</exception>
    public ServerSettings ReadFlags()
    {
        var settings = new FlagParser(ServerFlags.All).Parse(arguments, out var words);
        foreach (string word in words)
        {
            settings = word.ToLowerInvariant() switch
            {
                "help" => settings with { ShowHelp = true },
                "version" => settings with { ShowVersion = true },
                _ => throw new ServerProgramException($"unrecognized command: \"{word}\""),
            };
        }

        return settings;
    }

    /// <summary>What the configuration file says, if there is one, and over it what the command line says.</summary>
    /// <param name="configuration">The file; null if there is none.</param>
    /// <exception cref="ServerConfigurationException">The file cannot be used.</exception>
    /// <exception cref="ServerProgramException">The flags ask for TLS without its certificate, or with one that cannot be used.</exception>
    public ServerSettings Read(out ServerConfiguration? configuration)
    {
        var flags = ReadFlags();
        configuration = flags.ConfigFile is { } path ? ServerConfiguration.Load(path) : null;
        var settings = configuration is null
            ? flags
            : new FlagParser(ServerFlags.All).Parse(arguments, out _, ServerSettings.From(configuration));
        return settings with { Server = settings.Tls.ApplyTo(settings.Server) };
    }

    /// <summary>Checks a file, warnings included; what to say if it is right.</summary>
    /// <exception cref="ServerProgramException">No file is given.</exception>
    /// <exception cref="ServerConfigurationException">Something is wrong with it.</exception>
    public static string Check(string? path)
    {
        if (path is null)
            throw new ServerProgramException("must specify [-c, --config] option to check configuration file syntax");
        var configuration = ServerConfiguration.Load(path);
        return configuration.Warnings.Count == 0
            ? $"configuration file {path} is valid ({configuration.Digest})"
            : throw new ServerConfigurationException(string.Join('\n', configuration.Warnings));
    }
}

using Rivulet.Cli.CommandLine;

namespace Rivulet.Cli.Commands.Server.Checks;

/// <summary>What checks share in reading their flags.</summary>
internal static class CheckFlags
{
    /// <exception cref="UsageException">The flag was not given.</exception>
    public static void Require(CommandContext context, FlagSpec flag)
    {
        if (!context.Has(flag))
        {
            throw new UsageException($"required flag --{flag.Name} not provided");
        }
    }

    /// <summary>
    /// Judges a number: too high from its thresholds on, or too low up to them where the critical one is the smaller. Thresholds below 0
    /// are none.
    /// </summary>
    public static void Judge(CheckResult result, long value, long warn, long critical, string text)
    {
        var isInverted = warn >= 0 && critical < warn;
        if (critical >= 0 && (isInverted ? value <= critical : value >= critical))
        {
            result.Critical(text);
        }
        else if (warn >= 0 && (isInverted ? value <= warn : value >= warn))
        {
            result.Warn(text);
        }
        else
        {
            result.Ok(text);
        }
    }
}

using System.Globalization;
using System.Text;
using Rivulet.Protocol;
using Rivulet.Server.Configuration.Language;
using Rivulet.Server.Security;

namespace Rivulet.Server.Configuration.Keys;

/// <summary>The key <c>msg_trace</c> of an account: where it wants traces of messages that another system samples, and of how many.</summary>
internal static class TraceKeys
{
    private const int SamplingMax = 100;

    /// <summary>Names of the keys of its map.</summary>
    public static IEnumerable<string> Names => Table("").Names;

    /// <summary>Reads it.</summary>
    public static AccountSettings Read(AccountSettings account, ConfigEntry entry, ConfigProblems problems)
    {
        switch (entry.Value)
        {
            case ConfigText text:
                return WithDestination(account, text.Value, entry, problems);
            case ConfigMap map:
                return Read(account, map, entry, problems);
            default:
                problems.Error(
                    entry.Position,
                    $"Expected account message trace \"{entry.Key}\" to be a string or a map/struct, got {entry.Value.KindName}");
                return account;
        }
    }

    // The complaint about what is not in the table names the spelling of the key that the map is the value of.
    private static KeyTable<AccountSettings> Table(string outer)
    {
        return new KeyTable<AccountSettings>($"Unknown field \"{{0}}\" parsing account message trace map/struct \"{outer}\"")
            .Custom(ReadDestination, "dest")
            .Custom(ReadSampling, "sampling");
    }

    private static AccountSettings Read(AccountSettings account, ConfigMap map, ConfigEntry outer, ConfigProblems problems)
    {
        account = Table(outer.Key).Apply(map, account, problems);
        bool isSampled = map.Entries.Any(entry => entry.Key.Equals("sampling", StringComparison.OrdinalIgnoreCase));
        if (isSampled && account.TraceDestination is null && problems.Errors.Count == 0)
            problems.Warn(outer.Position, "Trace destination sampling ignored since no destination was set");
        return account;
    }

    private static AccountSettings ReadDestination(AccountSettings account, ConfigEntry entry, ConfigProblems problems)
    {
        if (entry.Value is ConfigText text)
            return WithDestination(account, text.Value, entry, problems);
        problems.Error(entry.Position, $"Field \"{entry.Key}\" should be a string, got {entry.Value.KindName}");
        return account;
    }

    private static AccountSettings WithDestination(AccountSettings account, string subject, ConfigEntry entry, ConfigProblems problems)
    {
        if (Subject.IsValidLiteral(Encoding.UTF8.GetBytes(subject)))
            return account with { TraceDestination = subject };
        problems.Error(entry.Position, $"Trace destination \"{subject}\" is not valid");
        return account;
    }

    private static AccountSettings ReadSampling(AccountSettings account, ConfigEntry entry, ConfigProblems problems)
    {
        long sampling;
        switch (entry.Value)
        {
            case ConfigInteger integer:
                sampling = integer.Value;
                break;
            case ConfigText text when long.TryParse(text.Value.TrimEnd('%'), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long percent):
                sampling = percent;
                break;
            case ConfigText text:
                problems.Error(entry.Position, $"Invalid trace destination sampling value \"{text.Value}\"");
                return account;
            default:
                problems.Error(
                    entry.Position,
                    $"Trace destination sampling field \"{entry.Key}\" should be an integer or a percentage, got {entry.Value.KindName}");
                return account;
        }

        // The first word is the reference server's.
        if (sampling is > 0 and <= SamplingMax)
            return account with { TraceSampling = (int)sampling };
        problems.Error(
            entry.Position, $"Ttrace destination sampling value {sampling} is invalid, needs to be [1..{SamplingMax}]");
        return account;
    }
}

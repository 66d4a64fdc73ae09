using System.Text.RegularExpressions;

namespace Rivulet.Cli.Tests.Walkthrough;

/// <summary>Puts fixed words where output differs from run to run: times, durations, ids, addresses.</summary>
internal static partial class Normal
{
    public static string Form(string output)
    {
        output = Times().Replace(output, "YYYY-MM-DD HH:MM:SS");
        output = TimesOfDay().Replace(output, "HH:MM:SS");
        output = Urls().Replace(output, "127.0.0.1:PORT");
        output = ServerIds().Replace(output, "SERVER-ID");
        output = RoundTrips().Replace(output, "$1RTT");
        return ClientIds().Replace(output, "$1N");
    }

    [GeneratedRegex(@"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")]
    private static partial Regex Times();

    [GeneratedRegex(@"\b\d\d:\d\d:\d\d\b")]
    private static partial Regex TimesOfDay();

    [GeneratedRegex(@"127\.0\.0\.1:\d+")]
    private static partial Regex Urls();

    [GeneratedRegex(@"\bN[A-Z2-7]{55}\b")]
    private static partial Regex ServerIds();

    [GeneratedRegex(@"(rtt |RTT: |PORT: )[\d.]+(µs|ms|s)")]
    private static partial Regex RoundTrips();

    [GeneratedRegex(@"(Client ID: )\d+")]
    private static partial Regex ClientIds();
}

using System.Diagnostics;
using System.Globalization;
using Rivulet.TestKit.Measuring;

namespace Rivulet.Fuzz.Tests;

/// <summary>
/// Runs a check on generated inputs for a bounded time. Every input has a seed of its own; a failure names it and shows
/// the input as hex.
/// </summary>
/// <remarks>
/// <c>RIVULET_FUZZ_SECONDS</c> sets the time for each fuzz test in place of that of its <see cref="FuzzLength"/>.
/// <c>RIVULET_FUZZ_SEED</c> sets the first seed, to see a failure again (<see cref="FirstSeed"/>).
/// </remarks>
internal static class FuzzLoop
{
    private const double ShortSeconds = 2;
    private const double CampaignSeconds = 45;
    private const int RoundsMin = 100;

    /// <summary>Generates and checks inputs until the time is up.</summary>
    /// <param name="length">How long, where the environment does not say.</param>
    /// <param name="what">Names the test in what is printed.</param>
    /// <param name="generate">Makes an input from a seeded source.</param>
    /// <param name="check">Throws if the input is handled wrongly; may draw from the same source.</param>
    public static void Run(
        FuzzLength length, string what, Func<Random, byte[]> generate, Action<byte[], Random> check)
    {
        int firstSeed = FirstSeed.Of("RIVULET_FUZZ_SEED");
        double seconds = SecondsFromEnvironment() ?? (length == FuzzLength.Short ? ShortSeconds : CampaignSeconds);
        Console.WriteLine($"fuzz {what}: seed {firstSeed}, {seconds.ToString(CultureInfo.InvariantCulture)} s");
        var clock = Stopwatch.StartNew();
        int rounds = 0;
        while (rounds < RoundsMin || clock.Elapsed.TotalSeconds < seconds)
        {
            RunOne(what, unchecked(firstSeed + rounds), generate, check);
            rounds++;
        }

        Console.WriteLine($"fuzz {what}: {rounds} inputs");
    }

    private static void RunOne(string what, int seed, Func<Random, byte[]> generate, Action<byte[], Random> check)
    {
        var random = new Random(seed);
        byte[] input = generate(random);
        try
        {
            check(input, random);
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException(
                $"fuzz {what} failed; see it again with RIVULET_FUZZ_SEED={seed}; input: {Convert.ToHexString(input)}",
                failure);
        }
    }

    private static double? SecondsFromEnvironment()
    {
        string? text = Environment.GetEnvironmentVariable("RIVULET_FUZZ_SECONDS");
        return string.IsNullOrEmpty(text) ? null : double.Parse(text, CultureInfo.InvariantCulture);
    }
}
